"""The command line: finds the command, hides keys in what is printed, and turns errors into exit codes.

Exit codes: 0 every photo was solved; 1 an unexpected fault of the program; 2 bad input or settings (the other photos
are still solved), which a model server that never answered is too; 3 the model server failed on the way and the answer
rests on what was found until then; 130 interrupted.
`vlm serve`: 0 stopped after it had served; 2 nothing was started; 3 vLLM ended by itself; 130 stopped before it served.
"""

import argparse
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from geoagent.errors import BAD_INPUT, DEGRADED, INTERRUPTED, OK, UNEXPECTED, GeoAgentError, ModelError
from geoagent.messages import hidden_from, log_lines, tell
from geoagent.secrets import Secrets
from geoagent.settings import secrets_given

COMMANDS = (
    "solve", "resume", "serve", "vlm", "doctor", "trace", "audit", "gallery", "eval", "prior", "models", "mcp",
    "schema", "completion",
)  # fmt: skip
"""Each is a module beside this one, whose `add` adds the parser; what is heavy they import when they are called."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    secrets = secrets_given(arguments, os.environ)
    with hidden_from(secrets):
        return _main(arguments, secrets)


def _main(arguments: Sequence[str], secrets: Secrets) -> int:
    given, flags = _split(arguments)
    called = given[:1] if given and given[0] in COMMANDS else COMMANDS
    options = parser(called).parse_args(given, argparse.Namespace(flags=flags))
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        with _only_own_complaints(secrets), log_lines(getattr(options, "quiet", False)):
            return command(options)
    except ModelError as error:
        tell(f"geoagent: {error}")
        return DEGRADED
    except GeoAgentError as error:
        tell(f"geoagent: {error}")
        return BAD_INPUT
    except KeyboardInterrupt:
        tell("geoagent: interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of the pipe has seen enough
        sys.stderr.close()
        return OK


def _split(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """What is ours, and the flags for vLLM after `--`."""
    if arguments[:2] != ["vlm", "serve"] or "--" not in arguments:
        return arguments, ()
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def parser(names: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """The parser of the command line with these commands."""
    whole = argparse.ArgumentParser(
        prog="geoagent", description="Find out where a photo was taken, and why one should believe it."
    )
    whole.add_argument("--version", action="version", version=f"geoagent {version('geoagent-locate')}")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    for name in names:
        import_module(f"geoagent.cli.{name}").add(commands)
    return whole


@contextmanager
def _only_own_complaints(secrets: Secrets) -> Iterator[None]:
    """Keep what C libraries write to file descriptor 2 (libtiff, of damaged files) off the terminal."""
    try:
        kept = os.dup(2) if sys.stderr.fileno() == 2 else None
    except (AttributeError, OSError, ValueError):  # it is closed, or not a file
        kept = None
    if kept is None:
        yield
        return
    with open(kept, "w", buffering=1, encoding=sys.stderr.encoding, errors="replace") as stream:  # noqa: PTH123  # a descriptor
        with Path(os.devnull).open("w") as silence:
            os.dup2(silence.fileno(), 2)
        try:
            with hidden_from(secrets, stderr=stream):
                yield
        finally:
            os.dup2(kept, 2)


def run() -> None:
    """The command: `main`, and out at once, though a worker may wait for the model server; a run is on the disk."""
    try:
        code = main()
    except Exception:  # a fault of the program: its account must show no key either
        told = secrets_given(sys.argv[1:], os.environ).hide(traceback.format_exc())
        sys.stderr.write(told)
        code = UNEXPECTED
    with suppress(OSError, ValueError):  # the reader of a pipe may be gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
