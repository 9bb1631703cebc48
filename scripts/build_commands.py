"""Write docs/commands.md, the help of every command: `python scripts/build_commands.py`."""

import argparse
import os
import re
from collections.abc import Iterator
from pathlib import Path

WIDTH = 100
DOC = Path(__file__).parent.parent / "docs" / "commands.md"
HEAD = """# Commands

What `geoagent COMMAND --help` says, of every command. `scripts/build_commands.py` writes this page.
"""


def pages(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """The name and the help of each command that takes options, in order."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield parser.prog, re.sub(r"\x1b\[[0-9;]*m", "", parser.format_help())  # without colours
    for action in below:
        for command in action.choices.values():
            yield from pages(command)


def document() -> str:
    """The page as it should stand in the docs."""
    os.environ["COLUMNS"] = str(WIDTH)
    from geoagent.cli.main import parser

    parts = [HEAD]
    for name, told in pages(parser()):
        parts.append(f"## {name}\n\n```\n{told}```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    DOC.write_text(document(), encoding="utf-8")
