"""What the words and shapes on signs say about where: looks texts up in the knowledge tables whose answers are words or
patterns.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.fuzz import ratio

from geoagent.atlas import Atlas
from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import Areas, finest_level
from geoagent.plain_text import fold
from geoagent.reading.digits import hide, no_phone_number
from geoagent.reading.neighbouring_texts import runs
from geoagent.reading.phones import find_phones
from geoagent.reading.postal import by_division
from geoagent.reading.spoken import spoken
from geoagent.reading.tables import Table, tables

SPACELESS = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Thai, Lao, Burmese, Khmer, kana, Han: written without spaces, so a word is any part of a text."""
SHORT = 3
"""Words of so few letters count only as a whole text: recognisers find them in many a texture."""

DOUBTFUL, LONG, ALIKE = 0.9, 10, 86.0
"""Below this confidence a text may be garbled; the least letters of a word that is told by likeness, of 100."""
OF_DIGITS = frozenset({"plates", "postal_codes", "roads"})
"""Tables whose patterns take digits that are not those of a phone number, an hour, a date, a price or a measure."""
OF_LANGUAGE = frozenset({"letters"})
"""Tables whose patterns are read in what is said, not in the names of brands."""


class Entry(NamedTuple):
    """One answer of a knowledge table: the names of the table and of the answer."""

    table: str
    answer: str


class Match(NamedTuple):
    """An answer of a knowledge table whose word or pattern stands in a text, and the part of the text that is that."""

    entry: Entry
    read: str


class _Index(NamedTuple):
    words: dict[str, list[Entry]]
    bare: dict[str, list[Entry]]
    spaceless: dict[str, list[Entry]]
    patterns: list[tuple[re.Pattern[str], Entry]]
    alone: frozenset[Entry]
    longest: int


def read_signs(shown: Sequence[Sequence[Clue]], atlas: Atlas) -> Iterator[Evidence]:
    """One piece of evidence for each answer of the knowledge tables that stands in the texts of the photos.

    `shown` has each text as a list: its clue, and then its copies in other photos. The answers of one table share a
    group, and so does all that speaks of the language. A phrase may run over several lines of a sign: NO, PASSING,
    ZONE. Where nothing else is found, what was read with doubt may lack letters: PROHIBDO ESTACIONR.
    """
    found: dict[Entry, list[tuple[Match, Sequence[Clue]]]] = defaultdict(list)
    for copies in shown:
        for match in find_signs(copies[0].value):
            found[match.entry].append((match, copies))
    for lines, text in runs(copies[0] for copies in shown):
        for match in find_phrases(text):
            if match.entry not in found:
                found[match.entry].append((match, lines))
    if not found:
        for lines, text in [((copies[0],), copies[0].value) for copies in shown] + list(runs(c[0] for c in shown)):
            for match in find_garbled(text) if min(clue.confidence for clue in lines) < DOUBTFUL else ():
                found[match.entry].append((match, lines))
    for entry, members in sorted(found.items()):
        table = tables()[entry.table]
        answer = table.answers[entry.answer]
        (match, copies), clue = members[0], members[0][1][0]
        context = (
            "" if match.read == clue.value or match.read not in clue.value else f' in the text "{clue.value[:100]}"'
        )
        likelihood = answer.evidence(atlas)
        if table.name == "postal_codes" and isinstance(likelihood, Areas):
            likelihood = by_division(likelihood, match.read, atlas)
        yield Evidence(
            kind=table.name,
            witness=clue.witness,
            statement=f'"{match.read[:100]}"{context}: {answer.explains}',
            likelihood=likelihood,
            level=finest_level(likelihood),
            group=_group(table),
            clues=tuple(dict.fromkeys(clue.id for _, copies in members for clue in copies)),
            quote=match.read[:200],
            answer=entry.answer[:80],
        )


def find_signs(text: str) -> list[Match]:
    """The answers of the knowledge tables whose words or patterns stand in one text, each once, with the part of the
    text.

    Accents may be missing in the text, never added.
    """
    index = _index(tuple(tables()))
    text = unicodedata.normalize("NFC", text)
    said, unused = spoken(text), _without_used_digits(text)
    matches: dict[Entry, str] = {}
    for entry, read in _find_words(text, index):
        matches.setdefault(entry, read)
    for word, entries in index.spaceless.items():
        if word in text:
            for entry in entries:
                if entry not in index.alone or word == text.strip():
                    matches.setdefault(entry, word)
    for pattern, entry in index.patterns:
        found = pattern.search(said if entry.table in OF_LANGUAGE else unused if entry.table in OF_DIGITS else text)
        if found and entry not in matches:
            matches[entry] = found[0].strip()
    if any(entry.table == "plates" and read == text.strip() for entry, read in matches.items()):
        parts = {e for e, read in matches.items() if e.table == "postal_codes" and read != text.strip()}
        matches = {entry: read for entry, read in matches.items() if entry not in parts}
    return [Match(entry, read) for entry, read in matches.items() if read]


def find_phrases(text: str) -> list[Match]:
    """The answers of the knowledge tables whose phrases, of several words, stand in a text."""
    text = unicodedata.normalize("NFC", text)
    found = _find_words(text, _index(tuple(tables())))
    return [Match(entry, read) for entry, read in found if " " in read]


def find_garbled(text: str) -> list[Match]:
    """The answers of the knowledge tables whose long word or phrase a text as a whole is like, but for a letter in
    seven.

    Empty for texts of fewer than ten letters.
    """
    long = _long_words(tuple(tables()))
    written = fold(text).replace(" ", "")
    if len(written) < LONG:
        return []
    found = process.extract(written, long.keys(), scorer=ratio, score_cutoff=ALIKE, limit=3)
    return [Match(entry, text) for word, score, _ in found if score == found[0][1] for entry in long[word]]


@lru_cache(maxsize=1)
def _long_words(names: tuple[str, ...]) -> dict[str, list[Entry]]:
    """The long words and phrases of these tables that are of a language, folded and without spaces."""
    found = dict[str, list[Entry]]()
    for key, entries in _index(names).bare.items():
        words = [entry for entry in entries if tables()[entry.table].kind == "language"]
        if words and len(short := key.replace(" ", "")) >= LONG:
            found[short] = words
    return found


def _without_used_digits(text: str) -> str:
    phones = [phone.span for phone in find_phones(text)]
    return hide(text, [*phones, *no_phone_number(text, called=True)])


def _find_words(text: str, index: _Index) -> Iterator[tuple[Entry, str]]:
    """Whole words and phrases; inside a phrase of a table its other words do not count."""
    words = _words(text)
    folded = [_folded(word) for word in words]
    taken: dict[str, list[set[int]]] = defaultdict(list)
    for length in range(min(index.longest, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            span = range(start, start + length)
            key = " ".join(folded[start : start + length])
            plain = key == fold(key)
            for entry in index.words.get(key) or (index.bare.get(key, []) if plain else []):
                whole = length == len(words)
                short = len(key) <= SHORT and key.isalnum()
                inside = any(set(span) < longer for longer in taken[entry.table])
                if not inside and (whole or not (short or entry in index.alone)):
                    taken[entry.table].append(set(span))
                    yield entry, " ".join(words[start : start + length])


def _words(text: str) -> list[str]:
    """Runs of letters, digits and the marks that belong to them."""
    kept = "".join(ch if ch.isalnum() or unicodedata.category(ch)[0] == "M" else " " for ch in text)
    return kept.split()


def _folded(word: str) -> str:
    """A word without case, with its accents; the Turkish letters for i are one, since capitals and OCR mix them."""
    return unicodedata.normalize("NFC", word.casefold().replace("i̇", "i").replace("ı", "i"))


def _group(table: Table) -> str:
    return "language" if table.kind == "language" else table.name


@lru_cache(maxsize=1)
def _index(names: tuple[str, ...]) -> _Index:
    """The words and patterns of the tables of these names."""
    words, bare, spaceless = defaultdict(list), defaultdict(list), defaultdict(list)
    patterns: list[tuple[re.Pattern[str], Entry]] = []
    alone: set[Entry] = set()
    for table in map(tables().__getitem__, names):
        for name, answer in table.answers.items() if table.witness == "text" else ():
            entry = Entry(table.name, name)
            patterns += [(re.compile(pattern), entry) for pattern in answer.patterns]
            if answer.alone:
                alone.add(entry)
            for word in answer.words:
                if SPACELESS.search(word):
                    spaceless[word].append(entry)
                    continue
                key = " ".join(_folded(part) for part in _words(unicodedata.normalize("NFC", word)))
                words[key].append(entry)
                bare[fold(key)].append(entry)
    longest = max(len(key.split()) for key in words)
    return _Index(dict(words), dict(bare), dict(spaceless), patterns, frozenset(alone), longest)
