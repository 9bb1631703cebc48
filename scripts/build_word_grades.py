"""Regenerate word_grades.txt: names of places that are also words, by how much commoner the word is than the place.

From wordfreq 3.1.1 (code Apache-2.0, data CC BY-SA 4.0), which is no dependency of ours: install it apart. Its lists
keep no capitals, so names of places are in them too. What tells a word from a place is how often it is written: names
of nine and more letters, which are seldom anything else, hardly ever reach a Zipf frequency (log10 per 10⁹ words) of
0.9 × log10 of the inhabitants. What a name exceeds that by in any language, people mean otherwise.

Usage: build_word_grades.py CACHE_FOLDER   (of geoagent, with an atlas)
"""

import collections
import math
import re
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

from wordfreq import available_languages, get_frequency_dict

from geoagent.atlas import Atlas, open_atlas
from geoagent.atlas.build import cache_name
from geoagent.plain_text import fold

TARGET = Path(__file__).parent.parent / "geoagent" / "reading" / "names" / "word_grades.txt"
SPACELESS = {"ja", "zh"}
WHOLE = re.compile(r"[a-zß-ʯͰ-ԯ\u0590-\u06ff]")
ZIPF_PER_MAGNITUDE = 0.9
LEAST_ZIPF = 3.0
TOGETHER = 2.0
"""How many magnitudes two words of one language follow each other oftener than by chance."""
EXCESS = (0.0, 0.5, 1.5)
"""The least excess of each grade, in magnitudes."""
HEAD = """\
# Names of places that are also words of some language, by grade: a word is up to 3 times, up to 30 times, or even more
# often written than a place of that size. Folded. Made by scripts/build_word_grades.py from wordfreq 3.1.1.
# This file alone is licensed under CC BY-SA 4.0: see NOTICE.
"""


def main() -> None:
    """Write the file."""
    cache = Path(sys.argv[1])
    atlas = open_atlas(cache)
    with closing(connect(cache / cache_name() / "names.sqlite")) as db:
        prominence = prominences(atlas, db.execute("SELECT folded, target, usual FROM name"))
    zipfs: dict[str, float] = {}
    for language in sorted(set(available_languages("best")) - SPACELESS):
        for name, zipf in zipfs_of(prominence, language):
            zipfs[name] = max(zipf, zipfs.get(name, 0.0))
    grades: dict[int, list[str]] = collections.defaultdict(list)
    for name, zipf in sorted(zipfs.items()):
        excess = zipf - ZIPF_PER_MAGNITUDE * math.log10(prominence[name] + 100)
        grade = sum(excess >= least for least in EXCESS)
        if grade and zipf >= LEAST_ZIPF:
            grades[grade].append(name)
    lines = [HEAD.rstrip()]
    for grade, names in sorted(grades.items()):
        text = ",".join(name.replace(" ", "_") for name in names).replace(",", " ")
        lines += [f"{grade}:{line.replace(' ', ',').replace('_', ' ')}" for line in textwrap.wrap(text, 117)]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


def prominences(atlas: Atlas, names: Iterator[tuple[str, int, int]]) -> dict[str, float]:
    """The greatest prominence, as the atlas has it, among the places of each folded name with a word of four letters.

    Only in the scripts whose words stay whole when they are folded.
    """
    found: dict[str, float] = collections.defaultdict(float)
    for name, row, usual in names:
        if max(map(len, name.split()), default=0) > 3 and WHOLE.match(name):
            found[name] = max(found[name], float(atlas.population[row]) * (1.0 if usual else 0.1))
    return found


def zipfs_of(names: dict[str, float], language: str) -> Iterator[tuple[str, float]]:
    """The Zipf frequency in a language of each name all of whose words it has."""
    shares: dict[str, float] = collections.defaultdict(float)
    for word, share in get_frequency_dict(language, "best").items():
        shares[fold(word)] += share
    for name in names:
        words = name.split()
        if all(word in shares for word in words):
            logs = [9 + math.log10(shares[word]) for word in words]
            yield name, sum(logs) - (9 - TOGETHER) * (len(words) - 1)


if __name__ == "__main__":
    main()
