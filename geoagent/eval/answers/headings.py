"""Which columns of a file of answers were read, as what, and which were not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from geoagent.runs.column_names import heading, is_empty

IN_TEXTS = "texts"
"""Stands before the heading of what was found in a text."""


class Columns(NamedTuple):
    """The columns of a file by their headings, a value inside an object as "ground_truth.lat".

    `read` has for each use ("id", "answer", "truth", "confidence") those that were read, `unread` all others that hold
    anything; where a reason is known why one was not read, it stands behind it.
    """

    read: Mapping[str, tuple[str, ...]]
    unread: tuple[str, ...]


@dataclass(slots=True)
class Headings:
    """The headings of a table by their plain forms, and those that were read, by what they were read as."""

    written: dict[str, str] = field(default_factory=dict)
    filled: set[str] = field(default_factory=set)
    read: dict[str, dict[str, None]] = field(default_factory=dict)

    def meet(self, raw: Mapping[str, Any], before: str = "", plainly: str = "") -> None:
        """Add the headings of a row as they are written there, a value inside an object as "ground_truth.lat"."""
        for name, value in raw.items():
            plain = f"{plainly}_{heading(name)}" if plainly else heading(name)
            if isinstance(value, dict) and value:
                self.meet(value, f"{before}{name}.", plain)
            elif plain not in self.filled:
                self.written.setdefault(plain, f"{before}{name}")
                if not is_empty(value):
                    self.filled.add(plain)

    def take(self, use: str, row: Mapping[str, Any], names: Iterable[str]) -> Any:
        """The value of the first of the columns `names` that holds anything, which is noted as read."""
        for name in names:
            value = row.get(name)
            if value is not None and value != "":
                self.note(use, name)
                return value
        return None

    def note(self, use: str, *names: str) -> None:
        """Note that these columns were read."""
        self.read.setdefault(use, {}).update(dict.fromkeys(names))

    def columns(self, refused: Mapping[str, str]) -> Columns:
        """All columns; `refused` has reasons why some were not read."""
        taken = {name for names in self.read.values() for name in names}
        left = [name for name in self.written if name in self.filled and name not in taken]
        told = [self.told(name) + (f" ({refused[name]})" if name in refused else "") for name in left]
        told += [f"{self.told(name)} ({why})" for name, why in refused.items() if name not in self.written]
        return Columns({use: tuple(map(self.told, names)) for use, names in self.read.items()}, tuple(told))

    def told(self, name: str) -> str:
        """A heading as it is written, and what was found in texts as such."""
        return self.written.get(name) or f"{name.removeprefix(IN_TEXTS + ' ')} in the {IN_TEXTS}"
