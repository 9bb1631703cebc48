"""How often texts without a place put a country above 0.5 that is wrong, and place signs the right one.

Ordinary signs: one to eight of a language's words, from the lexicon table and from simplemma 2.0.0, which is no
dependency of ours: install it apart. Wrong is a country where under 5 % of the public text is in that language. Place
signs: places drawn by the prior, as names alone, under a welcome, in an address, or three neighbours on one board.

Usage: PYTHONPATH=. python benchmarks/toponyms.py [N]
"""

import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

from geoagent.atlas import Atlas, open_atlas
from geoagent.belief import Belief, Beliefs
from geoagent.belief.readout import rank_countries
from geoagent.belief.reliability import load_reliabilities
from geoagent.case.evidence import Clue
from geoagent.case.views import Box
from geoagent.geo import Area, Point
from geoagent.reading.languages import signage_shares
from geoagent.reading.tables import tables
from geoagent.reading.texts import read_clues
from geoagent.settings import read_settings

LANGUAGES = "en de fr es it pt nl sv pl ru".split()
WELCOME = {"FR": "Mairie de", "DE": "Stadt", "ES": "Ayuntamiento de", "IT": "Comune di", "BR": "Prefeitura de"}


def photo(lines: list[str]) -> list[Clue]:
    """Lines far from each other in one photo, as read text."""
    return [
        Clue(kind="text", value=line, view=1, witness="ocr", confidence=0.95,
             box=Box(x0=0.1, y0=0.1 * i, x1=0.5, y1=0.1 * i + 0.02))
        for i, line in enumerate(lines)
    ]  # fmt: skip


def words_of(language: str) -> tuple[list[str], list[str]]:
    """The words of a language on signs, and its ordinary words."""
    answers = tables()["lexicon"].answers.values()
    signs = [word for answer in answers if language in answer.languages for word in answer.words]
    lemmas = set(DefaultDictionaryFactory().get_dictionary(language).values())
    texts = {lemma.decode() if isinstance(lemma, bytes) else lemma for lemma in lemmas}
    ordinary = [
        word for word in texts if re.fullmatch(r"[^\W\d_]{4,10}", word) and (word.islower() or language == "de")
    ]
    return sorted(set(signs)), sorted(ordinary)


def ordinary_signs(n: int, rng: random.Random) -> Iterator[tuple[str, str, list[str]]]:
    """Kinds, languages and lines of signs that name no place."""
    words = {language: words_of(language) for language in LANGUAGES}
    for i in range(n):
        language = LANGUAGES[i % len(LANGUAGES)]
        signs, ordinary = words[language]
        kind = ("signs and words", "words", "lone word")[i // len(LANGUAGES) % 3]
        lines = rng.sample(ordinary, 1 if kind == "lone word" else rng.randint(3, 6))
        lines += rng.sample(signs, min(2, len(signs))) if kind == "signs and words" else []
        yield kind, language, [line.upper() if rng.random() < 0.5 else line.title() for line in lines]


def place_signs(n: int, atlas: Atlas, rng: random.Random) -> Iterator[tuple[str, str, list[str]]]:
    """Kinds, countries and lines of signs that name places."""
    rows = np.flatnonzero(atlas.population > 0)
    drawn = rng.choices(rows.tolist(), weights=atlas.prior[rows].tolist(), k=n)
    for i, row in enumerate(drawn):
        country, name = atlas.countries[atlas.country[row]], atlas.name(row)
        kind = ("name alone", "welcome", "address", "three neighbours")[i % 4]
        lines = [name]
        if kind == "welcome":
            lines = [f"{WELCOME.get(country, 'Welcome to')} {name}"]
        elif kind == "address":
            lines = [f"{rng.randint(10000, 99999)} {name}"]
        elif kind == "three neighbours":
            near = [int(r) for r in atlas.rows_within(Point(lat=float(atlas.lat[row]), lon=float(atlas.lon[row])), 60)
                    if atlas.name(int(r)) and r != row and atlas.country[r] == atlas.country[row]]  # fmt: skip
            lines += [atlas.name(r) for r in rng.sample(near, min(2, len(near)))]
        yield kind, country, lines


def leading(belief: Belief) -> tuple[Area, float]:
    """The most probable country and its probability."""
    first = rank_countries(belief, 1)[0]
    return first.key, first.probability


def main(n: int) -> None:
    """Print both tables."""
    atlas = open_atlas(read_settings({}).cache)
    beliefs, shares, rng = Beliefs(atlas, load_reliabilities()), signage_shares(), random.Random(5)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, language, lines in ordinary_signs(n, rng):
        evidence = read_clues(photo(lines), atlas)
        country, p = leading(beliefs.of(evidence))
        counts[kind]["n"] += 1
        counts[kind]["a name read"] += any(item.kind in ("toponym", "town_address") for item in evidence)
        wrong = shares.get(country, {}).get(language, 0.0) < 0.05
        counts[kind]["wrong > .5"] += p > 0.5 and wrong
        counts[kind]["wrong > .8"] += p > 0.8 and wrong
        counts[kind]["right > .5"] += p > 0.5 and not wrong
    for kind, country, lines in place_signs(n, atlas, rng):
        found, p = leading(beliefs.of(read_clues(photo(lines), atlas)))
        counts[kind]["n"] += 1
        for least in (0.5, 0.8):
            counts[kind][f"wrong > {least:.1f}".replace("0.", ".")] += p > least and found != Area(country)
        counts[kind]["right > .5"] += p > 0.5 and found == Area(country)
        counts[kind]["right first"] += found == Area(country)
    for kind, row in counts.items():
        print(f"{kind:<18}" + "  ".join(f"{name} {value}" for name, value in row.items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
