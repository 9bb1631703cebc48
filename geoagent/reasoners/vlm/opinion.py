"""A model's opinion about where, as one piece of evidence."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from geoagent.atlas import Atlas
from geoagent.case.evidence import Candidate, Clue, Evidence, LevelName, PlacePath, Spot, Step
from geoagent.case.likelihood import Areas, Kernel, Likelihood, Mixture
from geoagent.case.trace import Trace
from geoagent.geo import Area, Point
from geoagent.names import fold, percent
from geoagent.reasoners.vlm.answers import Opinion, Place

STREET_KM = 0.75
"""How far a street that a model names may lie from the coordinates it gives: holds 95 % of the kernel, 2.45 σ."""
SPOT_KM = 3.0
MAX_STATEMENT = 2000
SEAT_KM = 30.0
"""The spread of a region that is known only by its seat, such as a county that bears the name of its town."""
_KINDS_OF_REGION = r"\b(county|city|province|prefecture|region|district|governorate|emirate|department|state|of)\b"


class Reading(NamedTuple):
    """One alternative of an opinion, as the atlas understands it; `unknown` are the names that it does not know."""

    place: PlacePath
    area: Area
    point: Point | None
    likelihood: Likelihood
    level: LevelName
    probability: float
    unknown: tuple[str, ...]


def opinion_trace(
    opinion: Opinion,
    witness: str,
    atlas: Atlas,
    clues: tuple[str, ...] = (),
    earlier: Evidence | None = None,
    seen: tuple[str, ...] = (),
) -> Trace:
    """The evidence, candidates and cases that an opinion gives rise to; empty if it names no known place.

    It enters as the mixture q′ = Σ qᵢ·prior(·|Aᵢ) + (1 − Σ qᵢ)·prior, Aᵢ the deepest place that alternative i names.
    Probabilities that sum to more than 1 are scaled down. A later opinion supersedes the `earlier` one, and counts in
    one group with the evidence that its witness had `seen`: a model that repeats what it was shown adds little.
    """
    readings = _apart([reading for place in opinion.places if (reading := _read(place, atlas)) is not None])
    total = sum(reading.probability for reading in readings)
    scale = 1 / max(1.0, total + opinion.elsewhere)
    parts = tuple((reading.probability * scale, reading.likelihood) for reading in readings if reading.probability > 0)
    if not parts:
        return Trace()
    said = "; ".join(f"{_worded(r, readings)} {percent(r.probability * scale)}" for r in readings)
    evidence = Evidence(
        kind="opinion", witness=witness, statement=f"in the model's opinion: {said}"[:MAX_STATEMENT],
        likelihood=Mixture(parts=parts),
        level=max(readings, key=lambda reading: reading.probability).level, group=f"opinion:{witness}", clues=clues,
        supersedes=earlier.id if earlier else None, seen=seen,
    )  # fmt: skip
    candidates = tuple(
        Candidate(place=r.place, point=r.point, proposer=witness, evidence=(evidence.id,)) for r in readings
    )
    cases = tuple(
        Spot(name=r.place.street, level="street", point=r.point, radius_km=STREET_KM, evidence=evidence.id)
        for r in readings
        if r.place.street and r.point
    )
    return Trace(evidence=(evidence,), candidates=candidates, spots=cases)


def average(opinions: Sequence[Opinion]) -> Opinion:
    """The mean of several opinions: each alternative with its mean probability."""
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
    """A model's word that some of several photos are of another place: nothing backs it but what it sees there."""
    return tuple(
        Step(
            node="propose",
            statement=f"the model says: photo {number} is of another place",
            cites=tuple(clue.id for clue in clues if clue.view == number),
            support="unsupported",
        )
        for number in photos
        if len(photos) > 1 and number in said
    )


def _apart(readings: list[Reading]) -> list[Reading]:
    """The readings with each area that holds another's without that other: alone beside its parts it is their rest."""
    found = []
    for reading in readings:
        area = reading.area
        inner = {other.area for other in readings if other.area != area and area.contains(other.area)}
        if isinstance(reading.likelihood, Areas) and inner:
            weights = {area: 1.0, **dict.fromkeys(sorted(inner), 0.0)}
            reading = reading._replace(likelihood=Areas(weights=weights))
        found.append(reading)
    return found


def _worded(reading: Reading, readings: Sequence[Reading]) -> str:
    """An alternative in words: one that holds others is what is left of it."""
    place = reading.place
    parts = (other for other in readings if other is not reading)
    holds = not place.street and any(
        reading.area.contains(other.area) and (other.area != reading.area or other.place.street) for other in parts
    )
    unknown = f" (not known here: {', '.join(reading.unknown)})" if reading.unknown else ""
    return f"{'elsewhere in ' if holds else ''}{place}{unknown}"


def _read(place: Place, atlas: Atlas) -> Reading | None:
    """An alternative as a likelihood over the deepest area that is known, with the point that is given inside it."""
    area = _resolved(place, atlas)
    point = Point(lat=place.lat, lon=place.lon) if place.lat is not None and place.lon is not None else None
    if point is not None:
        there = atlas.at(point).place.key
        area = area or there
        if there is None or area is None or there.country != area.country:
            point = None  # the coordinates contradict the names: the names are what was recognised
    if area is None:
        return None
    names = atlas.path(area)
    seat = _seat(place.region, area.country_area, atlas) if area.division is None else None
    path = PlacePath(
        country=names.country,
        region=names.region or (place.region if seat else None),
        city=_named(names.city, place.city),
        street=place.street,
        key=area,
    )
    unknown = [
        name
        for name, known in ((place.region, path.region or area.city is not None), (place.city, names.city))
        if name and not known
    ]
    return Reading(
        path,
        area,
        point,
        _likelihood(place, area, point, seat),
        _level(path, area, seat is not None),
        place.probability,
        tuple(unknown),
    )


def _named(known: str | None, said: str | None) -> str | None:
    """A city by its name in the atlas, and by the name that it was given where that is another."""
    if known is None or said is None or fold(known) in fold(said):
        return known or said
    return f"{known} ({said})"


def _resolved(place: Place, atlas: Atlas) -> Area | None:
    """The deepest area of the names, also of those written with a remark or a larger area: "Lüliang (Liulin)"."""
    found = [
        area
        for region in _variants(place.region)
        for city in _variants(place.city)
        if (area := atlas.resolve(place.country, region, city)) is not None
    ]
    return max(found, key=lambda area: (area.city is not None, area.division is not None), default=None)


def _variants(name: str | None) -> list[str | None]:
    if not name:
        return [None]
    parts = [part.strip() for part in re.split(r"[,/()]|\bor\b", name)]
    bare = [re.sub(_KINDS_OF_REGION, "", part, flags=re.IGNORECASE).strip() for part in parts]
    return list(dict.fromkeys(part for part in (name, *parts, *bare) if part))


def _seat(region: str | None, country: Area, atlas: Atlas) -> Point | None:
    """Where the town lies whose name a region bears that the atlas does not know as a division."""
    name = re.sub(_KINDS_OF_REGION, "", region or "", flags=re.IGNORECASE).strip()
    rows = [row for row in atlas.rows_named(name) if atlas.country_of(row) == country] if name else []
    return Point(lat=float(atlas.lat[rows[0]]), lon=float(atlas.lon[rows[0]])) if rows else None


def _likelihood(place: Place, area: Area, point: Point | None, seat: Point | None) -> Likelihood:
    somewhere = Areas(weights={area: 1.0})
    if point is not None and (place.street or place.city):
        sigma = STREET_KM / 2.45 if place.street else SPOT_KM
        spot = Kernel(lat=point.lat, lon=point.lon, sigma_km=sigma, within=area)
        return Mixture(parts=((0.5, somewhere), (0.5, spot))) if area.level == "city" else spot
    if seat is not None and area.level != "city":
        return Kernel(lat=seat.lat, lon=seat.lon, sigma_km=SEAT_KM, within=area.country_area)
    return somewhere


def _level(path: PlacePath, area: Area, by_seat: bool) -> LevelName:
    if path.street:
        return "street"
    return "region" if by_seat and area.level == "country" else area.level


def witness_name(model: str) -> str:
    """The witness that a model is: "vlm:" and its name, in the characters that a witness may have."""
    return f"vlm:{re.sub(r'[^a-z0-9_./-]', '-', model.lower())}"[:80]
