"""The names of the atlas in SQLite: exact look-up by folded name, and look-up by likeness."""

import math
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from geoagent.plain_text import fold, romanise, sound

ALPHABET = "abdfgklmnprstvx"
"""The letters that a sound is made of (`plain_text.sound`), with a vowel at its beginning."""
MIN_SOUND = 4
LEAST_LIKE = 0.75
MOST_LIKE = 40
OTHER_SCRIPT = 0.05
PER_MAGNITUDE = 0.015
"""How much likeness a tenfold prominence is worth, among places of similar names."""

SCHEMA = """
    PRAGMA journal_mode = OFF;
    CREATE TABLE place (row INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE name (folded TEXT, target, usual, PRIMARY KEY (folded, target)) WITHOUT ROWID;
    CREATE TABLE area (folded TEXT, target, usual, PRIMARY KEY (folded, target)) WITHOUT ROWID;
    CREATE TABLE sound (sound TEXT, folded TEXT, PRIMARY KEY (sound, folded)) WITHOUT ROWID;
"""


def write_names(
    path: Path, places: Iterable[str], names: Iterable[tuple[str, int, bool]], areas: Iterable[tuple[str, str, bool]]
) -> None:
    """Write the SQLite file of names at `path`, which must not exist yet.

    `places` are the usual names of the places, row by row. `names` has, for each folded name of a place, the row that
    it names and whether it is the usual name; `areas` likewise the folded names of countries and divisions, with the
    area as text.
    """
    known = sorted(names)
    heard = {(sound(folded), folded) for folded in {folded for folded, _, _ in known} if romanise(folded).isascii()}
    with sqlite3.connect(path) as db:
        db.executescript(SCHEMA)
        db.executemany("INSERT INTO place VALUES (?, ?)", enumerate(places))
        db.executemany("INSERT OR IGNORE INTO name VALUES (?, ?, ?)", known)
        db.executemany("INSERT OR IGNORE INTO area VALUES (?, ?, ?)", sorted(areas))
        db.executemany("INSERT INTO sound VALUES (?, ?)", sorted(heard))
    db.close()


class Similar(NamedTuple):
    """A populated place whose name is like the one sought: its row, its prominence in inhabitants, its name, folded,
    and the likeness from 0 to 1.
    """

    row: int
    prominence: float
    name: str
    likeness: float

    @property
    def worth(self) -> float:
        """What similar places are ranked by: the likeness, and 0.015 more for each tenfold prominence."""
        return self.likeness + PER_MAGNITUDE * math.log10(self.prominence + 1)


class Gazetteer:
    """The names of the atlas in an SQLite file, looked up by folded text (see `plain_text.fold`).

    Safe to use from several threads.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)

    def name(self, row: int) -> str:
        """The usual name of a row of the atlas, in Latin letters; empty where it has none."""
        found = self._query("SELECT name FROM place WHERE row = ?", (row,))
        return str(found[0][0]) if found else ""

    def named(self, folded: str) -> list[tuple[int, bool]]:
        """The rows that bear a folded name, each with whether it is the row's usual name; empty where there is none."""
        found = self._query("SELECT target, usual FROM name WHERE folded = ?", (folded,))
        return [(int(row), bool(usual)) for row, usual in found]

    def areas(self, folded: str) -> list[str]:
        """The countries and divisions that bear a folded name, as text ("SE", "SE.28"); empty where there is none."""
        return [str(text) for (text,) in self._query("SELECT target FROM area WHERE folded = ?", (folded,))]

    def like(self, name: str) -> list[tuple[str, float]]:
        """Folded names that are like a name, without the name itself, each with its likeness: the most like first, 40
        at most.

        The likeness is 1 less the share of letters that have to be changed, averaged over letters and sound; a name in
        another script counts 0.05 less. In Latin, Cyrillic and Greek script those are found whose sound is the same or,
        if it has at least four letters, differs by one; in others those that begin alike and are about as long.
        """
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        folded = fold(name)
        letters, heard = romanise(folded), sound(folded)
        latin = letters.isascii()
        found = [other for other in (self._sounding(heard) if latin else self._beginning(folded)) if other != folded]
        roman = [romanise(other) for other in found]
        near = process.extract(
            letters, roman, scorer=OSA.normalized_similarity, score_cutoff=2 * LEAST_LIKE - 1, limit=10 * MOST_LIKE
        )
        scored = []
        for _, by_letters, i in near:
            by_sound = OSA.normalized_similarity(heard, sound(found[i])) if latin else by_letters
            other_script = OTHER_SCRIPT if (found[i] == roman[i]) != (folded == letters) else 0.0
            scored.append((found[i], (by_letters + by_sound) / 2 - other_script))
        best = sorted((pair for pair in scored if pair[1] >= LEAST_LIKE), key=lambda pair: (-pair[1], pair[0]))
        return best[:MOST_LIKE]

    def _sounding(self, heard: str) -> list[str]:
        """Names whose sound is the same, or one letter off."""
        keys = sorted({heard, *(_one_off(heard) if len(heard) >= MIN_SOUND else ())})
        marks = ",".join("?" * len(keys))
        return [str(name) for (name,) in self._query(f"SELECT folded FROM sound WHERE sound IN ({marks})", tuple(keys))]

    def _beginning(self, folded: str) -> list[str]:
        """Names that begin with the same letter (in alphabets the same two) and differ by at most one in length."""
        start = folded[: 1 if len(folded) < MIN_SOUND else 2]
        found = self._query(
            "SELECT DISTINCT folded FROM name WHERE folded >= ? AND folded < ? AND abs(length(folded) - ?) <= 1",
            (start, start[:-1] + chr(ord(start[-1]) + 1), len(folded)) if start else ("", "", 0),
        )
        return [str(name) for (name,) in found]

    def _query(self, sql: str, arguments: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, arguments).fetchall()


def _one_off(heard: str) -> Iterator[str]:
    """All sounds that differ by one letter left out, put in or replaced, or by two neighbours swapped."""
    for i in range(len(heard) + 1):
        head, tail = heard[:i], heard[i:]
        yield from (head + letter + tail for letter in ALPHABET)
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in ALPHABET)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
