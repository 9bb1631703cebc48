"""What gives a photo's place away: each clue, with the bits of information on the place that hiding it would take away.

To hide a part of the photo, the text that stays is read anew, and other evidence falls where it cites what is hidden.
The bits are the Kullback-Leibler divergence of the belief with the part from the belief without it: how much the log
probability of where the photo was taken falls on average. So they are never negative, and need no stated answer.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from geoagent.agent import GeoAgent
from geoagent.belief import Belief, Beliefs, current
from geoagent.belief.readout import mass
from geoagent.case.evidence import Clue, Evidence, Id, Spot
from geoagent.case.likelihood import Areas
from geoagent.case.prediction import finest_area
from geoagent.case.trace import Trace, TraceFile
from geoagent.case.views import Box, Frozen, Unit
from geoagent.errors import ConfigError
from geoagent.geo import Area, Point
from geoagent.photo import read_blocks, read_position
from geoagent.reading.exif_position import position_trace
from geoagent.reading.ocr.recognition import overlap
from geoagent.reading.texts import read_clues

TELLING = 0.1
"""Bits from which on a part is telling."""
SAME_PART = 0.5
"""From this overlap on, two boxes are the same part of the photo."""
LEAST = 1e-300
_ANCHOR = Evidence(
    kind="anchor", witness="rules", statement="keeps streets and points, whatever named them is hidden",
    likelihood=Areas(weights={}, elsewhere=1.0), group="anchor",
)  # fmt: skip
"""Says nothing; what cites it stays a place that can hold belief."""


class Finding(Frozen):
    """One thing in a photo or its file that tells where the photo was taken, with what it reveals.

    The bits are bits of information on the place. `bits` are lost when it alone is hidden. `bits_alone` are what it
    tells by itself, which is more where another clue tells the same. `probability_without` is what the found place
    (`Audit.place`) has left when it is hidden. `source` is "file" for the position in the file, "photo" for what has a
    `box` (fractions of the photo), "other" for the rest.
    """

    number: int
    source: Literal["file", "photo", "other"]
    what: str
    bits: float
    bits_alone: float
    probability_without: Unit
    box: Box | None = None

    @property
    def telling(self) -> bool:
        """Whether the finding is worth hiding: `bits` or `bits_alone` is 0.1 or more."""
        return max(self.bits, self.bits_alone) >= TELLING


class Audit(Frozen):
    """What gives away where a photo was taken. The position in the file comes first among the `findings`.

    The others follow by how little of the found place is left without each, then by bits. `place` is the finest area
    that the answer leads to, `key` that area, `probability` what the belief gives it; `stated` says whether the answer
    states it. `metadata` names the blocks of the file's metadata that can tell anything.
    """

    photo: str
    place: str
    key: Area
    probability: Unit
    stated: bool
    metadata: tuple[str, ...]
    findings: tuple[Finding, ...]


class Redacted(Frozen):
    """What a redacted photo still tells when it is solved again.

    `photo` is its path, `hidden` the numbers of the findings that were covered. `probability` is what the place that
    the audit found has now, `bits` what the belief has lost. `states` is the finest area that the new answer states, or
    None, and `states_probability` its probability. `similarity`
    is that of the copy to the photo, 1 for the same picture.
    """

    photo: str
    hidden: tuple[int, ...]
    probability: Unit
    bits: float
    states: str | None
    states_probability: Unit
    similarity: float


class HideablePart(NamedTuple):
    """What is hidden together: the clues in one place of the photo, or one piece of evidence that has no such place.

    `what` describes it, `ids` are those of the clues or of the evidence, `box` is where it is, in fractions of the
    photo.
    """

    what: str
    ids: frozenset[Id]
    box: Box | None = None


def audit(agent: GeoAgent, photo: Path) -> tuple[Audit, TraceFile]:
    """Solve a photo and weigh what gives its place away. Returns the audit and the trace of the case.

    The position in the photo's file is a finding and no evidence; so the agent's settings must not set
    `allow_exif_gps`. Raises ImageError where the photo cannot be read, ConfigError for unusable settings, ModelError
    where the model fails.
    """
    file = agent.trace(photo)
    return weigh(file, agent.resources.beliefs, read_position(photo), read_blocks(photo)), file


def chosen(found: Audit, which: str) -> tuple[int, ...]:
    """The numbers of the findings to cover, out of what `--hide` says: "telling", "all", or numbers such as "2,3".

    Only findings with a box in the photo can be covered. Raises ConfigError for anything else, or a number that is
    none.
    """
    inside = {item.number: item for item in found.findings if item.box}
    if which == "all":
        return tuple(inside)
    if which == "telling":
        return tuple(number for number, item in inside.items() if item.telling)
    words = which.replace(",", " ").split()
    numbers = [int(word) for word in words if word.isascii() and word.isdigit()]
    if len(numbers) < len(words) or not set(numbers) <= set(inside):
        known = ", ".join(map(str, inside)) or "there is none"
        raise ConfigError(f"--hide: {which!r}; say telling, all, or numbers of findings in the photo: {known}")
    return tuple(dict.fromkeys(numbers))


def solve_again(
    agent: GeoAgent, before: Audit, file: TraceFile, out: Path, hidden: tuple[int, ...], similarity: float
) -> Redacted:
    """Solve the redacted photo `out` and tell what it still reveals, compared with the audit `before` it was redacted.

    `agent` solves it. `file` is the trace of the photo as it was, `hidden` are the numbers of the covered findings.
    Raises ImageError, ConfigError or ModelError as `audit` does.
    """
    again, beliefs = agent.trace(out), agent.resources.beliefs
    was, now = (beliefs.of(trace.evidence, trace.spots) for trace in (file.trace, again.trace))
    p, q = (np.maximum(belief.probability, LEAST) for belief in (was, now))
    stated = again.prediction.stated
    area = finest_area(again.prediction.levels)
    return Redacted(
        photo=str(out),
        hidden=hidden,
        probability=round(min(mass(now, before.key), 1.0), 4),
        bits=round(float(p @ np.log2(p / q)), 2),
        states=str(beliefs.atlas.path(area)) if area else None,
        states_probability=round(stated.probability, 4) if stated else 0.0,
        similarity=round(similarity, 4),
    )


def weigh(file: TraceFile, beliefs: Beliefs, position: Point | None, metadata: tuple[str, ...] = ()) -> Audit:
    """The audit of a solved case of one photo, from its trace `file`.

    `beliefs` compute what the belief would be without each part. `position` is the position in the photo's file, or
    None; `metadata` names the blocks of metadata that the file holds.
    """
    (area, stated), found = _place(file), parts(file.trace)
    placed = frozenset(i for part in found if part.box for i in part.ids)
    spots = [case.replace(evidence=_ANCHOR.id) for case in file.trace.spots]
    shown = AuditedCase(beliefs, _texts(file.trace, found), _others(file.trace), placed, spots)
    full, nothing = shown.believe(_all), shown.believe(_none)
    findings = []
    for part in found:
        without = shown.believe(_outside(part.ids))
        alone = shown.believe(part.ids.__contains__)
        bits, bits_alone = divergence_bits(full, without), divergence_bits(alone, nothing)
        source: Literal["photo", "other"] = "photo" if part.box else "other"
        findings.append(_finding(source, part.what, bits, bits_alone, mass(without, area), part.box))
    findings.sort(key=lambda item: (item.probability_without, -item.bits, -item.bits_alone))
    first = [] if position is None else [_position(position, shown, area)]
    return Audit(
        photo=file.photos[0].path,
        place=str(beliefs.atlas.path(area)),
        key=area,
        probability=round(min(mass(full, area), 1.0), 4),
        stated=stated,
        metadata=metadata,
        findings=tuple(item.model_copy(update={"number": n}) for n, item in enumerate([*first, *findings], 1)),
    )


def divergence_bits(a: Belief, b: Belief) -> float:
    """The Kullback-Leibler divergence of the belief `a` from the belief `b`, in bits: 0.0 where they are equal.

    Both have to be over the same places and spots.
    """
    p, q = (np.maximum(np.append(one.rest, one.spot_probability), LEAST) for one in (a, b))
    return max(0.0, float(p @ np.log2(p / q)))


def parts(trace: Trace) -> list[HideablePart]:
    """What of a case can be hidden, part by part.

    A part is a place in the photo with its clues, or a piece of evidence that has no such place. Clues whose boxes
    overlap by more than half are one part. What the user said (the hint) is not among them.
    """
    boxed = [clue for clue in trace.clues if clue.box and clue.view == 1]
    groups: list[list[Clue]] = []
    for clue in boxed:
        group = next((g for g in groups if any(_same(clue, member) for member in g)), None)
        groups.append([clue]) if group is None else group.append(clue)
    found = [_part(group) for group in groups]
    placed = {clue.id for clue in boxed}
    for item in current(trace.evidence):
        if item.witness != "user" and (item.kind == "opinion" or not placed & set(item.clues)):
            found.append(HideablePart(item.statement, frozenset({item.id})))
    return found


def _same(one: Clue, other: Clue) -> bool:
    return one.box is not None and other.box is not None and overlap(one.box, other.box) > SAME_PART


def _part(clues: Sequence[Clue]) -> HideablePart:
    best = max(clues, key=lambda clue: (clue.witness == "ocr", clue.confidence))
    edges = [clue.box for clue in clues if clue.box]
    box = Box(
        x0=min(edge.x0 for edge in edges), y0=min(edge.y0 for edge in edges),
        x1=max(edge.x1 for edge in edges), y1=max(edge.y1 for edge in edges),
    )  # fmt: skip
    return HideablePart(f'{best.kind} "{best.value}"', frozenset(clue.id for clue in clues), box)


def _place(file: TraceFile) -> tuple[Area, bool]:
    """The finest area that the answer leads to, and whether the answer states it."""
    return next((level.code, level.stated) for level in reversed(file.prediction.levels) if level.code)


def _texts(trace: Trace, found: Sequence[HideablePart]) -> list[Clue]:
    """The best reading of each part of the photo that holds text."""
    by_id = {clue.id: clue for clue in trace.clues}
    texts = []
    for part in found:
        readings = [by_id[i] for i in part.ids if part.box and by_id[i].kind == "text" and by_id[i].witness == "ocr"]
        texts += sorted(readings, key=lambda clue: (-clue.confidence, clue.id))[:1]
    return texts


def _others(trace: Trace) -> list[Evidence]:
    """The standing evidence that is not merely what the texts say."""
    readers = {call.id for call in trace.calls if call.tool == "read_text"} | {None}
    return [item for item in current(trace.evidence) if item.witness != "ocr" or item.call not in readers]


class AuditedCase(NamedTuple):
    """A solved case of which clues and evidence can be hidden, to see what the belief would be without them.

    `texts` are the best readings of the parts with text, `others` the evidence that is not read from them, `placed` the
    ids of the clues that have a box in the photo.
    """

    beliefs: Beliefs
    texts: list[Clue]
    others: list[Evidence]
    placed: frozenset[Id]
    spots: list[Spot]

    def believe(self, visible: Callable[[Id], bool], more: Sequence[Evidence] = ()) -> Belief:
        """The belief where only clues and evidence are seen whose id `visible` accepts.

        What the user said always counts, and `more` is evidence that is added.
        """
        texts = [clue for clue in self.texts if visible(clue.id)]
        others = [item for item in self.others if self._stays(item, visible)]
        return self.beliefs.of([*read_clues(texts, self.beliefs.atlas), *others, *more, _ANCHOR], self.spots)

    def _stays(self, item: Evidence, visible: Callable[[Id], bool]) -> bool:
        if item.witness == "user":
            return True
        cited = self.placed & set(item.clues)
        return visible(item.id) if item.kind == "opinion" or not cited else all(map(visible, cited))


def _position(point: Point, shown: AuditedCase, area: Area) -> Finding:
    """The position in the file, as it would count if it were read: nobody who opens the file needs more."""
    _, (evidence,), (spot,) = position_trace({1: point}, shown.beliefs.atlas)
    shown = shown._replace(spots=[*shown.spots, spot.replace(evidence=_ANCHOR.id)])
    without, nothing = shown.believe(_all), shown.believe(_none)
    bits = divergence_bits(shown.believe(_all, [evidence]), without)
    alone = divergence_bits(shown.believe(_none, [evidence]), nothing)
    what = f"the position in the file, {point.lat:.5f}, {point.lon:.5f}"
    return _finding("file", what, bits, alone, mass(without, area))


def _finding(
    source: Literal["file", "photo", "other"], what: str, bits: float, alone: float, p: float, box: Box | None = None
) -> Finding:
    return Finding(
        number=1, source=source, what=what, bits=round(bits, 2), bits_alone=round(alone, 2),
        probability_without=round(min(p, 1.0), 4), box=box,
    )  # fmt: skip


def _outside(ids: frozenset[Id]) -> Callable[[Id], bool]:
    return lambda i: i not in ids


def _all(_: Id) -> bool:
    return True


def _none(_: Id) -> bool:
    return False
