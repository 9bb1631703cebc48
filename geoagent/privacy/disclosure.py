"""An answer told more coarsely, everywhere: `disclose` makes a trace that can be shown and written as it is.

Nothing is searched for and blotted out. The coarse trace is built anew from the atlas's names of areas, numbers, and
fixed words; no other text gets into it, and no spot, prompt or turn. Of each piece of evidence it keeps what that did
to the probabilities of the areas that are told. Multiplied, these ratios give the areas the belief that the exact trace
gives them. Inside an area the coarse belief is the prior.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from geoagent.atlas import Atlas
from geoagent.belief import Belief, Beliefs, made_with
from geoagent.belief.readout import best_point, credible_area_km2, mass, radius_km
from geoagent.belief.reliability import load_reliabilities
from geoagent.belief.trace_beliefs import judged_with
from geoagent.case.evidence import (
    LEVELS,
    TAKEN_BACK,
    Candidate,
    Clue,
    Evidence,
    Id,
    LevelName,
    Step,
    ToolCall,
    Verdict,
    superseded,
)
from geoagent.case.likelihood import Areas
from geoagent.case.prediction import Influence, Level, Prediction, Region, Undetermined
from geoagent.case.trace import Capabilities, Disclosure, Trace, TraceFile
from geoagent.case.views import PhotoRef
from geoagent.errors import TraceError
from geoagent.geo import AREA_LEVELS, Area
from geoagent.graph.conclude import last_verdicts
from geoagent.plain_text import percent

UNTOLD = "not disclosed"
DIGITS, WORTH_TELLING = 3, 0.01
"""Digits of a ratio that are told; less probable countries are not: they could lead back to a name that was read."""
ROUNDED = 0.02
"""How far the probability of an area may lie from what the rounded evidence of a coarse trace gives it."""
SPEAKS = 1.05
"""The odds ratio from which on evidence is said to speak for a place, or against it where it is the other way round."""
WITNESSES = frozenset({"ocr", "exif", "user", "vlm", "tool", "rules"})
NODES = frozenset({"perceive", "propose", "investigate", "verify", "conclude"})
_BARE = {"of": None, "beside": None, "operations": ()}
REASONERS = frozenset({"rules", "vlm", "direct", "prior"})


class Disclosable(NamedTuple):
    """What a coarse trace may tell: the finest level, and the areas, coarse before fine.

    `lead` is the area that the answer leads to. `part` has a number for each row (place) of the atlas: that of the
    finest of `areas` that the row lies in, counted from 1, and 0 for a row in none of them.
    """

    level: LevelName
    areas: tuple[Area, ...]
    lead: Area
    part: NDArray[np.int64]
    atlas: Atlas


class Renamed(NamedTuple):
    """The records of a coarse trace: each table has them by the ids of the exact records that they replace."""

    clues: dict[Id, Clue]
    calls: dict[Id, ToolCall]
    evidence: dict[Id, Evidence]
    candidates: dict[Id, Candidate]
    verdicts: dict[Id, Verdict]

    def cites(self, ids: tuple[Id, ...]) -> tuple[Id, ...]:
        """The coarse ids that replace the exact `ids`, in order, each once.

        An id whose record was left out is dropped.
        """
        tables = (self.clues, self.calls, self.evidence, self.candidates, self.verdicts)
        return tuple(dict.fromkeys(table[i].id for i in ids for table in tables if i in table))


def disclose(file: TraceFile, to: Disclosure, beliefs: Beliefs) -> TraceFile:
    """A copy of a trace that tells the place no finer than `to`: "city" or "country". "exact" changes nothing.

    A trace that is as coarse already comes back unchanged. `beliefs` are those that the case was solved with. Raises
    TraceError for an answer that names no area of the atlas.
    """
    grades = get_args(Disclosure)
    if grades.index(to) <= grades.index(file.disclosure):
        return file
    told = _told(file.prediction, to, beliefs.atlas)
    belief = judged_with(file, beliefs).of(file.trace.evidence, file.trace.spots)
    renamed = _renamed(file.trace, told, belief)
    trace = Trace(
        views=tuple(view.model_copy(update={**_BARE, "outside": view.outside and UNTOLD}) for view in file.trace.views),
        clues=tuple(renamed.clues.values()),
        calls=tuple(renamed.calls.values()),
        evidence=tuple(renamed.evidence.values()),
        candidates=tuple(renamed.candidates.values()),
        verdicts=tuple(renamed.verdicts.values()),
        steps=tuple(_steps(file.trace, renamed)),
    )
    shipped = Beliefs(beliefs.atlas, load_reliabilities())
    photos = tuple(
        PhotoRef(path=f"photo {n}", id=f"photo-{n}", width=r.width, height=r.height, has_position=r.has_position)
        for n, r in enumerate(file.photos, 1)
    )
    prediction = _prediction(file.prediction, told, shipped.of(trace.evidence), trace, renamed).model_copy(
        update={"photo": photos[0].id if photos else "", "photos": tuple(photo.id for photo in photos)}
    )
    return TraceFile(
        geoagent=file.geoagent,
        photos=photos,
        hint=UNTOLD if file.hint else "",
        settings={name: UNTOLD if isinstance(value, str) else value for name, value in file.settings.items()},
        disclosure=to,
        reasoner=Capabilities(name=prediction.reasoner),
        made_with=made_with(shipped),
        trace=trace,
        prediction=prediction,
    )


def told_again(file: TraceFile, beliefs: Beliefs) -> Prediction:
    """The answer of a coarse trace, computed again from the trace's own evidence, to check that the two fit.

    `file` is the coarse trace. `beliefs` must have the shipped reliabilities. The ratios in a coarse trace are rounded:
    a probability that differs from the computed one by 0.02 or less stays as it was told. All else but levels, areas
    and spread stays too.
    """
    told, belief = file.prediction, beliefs.of(file.trace.evidence)
    atlas = beliefs.atlas

    def share(key: Area, said: float) -> float:
        found = min(mass(belief, key), 1.0)
        return said if abs(found - said) <= ROUNDED else found

    levels = tuple(
        level.model_copy(update={"name": _name(level.code, atlas), "probability": share(level.code, level.probability)})
        for level in told.levels
        if level.code
    )
    others = tuple(
        Region(key=r.key, name=str(atlas.path(r.key)), probability=share(r.key, r.probability))
        for r in told.alternatives
    )
    named = tuple(r.model_copy(update={"name": str(atlas.path(r.key))}) for r in told.regions)
    return told.model_copy(
        update={
            "levels": levels, "alternatives": others, "regions": named if file.disclosure == "city" else others,
            **_spread(belief),
        }
    )  # fmt: skip


def _told(prediction: Prediction, to: Disclosure, atlas: Atlas) -> Disclosable:
    named = [region.key for region in prediction.alternatives if region.probability >= WORTH_TELLING]
    path = [level.code for level in prediction.levels if level.code and level.level in ("country", "region", "city")]
    named += path[:1] if to == "country" else path
    if not path:
        raise TraceError("the answer names no area of the atlas: it cannot be told more coarsely; show it to nobody")
    areas = tuple(sorted(dict.fromkeys(named), key=lambda area: AREA_LEVELS.index(area.level)))
    part = np.zeros(len(atlas), dtype=np.int64)
    for number, area in enumerate(areas, 1):
        part[atlas.rows(area)] = number
    return Disclosable(
        "country" if to == "country" else "city", areas, path[0] if to == "country" else path[-1], part, atlas
    )


def _renamed(trace: Trace, told: Disclosable, belief: Belief) -> Renamed:
    clues = {
        clue.id: Clue(
            kind=clue.kind, value=f"{clue.kind} {n}, {UNTOLD}", view=clue.view, box=clue.box,
            witness=_witness(clue.witness), confidence=clue.confidence,
        )
        for n, clue in enumerate(trace.clues, 1)
    }  # fmt: skip
    calls = {
        call.id: ToolCall(tool="tool", arguments={}, status=call.status, text=f"call {n}, {UNTOLD}")
        for n, call in enumerate(trace.calls, 1)
    }
    renamed = Renamed(clues, calls, {}, {}, {})
    ratios, shipped = _ratios(told, belief), load_reliabilities()
    kinds = {row.kind for row in shipped.rows} - {"*"} | {TAKEN_BACK}
    for n, item in enumerate(trace.evidence, 1):
        says = ratios.get(item.id, np.ones(len(told.areas) + 1))
        kind = item.kind if item.kind in kinds else "other"
        renamed.evidence[item.id] = _evidence(f"evidence {n}", kind, item, says, told, renamed)
    for candidate in trace.candidates:
        area = candidate.place.key
        if area in told.areas:
            renamed.candidates[candidate.id] = Candidate(
                place=belief.atlas.path(area), proposer=_witness(candidate.proposer),
                evidence=renamed.cites(candidate.evidence),
            )  # fmt: skip
    for verdict in trace.verdicts:
        if verdict.candidate in renamed.candidates:
            renamed.verdicts[verdict.id] = Verdict(
                candidate=renamed.candidates[verdict.candidate].id, outcome=verdict.outcome,
                supporting=renamed.cites(verdict.supporting), opposing=renamed.cites(verdict.opposing),
            )  # fmt: skip
    return renamed


def _ratios(told: Disclosable, belief: Belief) -> dict[Id, NDArray[np.float64]]:
    """What each piece of standing evidence in turn did to the probability of each area, by its id; 0 is elsewhere."""
    parts = len(told.areas) + 1
    log_p = np.log(belief.atlas.prior)
    before = np.bincount(told.part, belief.atlas.prior, parts)
    found = {}
    for term in belief.terms:
        log_p += term.discount * term.log_ratio
        p = np.exp(log_p - log_p.max())
        after = np.bincount(told.part, p / p.sum(), parts)
        found[term.evidence.id] = np.divide(after, before, out=np.ones(parts), where=before > 0)
        before = after
    return found


def _evidence(
    name: str, kind: str, item: Evidence, says: NDArray[np.float64], told: Disclosable, renamed: Renamed
) -> Evidence:
    at = told.areas.index(told.lead) + 1
    lead, others = float(says[at]), float(np.delete(says, at).mean())
    stance = "for" if lead > SPEAKS * others else "against" if others > SPEAKS * lead else "neither for nor against"
    return Evidence(
        kind=kind,
        witness=f"disclosed:{_witness(item.witness)}",
        statement=f"{name} ({kind.replace('_', ' ')}, by {_witness(item.witness)}) speaks {stance} "
        f"{_name(told.lead, told.atlas)}; its content is {UNTOLD}",
        likelihood=Areas(
            weights={area: _rounded(weight) for area, weight in zip(told.areas, says[1:], strict=True)},
            elsewhere=_rounded(says[0]),
        ),
        level=told.level,
        group=name,
        clues=renamed.cites(item.clues),
        call=renamed.calls[item.call].id if item.call in renamed.calls else None,
        supersedes=renamed.cites(superseded(item)) or None,
    )


def _ranked(regions: tuple[Region, ...], told: Disclosable, atlas: Atlas) -> tuple[Region, ...]:
    return tuple(
        Region(key=r.key, name=str(atlas.path(r.key)), probability=_share(r.probability))
        for r in regions
        if r.key.country_area in told.areas
    )


def _rounded(ratio: float) -> float:
    return float(f"{ratio:.{DIGITS}g}")


def _share(probability: float) -> float:
    """A probability that does not become certainty by rounding."""
    return min(round(probability, DIGITS), max(probability, 1 - 0.1**DIGITS))


def _witness(witness: str) -> str:
    """Who says it, without the name of a model or a tool."""
    head = witness.removeprefix("disclosed:").partition(":")[0]
    return head if head in WITNESSES else "other"


def _name(area: Area, atlas: Atlas) -> str:
    place = atlas.path(area)
    return place.city or place.region or place.country or str(area)


def _steps(trace: Trace, renamed: Renamed) -> Iterator[Step]:
    """The chain in words that tell no more; a link about a finer place falls."""
    finer = {verdict.id for verdict in trace.verdicts} - set(renamed.verdicts)
    for number, step in enumerate(trace.steps, 1):
        if step.renders in finer:
            continue
        if step.support != "record":
            statement = f"link {number}: a sentence of the model's, {UNTOLD}"
        elif step.renders in renamed.evidence:
            statement = renamed.evidence[step.renders].statement
        elif step.renders in renamed.calls:
            statement = f"a tool was called; what it answered is {UNTOLD} ({renamed.calls[step.renders].status})"
        elif step.renders in renamed.verdicts:
            statement = _verdict(renamed.verdicts[step.renders], renamed)
        else:
            statement = f"link {number}: {len(step.cites)} observations, {UNTOLD}"
        yield Step(
            node=step.node if step.node in NODES else "other",
            statement=statement,
            cites=renamed.cites(step.cites),
            support=step.support,
            renders=next(iter(renamed.cites((step.renders,))), None) if step.renders else None,
        )


def _verdict(verdict: Verdict, renamed: Renamed) -> str:
    place = next(candidate.place for candidate in renamed.candidates.values() if candidate.id == verdict.candidate)
    return f"{place}: {verdict.outcome}, {len(verdict.supporting)} for and {len(verdict.opposing)} against"


def _prediction(exact: Prediction, told: Disclosable, coarse: Belief, trace: Trace, renamed: Renamed) -> Prediction:
    """The answer, but for the photos, which are named anew."""
    atlas = coarse.atlas
    levels = tuple(
        level.model_copy(update={"name": _name(level.code, atlas), "probability": _share(level.probability)})
        for level in exact.levels
        if level.code in told.areas
    )
    alternatives = _ranked(exact.alternatives, told, atlas)
    return Prediction(
        photo="",
        reasoner=exact.reasoner if exact.reasoner in REASONERS else "other",
        status=exact.status,
        failure=exact.failure,
        notes=(f"told as finely as the {told.level}; the rest, and the photo, are {UNTOLD}",),
        levels=levels,
        **_spread(coarse),
        regions=_ranked(exact.regions, told, atlas) if told.level == "city" else alternatives,
        alternatives=alternatives,
        chain=trace.steps,
        verdicts=last_verdicts(trace),
        influences=tuple(
            Influence(evidence=renamed.evidence[i.evidence].id, odds_ratio=_rounded(i.odds_ratio))
            for i in exact.influences
        ),
        undetermined=tuple(_undetermined(levels, told, exact.is_unknown)),
        unused_positions=exact.unused_positions,
        usage=exact.usage,
    )


def _spread(belief: Belief) -> dict[str, Any]:
    """The point of an answer, and how far and how wide its belief reaches."""
    point = best_point(belief)
    return {
        "point": point,
        "radius_km_50": round(radius_km(belief, point, 0.5), 1),
        "radius_km_90": round(radius_km(belief, point, 0.9), 1),
        "area_km2_50": float(round(credible_area_km2(belief, 0.5))),
        "area_km2_90": float(round(credible_area_km2(belief, 0.9))),
    }


def _undetermined(levels: tuple[Level, ...], told: Disclosable, is_unknown: bool) -> Iterator[Undetermined]:
    open_levels = {level.level: level for level in levels if not level.stated}
    for name in LEVELS:
        if LEVELS.index(name) > LEVELS.index(told.level):
            yield Undetermined(level=name, reason=UNTOLD)
        elif is_unknown:
            yield Undetermined(level=name, reason="nothing that was found tells where")
        elif level := open_levels.get(name):
            yield Undetermined(level=name, reason=f"the most probable, {level.name}, has {percent(level.probability)}")
