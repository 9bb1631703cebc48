"""Reads what a model names as a place as areas of the atlas, so that an unusual form of a name does not cost what was
said with it.
"""

import re
from collections.abc import Iterator
from itertools import product

import numpy as np

from geoagent.atlas import Atlas
from geoagent.atlas.country_names import territories
from geoagent.atlas.division_names import division_parts
from geoagent.atlas.natural_regions import natural_region
from geoagent.case.likelihood import Alternative, Areas, Kernel, NamedLevel
from geoagent.geo import Area, Point, distance_km, haversine_km
from geoagent.plain_text import fold, without_kind
from geoagent.reading.hints.relative import find_sides, find_spots, half
from geoagent.reading.hints.words import hint_regions, region_named
from geoagent.reasoners.vlm.answer_models import Place

EXACT_DECIMALS = 4
NEAR_KM = {"city": 60.0, "region": 60.0, "country": 200.0}
"""How far from all of a place a point may lie that is said to be there; farther off the two contradict each other."""
COUNTY_KM = 150.0
"""The same for a town and a point in one region: counties and prefectures bear the names of their seats."""
SHARE_OF_POINT = 0.6
"""What an opinion whose coordinates lie elsewhere in the country than its names gives to its coordinates."""
SHARE_OF_CITY = 0.6
"""What an opinion whose city lies in another region than it says gives to the city."""
BORDER_KM = 40.0
"""How near the region that is said its city may lie outside and be what is meant: Berlin, "in Brandenburg"."""
LARGE_CITY = 100_000
"""Inhabitants from which on a name is taken for that city although another region is named with it."""
MUCH_LARGER = 10.0
"""How many times as large as the next of its name a city is that is meant where no country is named."""
MOST_COUNTRIES = 8
"""The largest region of the world that is taken apart into its countries: "Scandinavia", "Benelux"."""
ROUND_KM = 10.0
"""How far the area, the suburbs or the countryside of a town reach: one standard deviation."""
SEAT_KM = 15.0
"""How far a county reaches that bears the name of its town: one standard deviation."""
MOSTLY = 0.6
"""The weight from which on a division counts to the side of its country that is named."""
SMALL_KM = 25.0
"""The largest island or valley whose middle is a point of the answer."""
_KINDS_OF_REGION = r"\b(county|city|province|prefecture|region|district|governorate|emirate|department|state|of)\b"
_OR = re.compile(r"\s+or\s+|\s*[/|]\s*")
_BORDER = re.compile(r"\s+border(?:lands?| region| area)?$", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+|\s*[-–—&]\s*")
_ROUND = re.compile(
    r"^(?:greater|suburban|rural|(?:the )?(?:outskirts|suburbs|surroundings|vicinity|area|countryside) (?:of|around))"
    r"\s+(?P<after>.+)$"
    r"|^(?P<before>.+?)\s+(?:(?:metropolitan|metro|urban|greater) )?(?:area|outskirts|suburbs?|surroundings|vicinity"
    r"|environs|countryside|hinterland)$",
    re.IGNORECASE,
)
_SIDE = re.compile(
    r"^(?:the )?(?P<side>north|south|east|west|central)(?:-?(?P<more>east|west))?(?:ern)?(?: part| coast| half)?"
    r"(?: of)?[\s-]+(?:the )?(?P<name>.+)$",
    re.IGNORECASE,
)


def read_place(place: Place, atlas: Atlas) -> list[Alternative]:
    """A place of a model's opinion as areas of the atlas, each with its part of the place's probability.

    There are several where the names mean several places ("Bronx or Manhattan" are two, "Scandinavia" is three), or
    where they contradict the coordinates: then the names alone are one reading, and the coordinates with the names that
    fit them another. Empty where neither names nor coordinates lie in a country.
    """
    return [reading for one in _apart(place, atlas) for reading in _read(one, atlas)]


def _apart(place: Place, atlas: Atlas) -> Iterator[Place]:
    """The places that one alternative names, with equal shares of its probability."""
    countries = _countries(place.country, atlas)
    cities = _OR.split(place.city) if place.city else []
    regions = _OR.split(place.region) if place.region and not _regions(place.region, atlas) else []
    parts = {"country": countries, "city": cities, "region": regions}
    field, names = next(((field, names) for field, names in parts.items() if len(names) > 1 and all(names)), ("", []))
    if not names:
        yield place
        return
    for name in names:
        share = {field: name, "probability": place.probability / len(names)}
        yield from _apart(place.model_copy(update=share), atlas)


def _countries(name: str | None, atlas: Atlas) -> list[str]:
    """The countries of a name that is not one country's: "Spain or Portugal", "Germany–Austria border", "Benelux"."""
    if not name or atlas.country_named(name) is not None:
        return []
    region = region_named(name)
    areas = hint_regions()[region] if region else []
    if areas and len(areas) <= MOST_COUNTRIES:
        return [str(area) for area in areas if area.level == "country"]
    bare = _BORDER.sub("", name)
    for pattern in (_OR, _AND):
        parts = [part.strip() for part in pattern.split(bare)]
        if len(parts) > 1 and all(atlas.country_named(part) for part in parts):
            return parts
    return []


def _read(place: Place, atlas: Atlas) -> list[Alternative]:
    place = _with_side_as_region(place, atlas)
    point = Point(lat=place.lat, lon=place.lon) if place.lat is not None and place.lon is not None else None
    there = atlas.at(point).place.key if point is not None else None
    place = _in_territory(place, there, atlas)
    area = _resolved(place, atlas, point)
    if area is None:
        code = _country_meant(place, there, atlas) if place.region or place.city else None
        known = place.model_copy(update={"country": code})
        area = (_resolved(known, atlas, point) if code else None) or there
    if area is None:
        return []
    if point is None:
        return _by_name(place, area, atlas)
    exact = max(_decimals(place.lat), _decimals(place.lon)) >= EXACT_DECIMALS
    whole = _whole(place, area, atlas)
    if (
        area.level == "country"
        and "region" in whole.names
        and there
        and there.division
        and there.country == area.country
    ):
        whole = whole.model_copy(update={"area": there.division_area, "in_division": True})
    for meant in _readings(point):
        if meant == point or area.level != "country":
            there = atlas.at(meant).place.key
            if _agrees(meant, there, area, atlas) and not _is_beyond(meant, place, area, atlas):
                return [whole.model_copy(update={"point": meant, "exact": exact and meant == point})]
    there = atlas.at(point).place.key
    if there is None:
        return _by_name(place, area, atlas)
    share = SHARE_OF_POINT if there.country == area.country else 1 - SHARE_OF_POINT
    at_point = Alternative(
        area=there.division_area or there.country_area,
        names={level: name for level, name in _said(place).items() if level in ("city", "street")},
        probability=place.probability * share,
        point=point,
        exact=exact,
    )
    by_name = _by_name(place.model_copy(update={"probability": place.probability * (1 - share)}), area, atlas)
    return sorted([*by_name, at_point], key=lambda reading: -reading.probability)


def _readings(point: Point) -> list[Point]:
    """A point as it is given, and as it may be meant: a sign that was lost, latitude and longitude exchanged."""
    given = [(point.lat, point.lon), (point.lat, -point.lon), (-point.lat, point.lon), (point.lon, point.lat)]
    return [Point(lat=lat, lon=lon) for lat, lon in given if abs(lat) <= 90]


def _by_name(place: Place, area: Area, atlas: Atlas) -> list[Alternative]:
    """The readings of a place that is given by its names alone: one, or two where its city lies in another region."""
    whole = _whole(place, area, atlas)
    row = _city_elsewhere(place, area, atlas)
    if row is not None:
        rows = atlas.rows(area)
        off_km = haversine_km(atlas.lat[row], atlas.lon[row], atlas.lat[rows], atlas.lon[rows]).min()
        share = 1.0 if off_km <= BORDER_KM else SHARE_OF_CITY
        there = Alternative(
            area=atlas.city_of(row),
            names={level: name for level, name in _said(place).items() if level != "region"},
            probability=place.probability * share,
        )
        rest = whole.model_copy(update={"probability": place.probability * (1 - share)})
        return [there, rest] if share < 1 else [there]
    if area.city is not None:
        part = _borough(place, area, atlas) or _quarter(place.street, area, atlas)
        return [whole.model_copy(update={"point": part})]
    point, spread = _lie(place, area, atlas)
    return [whole.model_copy(update={"point": point, "spread": spread})]


def _whole(place: Place, area: Area, atlas: Atlas) -> Alternative:
    names, part = _names(place, area, atlas), _borough(place, area, atlas) is not None
    inside = "region" in names and _is_part_of_division(names["region"], area, atlas)
    return Alternative(area=area, names=names, probability=place.probability, part=part, in_division=inside)


def _lie(place: Place, area: Area, atlas: Atlas) -> tuple[Point | None, Kernel | Areas | None]:
    """Where a place lies in its area that is no area of the atlas: its point, or how it spreads; None if unknown."""
    country = area.country_area
    for name in (place.city, place.region):
        if not name or _regions(name, atlas):
            continue
        parts = [part for part in hint_regions().get(region_named(name) or "", ()) if country.contains(part)]
        if parts and country not in parts:
            return None, Areas(weights=dict.fromkeys(parts, 1.0))
        natural = natural_region(name, area.country)
        if natural is not None:
            shown = natural.centre if natural.radius_km <= SMALL_KM else None
            return shown, _round(natural.centre, natural.radius_km / 2, country)
        found = _ROUND.match(name)
        text = f"near {found['after'] or found['before']}" if found else name
        spots = find_spots(text, {country}, atlas)
        if spots:
            reach_km = min(spots[0].kernel.sigma_km, ROUND_KM) if found else spots[0].kernel.sigma_km
            return None, spots[0].kernel.model_copy(update={"within": area, "sigma_km": reach_km})
        spread = _side(name, country, atlas)
        if spread is not None:
            return None, spread
    seat = _seat(place.region, area, atlas) if place.city is None else None
    return seat, _round(seat, SEAT_KM, area) if seat is not None else None


def _round(point: Point, sigma_km: float, within: Area) -> Kernel:
    return Kernel(lat=point.lat, lon=point.lon, sigma_km=sigma_km, within=within)


def _side(name: str, country: Area, atlas: Atlas) -> Kernel | Areas | None:
    """How a part lies that is named by its side: the divisions of "northern Spain", the half of "western Sichuan"."""
    sides = find_sides(name, {country}, atlas)
    if sides:
        inside = {area: weight for area, weight in sides[0].weights.items() if area != country and weight >= MOSTLY}
        return Areas(weights=inside) if inside else None
    found = _SIDE.match(name)
    division = (
        next((area for area in _regions(found["name"], atlas) if country.contains(area)), None) if found else None
    )
    if found is None or division is None or found["side"].lower() == "central":
        return None
    rows = np.flatnonzero(atlas.rows(division))
    rows = rows[half(rows, found["side"].lower(), (found["more"] or "").lower() or None, atlas)]
    lat, lon = float(atlas.lat[rows].mean()), float(atlas.lon[rows].mean())
    off_km = haversine_km(lat, lon, atlas.lat[rows], atlas.lon[rows])
    return Kernel(lat=lat, lon=lon, sigma_km=float(np.sqrt((off_km**2).mean() / 2)), within=division)


def _with_side_as_region(place: Place, atlas: Atlas) -> Place:
    """A part of a country that is given as the country: its name is the region's."""
    side = _SIDE.match(place.country or "")
    if side is None or place.region or atlas.country_named(place.country) is not None:
        return place
    return place.model_copy(update={"country": side["name"], "region": place.country})


def _in_territory(place: Place, there: Area | None, atlas: Atlas) -> Place:
    """A place in a territory of the country that is said: San Juan in the United States, if it lies in Puerto Rico."""
    named = atlas.country_named(place.country)
    if named is None or there is None or there.country == named.country:
        return place
    own = territories().get(named.country, frozenset())
    return place.model_copy(update={"country": there.country}) if there.country_area in own else place


def _country_meant(place: Place, there: Area | None, atlas: Atlas) -> str | None:
    """The country of a place whose own is not said or not understood: by its point, its region or its city."""
    if there is not None:
        return there.country
    divisions = {area.country for area in _regions(place.region, atlas)}
    if len(divisions) == 1:
        return divisions.pop()
    cities = atlas.named(place.city) if place.city else []
    if not cities or cities[0].prominence < LARGE_CITY:
        return None
    first = atlas.country_of(cities[0].row)
    other = next((city.prominence for city in cities if atlas.country_of(city.row) != first), 0.0)
    return first.country if cities[0].prominence >= MUCH_LARGER * other else None


def _city_elsewhere(place: Place, area: Area, atlas: Atlas) -> int | None:
    """The row of the large city that is named, where it lies in another region than is said; None else."""
    if area.level != "region" or not place.city or not place.region:
        return None
    if any(area.contains(other) for other in atlas.divisions_with(place.city)):
        return None
    rows = [row for row in atlas.rows_named(place.city) if atlas.country_of(row) == area.country_area]
    large = (row for row in rows if atlas.population[row] >= LARGE_CITY and fold(atlas.name(row)) == fold(place.city))
    return next(large, None)


def _borough(place: Place, area: Area, atlas: Atlas) -> Point | None:
    """Where the part of a city lies that was named as the city; None where the city itself was named, or no part."""
    if area.city is None:
        return None
    found: list[int] = []
    for name in filter(None, _variants(place.city)):
        rows = [row for row in atlas.rows_named(name) if atlas.city_of(row) == area]
        called = [row for row in rows if fold(atlas.name(row)) == fold(name)] or rows
        found += [] if any(atlas.geonameid[row] == area.city for row in called) else called
    return atlas.point(found[0]) if found else None


def _quarter(street: str | None, area: Area, atlas: Atlas) -> Point | None:
    """Where the part of a city lies that was named as its street: "Brooklyn" in New York City."""
    rows = [row for row in atlas.rows_named(street or "") if atlas.city_of(row) == area]
    return atlas.point(rows[0]) if rows and atlas.geonameid[rows[0]] != area.city else None


def _decimals(value: float | None) -> int:
    return len(str(value).partition(".")[2]) if value is not None else 0


def _said(place: Place) -> dict[NamedLevel, str]:
    given: tuple[tuple[NamedLevel, str | None], ...] = (
        ("region", place.region), ("city", place.city), ("street", place.street)
    )  # fmt: skip
    return {level: name for level, name in given if name}


def _names(place: Place, area: Area, atlas: Atlas) -> dict[NamedLevel, str]:
    """The names as they were said; the region's only where it is the one that the atlas has, or where it has none.

    A region that bears the country's own name is none: "Hong Kong, China".
    """
    names = _said(place)
    if "region" not in names:
        return names
    division, known = area.division_area, _regions(place.region, atlas)
    alike = [atlas.resolve(area.country, said) for said in _variants(place.region)]
    known += [found for found in alike if found is not None and found.level == "region"]
    abroad = bool(known) and not any(area.country_area.contains(other) for other in known)
    elsewhere = abroad or (division is not None and division not in known)
    twice = without_kind(place.region or "") == without_kind(place.city or "") and division not in _regions(
        place.region, atlas
    )
    if elsewhere or twice or atlas.country_named(place.region) == area.country_area:
        del names["region"]
    return names


def _is_part_of_division(region: str, area: Area, atlas: Atlas) -> bool:
    """Whether a region is a county or department, or that of a large city, of which the atlas knows the division that
    it lies in alone.
    """
    division = area.division_area
    if division is None or division in _regions(region, atlas):
        return False
    return any(
        division in (*division_parts().get(fold(said), ()), *atlas.divisions_of_city(said, area.country_area))
        for said in _variants(region)
        if said
    )


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
    together = there is not None and area.division is not None and there.division_area == area.division_area
    reach_km = COUNTY_KM if together else NEAR_KM[area.level]
    return bool(len(off_km) and off_km.min() <= reach_km)


def _is_beyond(point: Point, place: Place, area: Area, atlas: Atlas) -> bool:
    """Whether a point lies far from the island, coast or valley that is named: in its country, but not there."""
    names = [name for name in (place.city, place.region) if name and not _regions(name, atlas)]
    natural = next(filter(None, (natural_region(name, area.country) for name in names)), None)
    if area.city is not None or natural is None:
        return False
    return distance_km(point, natural.centre) > natural.radius_km + NEAR_KM["region"]


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
    return list(dict.fromkeys(part for part in (name, *parts, *bare, *map(without_kind, parts)) if part))


def _seat(region: str | None, area: Area, atlas: Atlas) -> Point | None:
    """Where the town of an area lies whose name a region bears that the atlas does not know as a division."""
    name = re.sub(_KINDS_OF_REGION, "", region or "", flags=re.IGNORECASE).strip()
    rows = [row for row in atlas.rows_named(name) if atlas.rows(area)[row]] if name else []
    return atlas.point(rows[0]) if rows else None
