"""Parsers for the command line that name, for a word they do not know, the known word that is most like it."""

import argparse
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

LIKE = 0.6
"""How alike two words are, from 0 to 1, where one is taken for a slip of the other."""


class Parser(argparse.ArgumentParser):
    """An argparse parser whose errors take one line and name the word that was probably meant."""

    def error(self, message: str) -> NoReturn:
        """Print in one line what is wrong and how to get help, and end the process with exit code 2."""
        self.exit(2, f"{self.prog}: {message} ({self.prog} --help tells more)\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does, but end with `error` for an option that is not known and for an argument too many.

        argparse would hand both back to the caller, who could name no likely option.
        """
        known, rest = super().parse_known_args(args, namespace)
        unknown = next((word for word in rest if word.startswith("-")), None)
        if unknown is not None:
            flag = unknown.partition("=")[0]
            self.error(f"there is no option {flag}{did_you_mean(flag, self._option_string_actions)}")
        if rest:
            self.error(f"{rest[0]!r} is one argument too many")
        return known, rest

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            names = [str(choice) for choice in action.choices]
            if action.metavar == "COMMAND":
                said = f"{value!r} is neither a command nor a photo that is there"
                raise argparse.ArgumentError(None, f"{said}{did_you_mean(str(value), [*names, *_files()])}")
            told = did_you_mean(str(value), names) or f"; choose one of {', '.join(names)}"
            raise argparse.ArgumentError(action, f"{value!r} is not known{told}")


def _files() -> list[str]:
    """The names in the present folder."""
    try:
        return [path.name for path in Path().iterdir()]
    except OSError:
        return []


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a complaint about an unknown word: "; did you mean solve?"; "" where no word of `known` is like it."""
    found = alike(word, known)
    return f"; did you mean {found}?" if found else ""


def alike(word: str, known: Iterable[str]) -> str | None:
    """The word of `known` that is most like `word`, upper and lower case being equal; None where none is like it."""
    by_lower = {name.lower(): name for name in known}
    found: Sequence[str] = get_close_matches(word.lower(), by_lower, n=1, cutoff=LIKE)
    return by_lower[found[0]] if found else None
