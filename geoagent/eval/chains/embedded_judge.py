"""The judge that needs no server: what two points say they saw, weighed by how telling it is, and MiniLM's likeness.

For two sentences, place names masked: score = 100 · overlap · likeness. Overlap is Dice's coefficient of their
words, concepts and values, each weighed by −log of how often chains contain it, so that a shared theme counts next to
nothing; likeness is the cosine of their embeddings between two bounds. Where they turn one another round (left against
right, there against not there), a quarter of that is left. A point of several sentences gets the mean over them, and if
one is turned, no more than half.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np

from geoagent.eval.chains.judge import Support
from geoagent.eval.chains.masking import Masker
from geoagent.geo import Floats
from geoagent.reading.facets import content, turned, weight

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
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+")


class EmbeddedJudge:
    """Scores points by typed words and embeddings. Deterministic; asks nobody."""

    name = "embedded"

    def __init__(self, embed: Embed, masker: Masker | None) -> None:
        self._embed = embed
        self._masker = masker
        self._vectors: dict[str, Floats] = {}

    def supports(self, points: Sequence[str], others: Sequence[str]) -> list[Support]:
        """How far each point is supported by the other chain's points."""
        mine, theirs = [self._sentences(point) for point in points], [self._sentences(other) for other in others]
        self._remember([sentence for sentences in (*mine, *theirs) for sentence in sentences])
        return [self._support(sentences, theirs) for sentences in mine]

    def keys(self, points: Sequence[str]) -> list[list[str]]:
        """The clauses of each line, cut at commas and conjunctions, without what only names a place."""
        texts = (self._masker.mask(point) if self._masker else point for point in points)
        found = ([part.strip(" .").lower() for part in _CLAUSE_END.split(text)] for text in texts)
        return [[key for key in keys if content(key).words] for keys in found]

    def matches(self, keys: Sequence[str], others: Sequence[str]) -> list[float]:
        """GeoRC's ramp over the largest cosine: 0 up to .40, 1 from .55 on."""
        self._remember([*keys, *others])
        mine, theirs = (np.array([self._vectors[key] for key in side]) for side in (keys, others))
        best = (mine @ theirs.T).max(axis=1)
        return [float(match) for match in np.clip((best - RAMP_FROM) / RAMP_SPAN, 0, 1)]

    def _sentences(self, point: str) -> list[str]:
        text = self._masker.mask(point) if self._masker else point
        return [part for part in _SENTENCE_END.split(text.strip()) if any(ch.isalnum() for ch in part)]

    def _remember(self, sentences: Sequence[str]) -> None:
        new = [sentence for sentence in dict.fromkeys(sentences) if sentence not in self._vectors]
        if new:
            self._vectors.update(zip(new, self._embed(new).astype(np.float64), strict=True))

    def _support(self, sentences: Sequence[str], others: Sequence[Sequence[str]]) -> Support:
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

    def _match(self, sentence: str, other: str, index: int) -> tuple[float, int, str]:
        """The score of one sentence against one other, the other point's index negated so that the first wins ties."""
        a, b = content(sentence), content(other)
        shared, total = sum(map(weight, a.words & b.words)), sum(map(weight, a.words)) + sum(map(weight, b.words))
        overlap = 2 * shared / total if total else float(sentence == other)
        most = max(len(a.values), len(b.values))
        overlap = max(overlap, SAME_VALUES * len(a.values & b.values) / most if most else 0.0)
        cosine = float(self._vectors[sentence] @ self._vectors[other])
        likeness = min(max((cosine - LIKENESS_FROM) / (LIKENESS_TO - LIKENESS_FROM), 0.0), 1.0)
        score = 100 * overlap * likeness
        fault = turned(a, b) if score > 0 else None
        return (score * TURNED, -index, fault) if fault else (score, -index, "")
