"""A model's opinion about where, as one piece of evidence: nothing that it names or gives is left out."""

import re
from collections.abc import Sequence
from itertools import product

from geoagent.atlas import Atlas
from geoagent.belief.alternatives import path_of
from geoagent.case.evidence import Candidate, Clue, Evidence, PlacePath, Spot, Step
from geoagent.case.likelihood import Alternative, Alternatives, NamedLevel
from geoagent.case.trace import Trace
from geoagent.geo import Area, Point, distance_km, haversine_km
from geoagent.names import fold, percent
from geoagent.reasoners.vlm.answers import Opinion, Place

POINT_KM = 0.75
"""How far a point that a model states reaches."""
EXACT_DECIMALS = 4
NEAR_KM = {"city": 60.0, "region": 60.0, "country": 200.0}
"""How far from all of a place a point may lie that is said to be there; farther off the two contradict each other."""
SHARE_OF_POINT = 0.6
"""What an opinion whose coordinates lie elsewhere in the country than its names gives to its coordinates."""
MAX_STATEMENT = 2000
_KINDS_OF_REGION = r"\b(county|city|province|prefecture|region|district|governorate|emirate|department|state|of)\b"
_OR = re.compile(r"\s+or\s+|\s*/\s*")


def opinion_trace(
    opinion: Opinion,
    witness: str,
    atlas: Atlas,
    clues: tuple[str, ...] = (),
    earlier: Evidence | None = None,
    seen: tuple[str, ...] = (),
) -> Trace:
    """The evidence, candidates and spots that an opinion gives rise to; empty if no part of it can be placed.

    Probabilities that sum to more than 1 are scaled down. A later opinion supersedes the `earlier` one, and counts in
    one group with the evidence that its witness had `seen`: a model that repeats what it was shown adds little.
    """
    likely = [place for place in opinion.places if place.probability > 0]
    because = [(reading, place.because) for place in likely for reading in read_place(place, atlas)]
    if not because:
        return Trace()
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
    return Trace(evidence=(evidence,), candidates=candidates, spots=tuple(dict.fromkeys(spots)))


def place_path(place: Alternative, atlas: Atlas) -> PlacePath:
    """An alternative by name: as it was said, and as the atlas has it where nothing was said."""
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


def read_place(place: Place, atlas: Atlas) -> list[Alternative]:
    """An alternative of a model as the atlas understands it; several where it names several, or contradicts itself.

    "Bronx or Manhattan" are two. Where the coordinates lie elsewhere than the names, both readings stay: the names
    alone, and what was named at the coordinates. Empty where neither names nor coordinates lie in a country.
    """
    several = _OR.split(place.city) if place.city else []
    if len(several) > 1 and all(several):
        share = place.probability / len(several)
        parts = [place.model_copy(update={"city": city, "probability": share}) for city in several]
        return [reading for part in parts for reading in read_place(part, atlas)]
    point = Point(lat=place.lat, lon=place.lon) if place.lat is not None and place.lon is not None else None
    there = atlas.at(point).place.key if point is not None else None
    area = _resolved(place, atlas, point)
    if area is None and there is not None:
        code = there.country if place.region or place.city or place.country else None
        known = place.model_copy(update={"country": code})
        area = (_resolved(known, atlas, point) if code else None) or there
    if area is None:
        return []
    exact = point is not None and max(_decimals(place.lat), _decimals(place.lon)) >= EXACT_DECIMALS
    borough = _borough(place, area, atlas)
    whole = Alternative(
        area=area, names=_names(place, area, atlas), probability=place.probability, part=borough is not None
    )
    if point is None and borough is not None:
        return [whole.model_copy(update={"point": borough})]
    if point is None:
        named = area.city is None and place.city is None and not _regions(place.region, atlas)
        seat = _seat(place.region, area, atlas) if named else None
        return [whole.model_copy(update={"point": seat})]
    if _agrees(point, there, area, atlas):
        return [whole.model_copy(update={"point": point, "exact": exact})]
    if there is None:
        return [whole]
    share = SHARE_OF_POINT if there.country == area.country else 1 - SHARE_OF_POINT
    at_point = Alternative(
        area=there.division_area or there.country_area,
        names={level: name for level, name in _said(place).items() if level in ("city", "street")},
        probability=place.probability * share,
        point=point,
        exact=exact,
    )
    by_name = whole.model_copy(update={"probability": place.probability * (1 - share)})
    return sorted([by_name, at_point], key=lambda reading: -reading.probability)


def _borough(place: Place, area: Area, atlas: Atlas) -> Point | None:
    """Where the part of a city lies that was named as the city; None where the city itself was named, or no part."""
    if area.city is None:
        return None
    said = [name for name in _variants(place.city) if name]
    rows = [row for name in said for row in atlas.rows_named(name) if atlas.city_of(row) == area]
    called = [row for row in rows if fold(atlas.name(row)) in map(fold, said)] or rows
    if not called or any(atlas.geonameid[row] == area.city for row in called):
        return None
    return atlas.point(called[0])


def _decimals(value: float | None) -> int:
    return len(str(value).partition(".")[2]) if value is not None else 0


def _said(place: Place) -> dict[NamedLevel, str]:
    given: tuple[tuple[NamedLevel, str | None], ...] = (
        ("region", place.region), ("city", place.city), ("street", place.street)
    )  # fmt: skip
    return {level: name for level, name in given if name}


def _names(place: Place, area: Area, atlas: Atlas) -> dict[NamedLevel, str]:
    """The names as they were said; the region's only where it is the one that the atlas has, or where it has none."""
    names = _said(place)
    division = area.division_area
    if division is not None and "region" in names and division not in _regions(place.region, atlas):
        del names["region"]
    return names


def _regions(name: str | None, atlas: Atlas) -> list[Area]:
    """The divisions of a name, with the word for what it is or without."""
    found = [area for said in _variants(name) if said for area in atlas.divisions_named(said)]
    return list(dict.fromkeys(found))


def _agrees(point: Point, there: Area | None, area: Area, atlas: Atlas) -> bool:
    """Whether a point lies in an area, or near enough to it."""
    if there is not None and area.contains(there):
        return True
    rows = atlas.rows(area)
    off_km = haversine_km(point.lat, point.lon, atlas.lat[rows], atlas.lon[rows]) - atlas.extent_km[rows]
    return bool(len(off_km) and off_km.min() <= NEAR_KM[area.level])


def _resolved(place: Place, atlas: Atlas, point: Point | None) -> Area | None:
    """The deepest area of the names, also of those written with a remark or a larger area: "Lüliang (Liulin)".

    Of several towns of a name in one country the one at the coordinates is meant.
    """
    found = [
        area
        for region, city in product(_variants(place.region), _variants(place.city))
        if (area := atlas.resolve(place.country, region, city)) is not None
    ]
    best = max(found, key=lambda area: (area.city is not None, area.division is not None), default=None)
    if best is None or point is None or not place.city:
        return best
    country = best.country_area
    named = [row for city in _variants(place.city) for row in atlas.rows_named(city or "")]
    rows = [row for row in named if atlas.country_of(row) == country]
    near = min(rows, key=lambda row: distance_km(point, atlas.point(row)), default=None)
    if near is not None and distance_km(point, atlas.point(near)) <= NEAR_KM["city"]:
        return atlas.city_of(near)
    return best


def _variants(name: str | None) -> list[str | None]:
    if not name:
        return [None]
    parts = [part.strip() for part in re.split(r"[,/()]|\bor\b", name)]
    bare = [re.sub(_KINDS_OF_REGION, "", part, flags=re.IGNORECASE).strip() for part in parts]
    return list(dict.fromkeys(part for part in (name, *parts, *bare) if part))


def _seat(region: str | None, area: Area, atlas: Atlas) -> Point | None:
    """Where the town of an area lies whose name a region bears that the atlas does not know as a division."""
    name = re.sub(_KINDS_OF_REGION, "", region or "", flags=re.IGNORECASE).strip()
    rows = [row for row in atlas.rows_named(name) if atlas.rows(area)[row]] if name else []
    return atlas.point(rows[0]) if rows else None


def witness_name(model: str) -> str:
    """The witness that a model is: "vlm:" and its name, in the characters that a witness may have."""
    return f"vlm:{re.sub(r'[^a-z0-9_./-]', '-', model.lower())}"[:80]
