"""How well the language of a few words is told, with and without the list of words: `python benchmarks/languages.py`.

The words and phrases are those of the lexicon that belong to one language, of which words are listed; neither the
detector nor the list was made from them. Printed are the share whose language is the most probable one, the bits
that the truth costs, and how many are wrong where a language has .6 or more.
"""

import math
from collections.abc import Callable

from geoagent.reading import languages
from geoagent.reading.tables import ours
from geoagent.reading.word_languages import listed, with_words

SOUTH_SLAVIC = frozenset({"bs", "hr", "sr"})
"""One language to the list, which does not tell them apart."""
LEAST_LETTERS = 6
LEAST = 0.001


def texts() -> list[tuple[str, frozenset[str]]]:
    """The first word or phrase of each such answer, with the codes of its language."""
    found = list[tuple[str, frozenset[str]]]()
    for answer in ours()["lexicon"].answers.values():
        told = frozenset(answer.languages)
        one = len(told) == 1 or told <= SOUTH_SLAVIC
        if answer.words and one and told <= listed() and len(answer.words[0]) >= LEAST_LETTERS:
            found.append((answer.words[0], SOUTH_SLAVIC if told & SOUTH_SLAVIC else told))
    return found


def judged(detect: Callable[[str], dict[str, float]]) -> str:
    """The figures of one way to tell languages, as cells of a table."""
    right, bits, sure, wrong, rows = 0, 0.0, 0, 0, texts()
    for text, told in rows:
        scores = detect(text)
        best = max(scores, key=lambda language: scores[language], default="")
        right += best in told
        bits -= math.log2(max(sum(scores.get(language, 0.0) for language in told), LEAST))
        if scores and scores[best] >= 0.6:
            sure, wrong = sure + 1, wrong + (best not in told)
    return f"{len(rows)} | {right / len(rows):.2f} | {bits / len(rows):.2f} | {wrong} of {sure}"


def main() -> None:
    """Prints a line for each way."""
    print("| language by | n | right | bits | wrong at .6 |\n|---|---|---|---|---|")
    print(f"| the detector | {judged(languages.detected)} |")
    print(f"| and words | {judged(lambda text: with_words(text, languages.detected(text)))} |")


if __name__ == "__main__":
    main()
