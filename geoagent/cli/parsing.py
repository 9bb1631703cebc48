"""Parsers that say what was meant: of a word that is no command or option they name the one that is most like it."""

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
        """Say what is wrong and where help stands, and end with exit code 2."""
        self.exit(2, f"{self.prog}: {message} ({self.prog} --help tells more)\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does it, but for options that are not known, which this parser itself complains of."""
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
    """The end of a complaint about a word: what was probably meant; empty where nothing is like it."""
    found = alike(word, known)
    return f"; did you mean {found}?" if found else ""


def alike(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like a given one, whatever its case; None where none is like it."""
    by_lower = {name.lower(): name for name in known}
    found: Sequence[str] = get_close_matches(word.lower(), by_lower, n=1, cutoff=LIKE)
    return by_lower[found[0]] if found else None
