"""How plausible a string is as a text of its script: whether letters follow each other as they do in names.

Counts of pairs of letters (`letters.json` beside this file) come from the names of countries, languages, months, days
and cities in the languages of CLDR (Babel 2.18). Chinese and Japanese have too many characters for that, and CLDR's
Korean names are mostly foreign ones: those are not judged.
"""

import json
import math
import unicodedata
from collections import Counter, defaultdict
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

STRIPPED = frozenset({"LATIN", "GREEK", "CYRILLIC"})
"""Scripts whose accents are left out; in others the marks are vowels."""
SMOOTHING = 0.5
MIN_PAIRS = 3


class Letters(NamedTuple):
    """The statistics of letter pairs in the names of one script.

    `log_p` is log2 P(second | first) of each pair, `unseen` that of a pair never met, by its first letter, and `rarest`
    that where this letter is not known either. `usual` is how surprising the script's names are on average, in bits a
    pair.
    """

    log_p: dict[str, float]
    unseen: dict[str, float]
    rarest: float
    usual: float


def letters_of(text: str, script: str) -> int:
    """How many letters of a text belong to a script, given by its Unicode name ("LATIN")."""
    return sum(ch.isalpha() and unicodedata.name(ch, "?").startswith(script) for ch in text)


def pairs_of(text: str, script: str) -> list[str]:
    """The pairs of neighbouring letters in each word of a text, in small letters; the edges of a word count as
    spaces.

    In Latin, Greek and Cyrillic script accents are left out.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    if script in STRIPPED:
        decomposed = "".join(ch for ch in decomposed if not unicodedata.combining(ch))
    clean = "".join(ch if unicodedata.category(ch)[0] in "LM" else " " for ch in decomposed)
    return [pair for word in clean.split() for pair in map("".join, zip(f" {word}", f"{word} ", strict=True))]


def surprise_bits(text: str, script: str) -> float | None:
    """How much more surprising the letter pairs of a text are than those of names in a script, in bits a pair; 0 is
    usual.

    None for fewer than three pairs, and for scripts that are not judged.
    """
    table = _tables().get(script)
    pairs = pairs_of(text, script)
    if table is None or len(pairs) < MIN_PAIRS:
        return None
    told = sum(-table.log_p.get(pair, table.unseen.get(pair[0], table.rarest)) for pair in pairs)
    return told / len(pairs) - table.usual


@lru_cache(maxsize=1)
def _tables() -> dict[str, Letters]:
    data = json.loads((files("geoagent.reading.names") / "letters.json").read_text(encoding="utf-8"))
    return {script: _table(counts) for script, counts in data.items()}


def _table(counts: dict[str, int]) -> Letters:
    firsts: dict[str, int] = defaultdict(int)
    for pair, n in counts.items():
        firsts[pair[0]] += n
    size = len(firsts)
    log_p = {pair: math.log2((n + SMOOTHING) / (firsts[pair[0]] + SMOOTHING * size)) for pair, n in counts.items()}
    unseen = {first: math.log2(SMOOTHING / (n + SMOOTHING * size)) for first, n in firsts.items()}
    total = Counter(counts).total()
    usual = -sum(n * log_p[pair] for pair, n in counts.items()) / total
    return Letters(log_p, unseen, -math.log2(total), usual)
