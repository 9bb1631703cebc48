"""What a sentence says was seen: kinds of evidence, their values, and what is said not to be there.

The vocabulary (`data/chain_vocabulary.json`) is ours: heads (things that can bear values), dimensions whose values
exclude each other, words that mean the same, and concepts by the kind of evidence that they are. How telling a word is
comes from `data/chain_words.json`: in how many of the chains of a corpus it occurs (see benchmarks/chains.py).
"""

import difflib
import json
import math
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

MASK = "somewhere"
"""What stands in place of a place name where a chain is scored for what it saw."""
BACK, FORWARD, NEGATED = 4, 5, 6
"""Words before and after a head in which its values stand; words after a negation that it covers."""
NEARLY_SAME = 0.6
_TOKEN = re.compile(r"[^\W_]+(?:[-/'][^\W_]+)*|[,;:.!?()]")
_COMPOUND = re.compile(r"\b(post|mail|guard|lamp|street|power) (box|boxes|rails?|posts?|lights?|lamps?|lines?)\b")
_FORWARD_LINK = frozenset(
    "is are was were be painted in on at the a an with made of to keeps keep drive drives driving side colored "
    "coloured looks look appears appear very mostly visible written using uses".split()
)
_FUNCTION = frozenset(
    "the a an and or of in on at to is are was were be been by with for from as that this these those it its their "
    "there which who where when while also both some any such than then into along near within over under very more "
    "most can could may might would has have had suggest suggests suggesting indicate indicates indicating likely "
    "typical characteristic image shows show depicts visible presence features feature based location area "
    "region".split()
) | {MASK}


class Value(NamedTuple):
    """A value that a sentence gives to a thing: the thing, what is said of it, and the value, as ("road line",
    "colour", "yellow").
    """

    head: str
    dimension: str
    value: str


class Content(NamedTuple):
    """What a sentence says, to be compared with another: the stems of its words, the values that it gives to things,
    and the concepts that it says are there (`present`) or not there (`absent`).

    `tokens` are its words in order, without function words.
    """

    words: frozenset[str]
    values: frozenset[Value]
    present: frozenset[str]
    absent: frozenset[str]
    tokens: tuple[str, ...]


class _Vocabulary(NamedTuple):
    heads: list[tuple[str, re.Pattern[str]]]
    dimensions: list[tuple[str, re.Pattern[str]]]
    same: dict[str, str]
    concepts: list[tuple[str, re.Pattern[str]]]
    negation: re.Pattern[str]


def _data(name: str) -> dict[str, Any]:
    return dict(json.loads((files("geoagent") / "data" / name).read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _vocabulary() -> _Vocabulary:
    data = _data("chain_vocabulary.json")

    def whole(pattern: str) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{pattern})\b")

    concepts = [
        (f"{kind} {number}", whole(pattern))
        for kind, patterns in data["concepts"].items()
        for number, pattern in enumerate(patterns)
    ]
    return _Vocabulary(
        [(name, re.compile(pattern)) for name, pattern in data["heads"].items()],
        [(name, re.compile(pattern)) for name, pattern in data["dimensions"].items()],
        {word: group[0] for group in data["same"] for word in group},
        concepts,
        whole(data["negations"]),
    )


@lru_cache(maxsize=1)
def _counts() -> tuple[dict[str, int], int]:
    data = _data("chain_words.json")
    return data["chains_with"], data["chains"]


def weight(word: str) -> float:
    """How telling a word is, in nats: minus the natural logarithm of the share of published reasoning chains that
    contain it.
    """
    counts, chains = _counts()
    return -math.log((counts.get(word, 0) + 0.5) / (chains + 1))


@lru_cache(maxsize=50_000)
def content(sentence: str) -> Content:
    """What a sentence says was seen, to be compared with another; names of places in it should be masked before."""
    text = _COMPOUND.sub(r"\1\2", sentence.lower())
    vocabulary = _vocabulary()
    tokens = _TOKEN.findall(text)
    denied = _denied(tokens, vocabulary)
    affirmed = " ".join("," if index in denied else token for index, token in enumerate(tokens))
    negative = " ".join(tokens[index] if index in denied else "," for index in range(len(tokens)))
    names = {name for name, pattern in vocabulary.concepts if pattern.search(affirmed)}
    absent = {name for name, pattern in vocabulary.concepts if pattern.search(negative)}
    values = frozenset(_values(tokens, denied, vocabulary))
    stems = {stem(token) for index, token in enumerate(tokens) if index not in denied and _counts_as_word(token)}
    words = stems | names | {"/".join(value) for value in values} | {f"no {name}" for name in absent}
    plain = tuple(token for token in tokens if token[0].isalnum() and token not in _FUNCTION)
    return Content(frozenset(words), values, frozenset(names), frozenset(absent - names), plain)


def _counts_as_word(token: str) -> bool:
    return token[0].isalnum() and len(token) > 2 and token not in _FUNCTION


def stem(word: str) -> str:
    """An English word in small letters without its plural or inflectional ending: "painted" gives "paint". Short words
    stay.
    """
    for ending in ("ing", "ed", "es", "ly", "s"):
        if word.endswith(ending) and len(word) - len(ending) > 3:
            return word.removesuffix(ending)
    return word


def _denied(tokens: list[str], vocabulary: _Vocabulary) -> set[int]:
    """The positions that a negation covers: the words after it, up to the end of its clause."""
    found: set[int] = set()
    for index, token in enumerate(tokens):
        if vocabulary.negation.fullmatch(token):
            for later in range(index + 1, min(index + 1 + NEGATED, len(tokens))):
                if tokens[later] in {";", ".", "but", "!", "?"}:
                    break
                found.add(later)
    return found


def _values(tokens: list[str], denied: set[int], vocabulary: _Vocabulary) -> Iterator[Value]:
    for index, token in enumerate(tokens):
        head = next((name for name, pattern in vocabulary.heads if pattern.fullmatch(token)), None)
        if head is None or index in denied:
            continue
        for position in _bearing(tokens, index):
            for dimension, pattern in vocabulary.dimensions:
                if pattern.fullmatch(tokens[position]):
                    bearer = "driving" if dimension == "side" and head in ("traffic", "vehicle") else head
                    yield Value(bearer, dimension, vocabulary.same.get(tokens[position], tokens[position]))


def mean_the_same(word: str, other: str) -> bool:
    """Whether two English words in small letters are forms of one word, or synonyms for one visible thing (WordNet)."""
    if stem(word) == stem(other):
        return True
    sets = _synonyms()
    return not sets.get(word, sets.get(stem(word), _NO_SET)).isdisjoint(sets.get(other, sets.get(stem(other), _NO_SET)))


_NO_SET: frozenset[int] = frozenset()


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, frozenset[int]]:
    """The numbers of the sets of synonyms that each word is in."""
    found: dict[str, set[int]] = {}
    lines = (files("geoagent") / "data" / "synonyms.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        for word in () if line.startswith("#") else line.split():
            found.setdefault(word, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


def denies(word: str) -> bool:
    """Whether an English word in small letters is a negation."""
    return _vocabulary().negation.fullmatch(word) is not None


def dimensions(sentence: str) -> Iterator[tuple[str, str]]:
    """The values that a sentence states, each behind its dimension: ("colour", "yellow"); those that it denies are left
    out.
    """
    vocabulary = _vocabulary()
    tokens = _TOKEN.findall(sentence.lower())
    denied = _denied(tokens, vocabulary)
    for index, token in enumerate(tokens):
        for part in () if index in denied else dict.fromkeys((token, *token.split("-"))):
            for dimension, pattern in vocabulary.dimensions:
                if pattern.fullmatch(part):
                    yield dimension, vocabulary.same.get(part, part)


def _bearing(tokens: list[str], head: int) -> Iterator[int]:
    """The positions whose words can be values of a head: those before it, and those after "is", "in", "painted" …"""
    for position in range(head, max(-1, head - BACK - 1), -1):
        if not tokens[position][0].isalnum() or (
            tokens[position] in {"with", "and", "on", "of"} and position < head - 1
        ):
            break
        yield position
    if head + 1 < len(tokens) and tokens[head + 1] in _FORWARD_LINK:
        for position in range(head + 1, min(len(tokens), head + 1 + FORWARD)):
            if not tokens[position][0].isalnum():
                break
            yield position


def turned(a: Content, b: Content) -> str | None:
    """How the first of two sentences contradicts the second, in words; None where it does not.

    It gives another value to a thing, says "there" against "not there", or is the second with a word exchanged.
    """
    return excluded(a, b) or _changed_word(a.tokens, b.tokens)


def excluded(a: Content, b: Content) -> str | None:
    """What two sentences cannot both say of one thing, in words such as "road line: white / yellow"; None where there
    is nothing.

    That is values that exclude each other, or "there" against "not there".
    """
    for key in {value[:2] for value in a.values} & {value[:2] for value in b.values}:
        mine, theirs = ({value.value for value in side.values if value[:2] == key} for side in (a, b))
        if not mine & theirs:
            return f"{key[0]}: {', '.join(sorted(mine))} / {', '.join(sorted(theirs))}"
    denied = (a.absent & b.present) | (b.absent & a.present)
    return f"{min(denied).rpartition(' ')[0]}: there / not there" if denied else None


def _changed_word(a: tuple[str, ...], b: tuple[str, ...]) -> str | None:
    """Where two sentences say the same word for word but for one or two words: what was put in their place."""
    if a == b or abs(len(a) - len(b)) > 2 or 2 * len(set(a) & set(b)) < len(set(a) | set(b)) - 2:
        return None
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    if matcher.ratio() < NEARLY_SAME:
        return None
    same = _vocabulary().same
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        if kind == "equal":
            continue
        mine, theirs = ({stem(same.get(token, token)) for token in side} for side in (a[a0:a1], b[b0:b1]))
        if kind == "replace" and not mine & theirs:
            return f"{' '.join(a[a0:a1])} / {' '.join(b[b0:b1])}"
        if any(_vocabulary().negation.fullmatch(token) for token in (*a[a0:a1], *b[b0:b1])):
            return "said / denied"
    return None
