"""Progress and complaints: one line each on stderr, so that stdout holds answers alone."""

import sys


def tell(line: str) -> None:
    """Write one line for the user, without what a terminal would obey."""
    print("".join(ch if ch.isprintable() else "·" for ch in line), file=sys.stderr, flush=True)
