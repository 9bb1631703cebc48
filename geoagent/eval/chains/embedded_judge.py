"""The judge that needs no server: what two points say they saw, weighed by how telling it is, and MiniLM's likeness.

For two sentences, place names masked: score = 100 · overlap · likeness. Overlap is Dice's coefficient of their
words, concepts and values, each weighed by −log of how often chains contain it, so that a shared theme counts next to
nothing; likeness is the cosine of their embeddings between two bounds. Where they turn one another round (left against
right, there against not there), a quarter of that is left. A point of several sentences gets the mean over them, and if
one is turned, no more than half.
"""

import difflib
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from geoagent.eval.chains.judge import Support
from geoagent.eval.chains.masking import Masker
from geoagent.eval.chains.stated import Stated, agreed, conflict, named_alike, seen, stated
from geoagent.geo import Floats
from geoagent.reading.facets import Content, _stem, content, excluded, weight

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


ALIKE, C0, C1, W0, W1 = 0.5, 0.3, 0.8, 0.4, 0.7
Q0, Q1, NC = 0.28, 0.44, 0.4
FL, FS, FT, FM = 16, 0.6, 0.55, 14


class _Said(NamedTuple):
    """One sentence: places masked; only those masked that it leads to; and what that says."""

    masked: str
    seen: str
    content: Content
    stated: Stated


class EmbeddedJudge:
    """Scores points by typed words and embeddings. Deterministic; asks nobody."""

    name = "embedded"

    def __init__(self, embed: Embed, masker: Masker | None) -> None:
        self._embed = embed
        self._masker = masker
        self._vectors: dict[str, Floats] = {}

    def supports(self, points: Sequence[str], others: Sequence[str]) -> list[Support]:
        """How far each point is supported by the other chain's points."""
        mine, theirs = [self._said(point) for point in points], [self._said(other) for other in others]
        self._remember([said.masked for point in (*mine, *theirs) for said in point])
        return [self._support(said, theirs) for said in mine]

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
        likeness = min(max((cosine - LIKENESS_FROM) / (LIKENESS_TO - LIKENESS_FROM), 0.0), 1.0)
        score = 100 * self._overlap(a, b) * likeness
        agree = agreed(a.stated, b.stated)
        if cosine >= ALIKE or agree:
            score = max(score, self._lifted(a, b, cosine, agree))
        fault = self._fault(a, b, agree) if score > 0 else None
        return (min(score * TURNED, 19.0), -index, fault) if fault else (score, -index, "")

    def _fault(self, a: _Said, b: _Said, agree: bool) -> str | None:
        if agree:
            return None
        fault = excluded(a.content, b.content)
        if not fault and max(len(a.content.tokens), len(b.content.tokens)) <= FM:
            fault = conflict(a.stated, b.stated)
        return fault or self._replaced(a, b)

    def _overlap(self, a: _Said, b: _Said) -> float:
        mine, theirs = a.content, b.content
        shared = sum(map(weight, mine.words & theirs.words))
        total = sum(map(weight, mine.words)) + sum(map(weight, theirs.words))
        overlap = 2 * shared / total if total else float(a.masked == b.masked)
        most = max(len(mine.values), len(theirs.values))
        return max(overlap, SAME_VALUES * len(mine.values & theirs.values) / most if most else 0.0)

    def _lifted(self, a: _Said, b: _Said, cosine: float, agree: bool) -> float:
        if agree or named_alike(a.stated, b.stated) and cosine > NC:
            return 70.0
        soft = self._soft(a, b)
        q = soft * min(max((cosine - C0) / (C1 - C0), 0.0), 1.0) ** 0.5
        return 100 * min(max((q - Q0) / (Q1 - Q0), 0.0), 1.0)

    def _soft(self, a: _Said, b: _Said) -> float:
        from scipy.optimize import linear_sum_assignment

        mine, theirs = a.content.tokens, b.content.tokens
        if not mine or not theirs:
            return 0.0
        self._remember([*mine, *theirs])
        alike = np.array([self._vectors[w] for w in mine]) @ np.array([self._vectors[w] for w in theirs]).T
        m = np.clip((alike - W0) / (W1 - W0), 0, 1)
        wa, wb = np.array([weight(_stem(w)) for w in mine]), np.array([weight(_stem(w)) for w in theirs])
        i, j = linear_sum_assignment(-m)
        return float((m[i, j] * (wa[i] + wb[j])).sum() / (wa.sum() + wb.sum()))

    def _replaced(self, a: _Said, b: _Said) -> str | None:
        """What stands in the place of what, where two sentences are the same but for that."""
        mine, theirs = _WORD.findall(a.seen.lower()), _WORD.findall(b.seen.lower())
        if max(len(mine), len(theirs)) > FL:
            return None
        matcher = difflib.SequenceMatcher(None, mine, theirs, autojunk=False)
        if matcher.ratio() < FS:
            return None
        for kind, a0, a1, b0, b1 in matcher.get_opcodes():
            la, lb = (_telling(words) for words in (mine[a0:a1], theirs[b0:b1]))
            if kind == "replace" and la and lb and self._apart(la, lb):
                return f"{' '.join(la)} / {' '.join(lb)}"
        return None

    def _apart(self, one: Sequence[str], other: Sequence[str]) -> bool:
        """Whether some word of each has none among the others that means about the same."""
        self._remember([*one, *other])
        alike = np.array([self._vectors[w] for w in one]) @ np.array([self._vectors[w] for w in other]).T
        return float(alike.max(axis=1).min()) < FT and float(alike.max(axis=0).min()) < FT


def _telling(words: Sequence[str]) -> list[str]:
    tokens = content(" ".join(words)).tokens
    return list(tokens)
