"""Turns a model's opinion about the place into one piece of evidence, in which all that it names or gives counts."""

import re
from collections.abc import Sequence

from geoagent.atlas import Atlas
from geoagent.belief.alternatives import path_of
from geoagent.case.evidence import Candidate, Clue, Evidence, PlacePath, Spot, Step
from geoagent.case.likelihood import Alternative, Alternatives
from geoagent.case.trace import Trace
from geoagent.geo import Point
from geoagent.plain_text import percent
from geoagent.reasoners.vlm.answer_models import Opinion, Place
from geoagent.reasoners.vlm.places import read_place

POINT_KM = 0.75
"""How far a point that a model states reaches."""
MAX_STATEMENT = 2000


def opinion_trace(
    opinion: Opinion,
    witness: str,
    atlas: Atlas,
    clues: tuple[str, ...] = (),
    earlier: Evidence | None = None,
    seen: tuple[str, ...] = (),
) -> Trace:
    """The evidence, candidates and spots that a model's opinion adds to the trace; only steps that say so where no part
    of it can be placed.

    - `witness` is the name of the model as a witness; `clues` are the ids of the clues on which the opinion rests.
    - `earlier` is the model's opinion that this one replaces.
    - `seen` are the ids of evidence that the model had been shown: the opinion counts in one group with it, since a
      model that repeats what it was shown adds little.

    Probabilities that sum to more than 1 are scaled down to 1.
    """
    likely = [place for place in opinion.places if place.probability > 0]
    readings = [(place, read_place(place, atlas)) for place in likely]
    because = [(reading, place.because) for place, found in readings for reading in found]
    unplaced = tuple(_unplaced(place) for place, found in readings if not found)
    if not because:
        return Trace(steps=unplaced)
    read = [reading for reading, _ in because]
    scale = 1 / max(1.0, sum(place.probability for place in read) + opinion.elsewhere)
    places = tuple(place.model_copy(update={"probability": place.probability * scale}) for place in read)
    said = "; ".join(f"{_worded(place, places, atlas)} {percent(place.probability)}" for place in places)
    surest = max(places, key=lambda place: place.probability)
    evidence = Evidence(
        kind="opinion", witness=witness, statement=f"in the model's opinion: {said}"[:MAX_STATEMENT],
        likelihood=Alternatives(places=places), level=path_of(surest)[-1].level, group=f"opinion:{witness}",
        clues=clues, supersedes=earlier.id if earlier else None, seen=seen,
    )  # fmt: skip
    candidates = tuple(
        Candidate(
            place=place_path(place, atlas), point=place.point, proposer=witness, evidence=(evidence.id,), because=why
        )
        for place, (_, why) in zip(places, because, strict=True)
    )  # fmt: skip
    given = {(place.lat, place.lon) for place in opinion.places if place.lat is not None and place.lon is not None}
    spots = tuple(
        Spot(name=_spot_name(place.point, place), point=place.point, radius_km=POINT_KM, evidence=evidence.id)
        for place in places
        if place.point is not None and (place.part or (place.point.lat, place.point.lon) in given)
    )
    return Trace(evidence=(evidence,), candidates=candidates, spots=tuple(dict.fromkeys(spots)), steps=unplaced)


def _unplaced(place: Place) -> Step:
    said = ", ".join(filter(None, (place.street, place.city, place.region, place.country))) or "no name"
    statement = f"the model names “{said[:200]}”; its country is not known, and it is left out"
    return Step(node="propose", statement=statement, support="unsupported")


def place_path(place: Alternative, atlas: Atlas) -> PlacePath:
    """The names of a place in a model's opinion, level by level: those that the model said, and the atlas's names for
    levels that it did not say.
    """
    known = atlas.path(place.area)
    return PlacePath(
        country=known.country,
        region=place.names.get("region") or known.region,
        city=place.names.get("city") or known.city,
        street=place.names.get("street"),
        key=place.area,
    )


def _spot_name(point: Point, place: Alternative) -> str:
    finest = next((place.names[level] for level in ("street", "city") if level in place.names), None)
    return finest or f"{point.lat:.4f}, {point.lon:.4f}"


def average(opinions: Sequence[Opinion]) -> Opinion:
    """The mean of several opinions of one model: each place with its mean probability, the most probable first.

    Places count as one where all names and coordinates are equal. `opinions` must not be empty.
    """
    if len(opinions) == 1:
        return opinions[0]
    found: dict[tuple[str | float | None, ...], Place] = {}
    for opinion in opinions:
        total = max(1.0, opinion.elsewhere + sum(place.probability for place in opinion.places))
        for place in opinion.places:
            key = (place.country, place.region, place.city, place.street, place.lat, place.lon)
            share = place.probability / total / len(opinions)
            earlier = found[key].probability if key in found else 0.0
            found[key] = place.model_copy(update={"probability": min(1.0, earlier + share)})
    places = sorted(found.values(), key=lambda place: -place.probability)
    elsewhere = max(0.0, 1.0 - sum(place.probability for place in places))
    return Opinion.model_construct(places=places, elsewhere=elsewhere)


def misfit_steps(said: Sequence[int], photos: Sequence[int], clues: Sequence[Clue]) -> tuple[Step, ...]:
    """Steps that tell that a model says of some of several photos that they show another place; empty for a case of one
    photo.

    `said` are the numbers that the model names, `photos` those of the case's photos. The steps cite those of the
    `clues` that the model saw in these photos, and count as unsupported without any.
    """
    return tuple(
        Step(
            node="propose",
            statement=f"the model says: photo {number} is of another place",
            cites=(cites := tuple(clue.id for clue in clues if clue.view == number)),
            support="seen" if cites else "unsupported",
        )
        for number in photos
        if len(photos) > 1 and number in said
    )


def _worded(place: Alternative, places: Sequence[Alternative], atlas: Atlas) -> str:
    """An alternative in words: one that holds others is what is left of it."""
    path = path_of(place)
    holds = any(path_of(other)[: len(path)] == path and len(path_of(other)) > len(path) for other in places)
    where = f" at {place.point.lat:.4f}, {place.point.lon:.4f}" if place.point else ""
    return f"{'elsewhere in ' if holds else ''}{place_path(place, atlas)}{where}"


def witness_name(model: str) -> str:
    """The name of a model as a witness: "vlm:" and the model's name in lower case, with "-" for characters that such a
    name may not have; at most 80 characters.
    """
    return f"vlm:{re.sub(r'[^a-z0-9_./-]', '-', model.lower())}"[:80]
