"""`geoagent completion`: prints a script that makes a shell complete geoagent's commands and options on Tab."""

import argparse
from pathlib import Path
from typing import Any

from geoagent.errors import OK

SHELLS = ("bash", "zsh", "tcsh")
FOLDERS = ("FOLDER", "RUN", "GALLERY")
"""What arguments are called that take a folder; others that take a path take a file."""


def add(commands: Any) -> None:
    """Add the command `geoagent completion`, which prints the script for a shell, to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    completion = commands.add_parser("completion", help="print a script that makes your shell complete commands")
    completion.add_argument("shell", choices=SHELLS, help="the shell that reads the script")
    completion.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent completion`: print the script that makes the named shell complete commands; the exit code 0."""
    import shtab

    from geoagent.cli.main import parser

    whole = parser()
    _complete_paths(whole, shtab.FILE, shtab.DIRECTORY)
    print(_with_photos(shtab.complete(whole, options.shell)))
    return OK


def _with_photos(script: str) -> str:
    """A script that completes files where no command is meant: the first word may be a photo."""
    bash, zsh = "complete -o bashdefault ", "_describe 'geoagent commands' _commands"
    return script.replace(bash, f"{bash}-o default ").replace(zsh, f"{zsh} || _files")


def _complete_paths(parser: argparse.ArgumentParser, file: object, folder: object) -> None:
    """Mark the arguments that take a path, of a parser and of those below it."""
    from geoagent.cli.solve import given

    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                _complete_paths(below, file, folder)
        elif action.type in (Path, given):
            action.complete = folder if action.metavar in FOLDERS else file  # type: ignore[attr-defined]
