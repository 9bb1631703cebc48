"""The command line: finds the command, hides keys in what is printed, and turns errors into exit codes.

Exit codes: 0 every photo was solved; 1 an unexpected fault of the program; 2 bad input or settings (the other photos
are still solved), which a model server that never answered is too; 3 the model server failed on the way and the answer
rests on what was found until then; 130 interrupted.
`verify`: 0 the claim is supported, 4 it is possible, 5 it is contradicted.
`vlm serve`: 0 stopped after it had served; 2 nothing was started; 3 vLLM ended by itself; 130 stopped before it served.
"""

import argparse
import errno
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from geoagent.cli.parsing import Parser
from geoagent.console import log_lines, tell
from geoagent.errors import BAD_INPUT, DEGRADED, INTERRUPTED, OK, UNEXPECTED, GeoAgentError, ModelError
from geoagent.secrets import Secrets, hidden_from
from geoagent.settings import secrets_given
from geoagent.spans import send_all

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
"""What writing fails with where a disk is full or broken, which is no fault of the program."""
GROUPS = {
    "Find a place": ("solve", "verify", "sun", "match", "find", "skyline", "resume", "trace", "audit"),
    "Offer it to others": ("serve", "mcp"),
    "Set it up": ("doctor", "vlm", "models", "prior", "gallery"),
    "Measure it": ("eval", "export"),
    "For your shell and your programs": ("completion", "schema"),
}
"""The commands, as the help groups them."""
COMMANDS = tuple(name for names in GROUPS.values() for name in names)
"""Each is a module beside this one, whose `add` adds the parser; what is heavy they import when they are called."""
BEGIN = """geoagent finds out where a photo was taken, and why one should believe it.

  geoagent photo.jpg                        where was it taken?
  geoagent photo.jpg --hint "near a port"   the same, with what you know
  geoagent photo.jpg --report answer.html   and keep the answer as a page
  geoagent serve                            the same in the browser
  geoagent doctor                           what is installed, and what is missing

Nothing leaves this machine unless you say so. geoagent --help names every command."""
"""What somebody is told who names no command."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with `arguments`, or those of the process where they are None; returns the exit code.

    The module's docstring lists the exit codes. What geoagent raises on purpose becomes a line on stderr.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    secrets = secrets_given(arguments, os.environ)
    with hidden_from(secrets):
        return _main(arguments, secrets)


def _main(arguments: Sequence[str], secrets: Secrets) -> int:
    if not arguments:
        print(BEGIN)
        return OK
    given, flags = _split(with_command(arguments))
    called = given[:1] if given and given[0] in COMMANDS else COMMANDS
    options = parser(called).parse_args(given, argparse.Namespace(flags=flags))
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        with _only_own_complaints(secrets), log_lines(getattr(options, "quiet", False)):
            code = command(options)
            if sys.stdout is not None:
                sys.stdout.flush()
            return code
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
    except OSError as error:
        if error.errno not in FULL:
            raise
        tell(f"geoagent: cannot write{f' {error.filename}' if error.filename else ''}: {error.strerror}")
        return BAD_INPUT


def _split(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """What is ours, and the flags for vLLM after `--`."""
    if arguments[:2] != ["vlm", "serve"] or "--" not in arguments:
        return arguments, ()
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def with_command(arguments: Sequence[str]) -> Sequence[str]:
    """The arguments with `solve` put first where they begin with a photo, a folder of photos or an option.

    So `geoagent photo.jpg` means `geoagent solve photo.jpg`. `arguments` must not be empty.
    """
    first = arguments[0]
    if first in (*COMMANDS, "-h", "--help", "--version"):
        return arguments
    words = [f"./{word}" if _is_photo_with_dash(word) else word for word in arguments]
    return ["solve", *words] if first.startswith("-") or _names_photos(first) else arguments


def _is_photo_with_dash(word: str) -> bool:
    """Whether a word that looks like an option is a photo that is there."""
    return word.startswith("-") and _has_photo_suffix(word) and os.path.lexists(word)


def _names_photos(word: str) -> bool:
    """Whether a word is a path or an address of a photo, by what is there or by how it is written."""
    return os.path.lexists(word) or "/" in word or os.sep in word or _has_photo_suffix(word)


def _has_photo_suffix(word: str) -> bool:
    from geoagent.plain_text import FILM_SUFFIXES, PHOTO_SUFFIXES

    return Path(word).suffix.lower() in PHOTO_SUFFIXES | FILM_SUFFIXES


class _Whole(Parser):
    """The parser of all commands, whose help names them by groups."""

    told: Mapping[str, str]

    def format_help(self) -> str:
        """What there is, and where more is told."""
        lines = [f"usage: {self.usage}", "", str(self.description), "", *_grouped(self.told)]
        return "\n".join([*lines, ""])


def parser(names: Sequence[str] = COMMANDS) -> Parser:
    """The parser of the command line with the commands `names`, all where none are given.

    Naming a single command saves loading the others.
    """
    whole = _Whole(
        prog="geoagent",
        usage="geoagent PHOTO… [options], or geoagent COMMAND …",
        description="Find out where a photo was taken, and why one should believe it.",
    )
    whole.add_argument("--version", action="version", version=f"geoagent {version('geoagent-locate')}")
    commands = whole.add_subparsers(required=True, metavar="COMMAND", prog="geoagent", parser_class=Parser)
    for name in names:
        import_module(f"geoagent.cli.{name}").add(commands)
    whole.told = {action.dest: str(action.help) for action in commands._choices_actions}
    return whole


def _grouped(told: Mapping[str, str]) -> Iterator[str]:
    """The commands by groups, each with what it does, and where more is told."""
    for group, names in GROUPS.items():
        there = [name for name in names if name in told]
        if there:
            yield f"{group}:"
            yield from (f"  {name:<12}{told[name]}" for name in there)
            yield ""
    yield "geoagent COMMAND --help tells the options of each, geoagent solve --help those for photos."


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
    """The entry point of the script `geoagent`: run `main` and end the process with its exit code.

    The process ends at once, even if a thread still waits for the model server. An unexpected fault is printed without
    keys.
    """
    try:
        code = main()
    except Exception:  # a fault of the program: its account must show no key either
        told = secrets_given(sys.argv[1:], os.environ).hide(traceback.format_exc())
        sys.stderr.write(told)
        code = UNEXPECTED
    send_all()
    with suppress(OSError, ValueError):  # the reader of a pipe may be gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
