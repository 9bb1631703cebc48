"""A judge of chains of reasoning that needs no server: it compares two points by their words and by their meaning.

For two sentences, place names masked unless they are seen in the photo: score = 100 · overlap · likeness. Overlap is
Dice's coefficient of their words, concepts and values, each weighed by −log of how often chains contain it, so that a
shared theme counts next to nothing. Likeness is the cosine of their MiniLM embeddings between two bounds. Alike
sentences whose words match one by one, or that state the same code or name, say the same in other words and score from
MEANT_THE_SAME on. Sentences that cannot both be true (another code, side or colour, there against not there) keep
MOST_OF_ANOTHER_VALUE at most. A point of several sentences gets their mean, and half at most if one cannot be true.
"""

import difflib
import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from geoagent.eval.chains.judge import Support
from geoagent.eval.chains.masking import Masker
from geoagent.eval.chains.stated_values import Stated, agreed, conflict, named_alike, seen, stated
from geoagent.geo import Floats
from geoagent.reading.clue_kinds import Content, content, denies, excluded, mean_the_same, stem, turned, weight

Embed = Callable[[Sequence[str]], np.typing.NDArray[np.float32]]
"""Texts to unit vectors, shape (texts, width)."""

LIKENESS_FROM, LIKENESS_TO = 0.1, 0.9
"""Cosines of nothing in common and of the same said otherwise."""
TURNED = 0.25
MOST_OF_A_TURNED_POINT = 50.0
SAME_VALUES = 0.5
"""Overlap of two sentences that say the same of the same things in other words."""
RAMP_FROM, RAMP_SPAN = 0.40, 0.15
"""Cosines of two keys from which on they match a little, and how much further they match in full."""
_CLAUSE_END = re.compile(r"\s*[,;:()]\s*|\s+(?:and|or|with|which|that|while|suggesting|indicating)\s+")
_WORD = re.compile(r"[^\W_]+(?:[-/'’][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")


MOST_OF_ANOTHER_VALUE = 19.0
ALIKE = 0.5
"""Cosine from which on the words of two sentences are set beside one another."""
NAMED_ALIKE = 0.4
"""The same where both name the same thing that is seen."""
COSINE_FROM, COSINE_TO = 0.3, 0.8
WORD_FROM, WORD_TO = 0.4, 0.7
"""Cosines of two words with little in common and of two for one thing."""
ALIGNED = 0.3
"""How well their words must agree, times the root of their likeness, for two sentences to say the same."""
MEANT_THE_SAME, STEEPNESS, MOST_OF_OTHER_WORDS = 51.0, 60.0, 75.0
SAME_STATED = 70.0
"""The score of two sentences that state the same code, or name the same thing and are alike."""
SHORT = 14
"""Telling words of a sentence up to which all its values are taken to be of one thing."""
SAME_FRAME = 0.6
"""The share of words in common, in order, from which on short sentences differ in what they put in one place."""
PUT_FOR_ANOTHER = 0.55
"""Cosine below which one word in the place of another says another thing."""


class _Said(NamedTuple):
    """One sentence: places masked; only those masked that it leads to; and what that says."""

    masked: str
    seen: str
    content: Content
    stated: Stated


class EmbeddedJudge:
    """A judge of chains of reasoning that needs no server: it compares words and MiniLM embeddings.

    The same chains always get the same scores. `embed` makes unit vectors of texts, shape (texts, width). `masker`
    hides place names; None keeps them.
    """

    name = "embedded"

    def __init__(self, embed: Embed, masker: Masker | None) -> None:
        self._embed = embed
        self._masker = masker
        self._vectors: dict[str, Floats] = {}

    def supports(self, points: Sequence[str], others: Sequence[str]) -> list[Support]:
        """For each of the `points` how far the points `others` of another chain support it, from 0 to 100.

        Where nothing can be compared the score is 0.
        """
        mine, theirs = [self._said(point) for point in points], [self._said(other) for other in others]
        self._remember([said.masked for point in (*mine, *theirs) for said in point])
        return [self._support(said, theirs) for said in mine]

    def keys(self, points: Sequence[str]) -> list[list[str]]:
        """The key points of each of the `points`: its clauses in lower case, cut at commas and conjunctions.

        A point may have none. Clauses that only name a place are left out.
        """
        texts = (self._masker.mask(point) if self._masker else point for point in points)
        found = ([part.strip(" .").lower() for part in _CLAUSE_END.split(text)] for text in texts)
        return [[key for key in keys if content(key).words] for keys in found]

    def matches(self, keys: Sequence[str], others: Sequence[str]) -> list[float]:
        """How well the best of `others` matches each of the `keys`, 0 to 1. Neither may be empty.

        It is 0 up to a cosine of 0.40 and 1 from 0.55 on, as GeoRC has it.
        """
        best = self._cosines(keys, others).max(axis=1)
        return [float(match) for match in np.clip((best - RAMP_FROM) / RAMP_SPAN, 0, 1)]

    def _said(self, point: str) -> list[_Said]:
        """The sentences of a point: places masked, and as far as they are seen."""
        mask = self._masker.mask if self._masker else str
        parts = [part for part in _SENTENCE_END.split(point.strip()) if any(ch.isalnum() for ch in part)]
        masked = [mask(part) for part in parts]
        shown = [seen(part, hidden, mask) for part, hidden in zip(parts, masked, strict=True)]
        return [_Said(hidden, text, content(text), stated(text)) for hidden, text in zip(masked, shown, strict=True)]

    def _remember(self, sentences: Sequence[str]) -> None:
        new = [sentence for sentence in dict.fromkeys(sentences) if sentence not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._embed(new).astype(np.float64), strict=True))

    def _support(self, sentences: Sequence[_Said], others: Sequence[Sequence[_Said]]) -> Support:
        """The mean over a point's sentences of the best match of each, and the point that matches most of it."""
        if not sentences or not any(others):
            return Support(0.0, None, "nothing to compare")
        best = [
            max((self._match(sentence, other, index) for index, point in enumerate(others) for other in point))
            for sentence in sentences
        ]
        score = sum(match[0] for match in best) / len(best)
        faults = [match[2] for match in best if match[2]]
        if faults:
            score = min(score, MOST_OF_A_TURNED_POINT)
        top = max(best)
        return Support(round(score, 2), -top[1] if score > 0 else None, "; ".join(faults))

    def _match(self, a: _Said, b: _Said, index: int) -> tuple[float, int, str]:
        """The score of one sentence against one other, the other point's index negated so that the first wins ties."""
        cosine = float(self._vectors[a.masked] @ self._vectors[b.masked])
        likeness = _ramp(cosine, LIKENESS_FROM, LIKENESS_TO)
        score = max(100 * _overlap(a, b) * likeness, self._in_other_words(a, b, cosine))
        fault = self._fault(a, b) if score > 0 else None
        return (min(score * TURNED, MOST_OF_ANOTHER_VALUE), -index, fault) if fault else (score, -index, "")

    def _in_other_words(self, a: _Said, b: _Said, cosine: float) -> float:
        """The score of two sentences that say the same in other words; 0 where they do not."""
        if agreed(a.stated, b.stated) or (cosine > NAMED_ALIKE and named_alike(a.stated, b.stated)):
            return SAME_STATED
        if cosine < ALIKE:
            return 0.0
        aligned = self._aligned(a, b) * math.sqrt(_ramp(cosine, COSINE_FROM, COSINE_TO))
        same = MEANT_THE_SAME + STEEPNESS * (aligned - ALIGNED)
        return min(same, MOST_OF_OTHER_WORDS) if aligned >= ALIGNED else 0.0

    def _aligned(self, a: _Said, b: _Said) -> float:
        """How well the words of two sentences agree, 0 to 1, each set beside one of the other and weighed."""
        from scipy.optimize import linear_sum_assignment

        mine, theirs = a.content.tokens, b.content.tokens
        if not mine or not theirs:
            return 0.0
        alike = np.clip((self._words_alike(mine, theirs) - WORD_FROM) / (WORD_TO - WORD_FROM), 0, 1)
        weights = [np.array([weight(stem(word)) for word in words]) for words in (mine, theirs)]
        rows, columns = linear_sum_assignment(-alike)
        agree = alike[rows, columns] @ (weights[0][rows] + weights[1][columns])
        return float(agree / (weights[0].sum() + weights[1].sum()))

    def _fault(self, a: _Said, b: _Said) -> str | None:
        """What two sentences cannot both say, in words; None where they state the same code."""
        if agreed(a.stated, b.stated):
            return None
        if max(len(a.content.tokens), len(b.content.tokens)) > SHORT:
            return turned(a.content, b.content)
        return excluded(a.content, b.content) or conflict(a.stated, b.stated) or self._replaced(a, b)

    def _replaced(self, a: _Said, b: _Said) -> str | None:
        """What stands in the place of what, where two sentences are the same but for that."""
        mine, theirs = _WORD.findall(a.seen.lower()), _WORD.findall(b.seen.lower())
        matcher = difflib.SequenceMatcher(None, mine, theirs, autojunk=False)
        if matcher.ratio() < SAME_FRAME:
            return None
        for kind, a0, a1, b0, b1 in matcher.get_opcodes():
            one, other = (content(" ".join(words)).tokens for words in (mine[a0:a1], theirs[b0:b1]))
            if kind == "replace" and one and other and self._mean_others(one, other):
                return f"{' '.join(one)} / {' '.join(other)}"
            if any(denies(word) for word in (*mine[a0:a1], *theirs[b0:b1])) and kind in ("insert", "delete"):
                return "said / denied"
        return None

    def _mean_others(self, one: Sequence[str], other: Sequence[str]) -> bool:
        """Whether both have another value, or each a word for which the other has none that means about the same."""
        mine, theirs = (stated(" ".join(words)).values for words in (one, other))
        if mine - theirs and theirs - mine:
            return True
        alike = self._words_alike(one, other)
        return bool(max(alike.max(axis=1).min(), alike.max(axis=0).min()) < PUT_FOR_ANOTHER)

    def _words_alike(self, one: Sequence[str], other: Sequence[str]) -> Floats:
        """The cosine of each word with each of the others; 1 where both mean the same."""
        same = np.array([[mean_the_same(word, another) for another in other] for word in one])
        found: Floats = np.where(same, 1.0, self._cosines(one, other))
        return found

    def _cosines(self, one: Sequence[str], other: Sequence[str]) -> Floats:
        self._remember([*one, *other])
        found: Floats = (
            np.array([self._vectors[text] for text in one]) @ np.array([self._vectors[text] for text in other]).T
        )
        return found


def _overlap(a: _Said, b: _Said) -> float:
    mine, theirs = a.content, b.content
    shared = sum(map(weight, mine.words & theirs.words))
    total = sum(map(weight, mine.words)) + sum(map(weight, theirs.words))
    overlap = 2 * shared / total if total else float(a.masked == b.masked)
    most = max(len(mine.values), len(theirs.values))
    return max(overlap, SAME_VALUES * len(mine.values & theirs.values) / most if most else 0.0)


def _ramp(value: float, start: float, end: float) -> float:
    return min(max((value - start) / (end - start), 0.0), 1.0)
