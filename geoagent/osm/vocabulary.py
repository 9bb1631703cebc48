"""The things that a combination may name: how OpenStreetMap tags each, and the English words for it.

Tags are those of OpenStreetMap's wiki, "Map features". Of tags between "|" any will do; "&" joins those that must all
be there.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from geoagent.plain_text import fold
from geoagent.web.map_vocabulary import TAGS

BUILDING = "building"
"""The one thing that is known by its height: a building whose storeys, or height, the map tells."""
STOREY_M = 3.0

_MORE: dict[str, str] = {
    "airport": "aeroway=aerodrome", "artwork": "tourism=artwork", "bay": "natural=bay", "beach": "natural=beach",
    "bridge": "bridge=yes", "bus_station": "amenity=bus_station", "cable_car": "aerialway=cable_car|aerialway=gondola",
    "canal": "waterway=canal", "car_park": "amenity=parking", "cathedral": "building=cathedral",
    "cemetery": "landuse=cemetery|amenity=grave_yard", "chapel": "building=chapel", "chimney": "man_made=chimney",
    "church": "amenity=place_of_worship&religion=christian", "cliff": "natural=cliff", "clock": "amenity=clock",
    "coast": "natural=coastline", "courthouse": "amenity=courthouse", "crane": "man_made=crane",
    "crossing": "highway=crossing", "dam": "waterway=dam", "embassy": "office=diplomatic|amenity=embassy",
    "farm": "landuse=farmyard", "ferry_terminal": "amenity=ferry_terminal",
    "football_pitch": "leisure=pitch&sport=soccer",
    "forest": "landuse=forest|natural=wood", "fort": "historic=fort|historic=citadel", "garden": "leisure=garden",
    "golf_course": "leisure=golf_course", "harbour": "harbour=yes|landuse=harbour|leisure=marina",
    "helipad": "aeroway=helipad", "kindergarten": "amenity=kindergarten", "lake": "natural=water&water=lake",
    "marketplace": "amenity=marketplace", "mast": "man_made=mast", "memorial": "historic=memorial",
    "mosque": "amenity=place_of_worship&religion=muslim", "motorway": "highway=motorway", "obelisk": "man_made=obelisk",
    "peak": "natural=peak|natural=volcano", "pier": "man_made=pier", "power_line": "power=line",
    "power_plant": "power=plant", "prison": "amenity=prison", "railway_line": "railway=rail",
    "reservoir": "landuse=reservoir|natural=water&water=reservoir",
    "river": "waterway=river|natural=water&water=river|waterway=riverbank",
    "ruins": "historic=ruins", "silo": "man_made=silo", "spring": "natural=spring", "square": "place=square",
    "statue": "historic=memorial&memorial=statue|artwork_type=statue", "stream": "waterway=stream",
    "swimming_pool": "leisure=swimming_pool", "synagogue": "amenity=place_of_worship&religion=jewish",
    "temple": "amenity=place_of_worship&religion=buddhist|amenity=place_of_worship&religion=hindu",
    "tennis_court": "leisure=pitch&sport=tennis", "tram_line": "railway=tram", "tunnel": "tunnel=yes",
    "vineyard": "landuse=vineyard", "water": "natural=water", "waterfall": "waterway=waterfall",
    "wind_turbine": "power=generator&generator:source=wind", "zoo": "tourism=zoo",
}  # fmt: skip
_WORDS: dict[str, str] = {
    "bus stop": "bus_stop", "bus shelter": "bus_stop", "church tower": "church", "coastline": "coast", "sea": "coast",
    "seaside": "coast", "shore": "coast", "cinema": "cinema", "movie theater": "cinema", "city hall": "town_hall",
    "drugstore": "pharmacy", "chemist": "pharmacy", "filling station": "fuel_station", "gas station": "fuel_station",
    "petrol station": "fuel_station", "fuel station": "fuel_station", "football field": "football_pitch",
    "soccer field": "football_pitch", "gondola": "cable_car", "graveyard": "cemetery", "grocery": "supermarket",
    "level crossing": "level_crossing", "railroad crossing": "level_crossing", "market": "marketplace",
    "marina": "harbour", "port": "harbour", "mountain": "peak", "mountain top": "peak", "summit": "peak",
    "metro entrance": "subway_entrance", "metro station": "subway_entrance", "subway station": "subway_entrance",
    "underground station": "subway_entrance", "nursery school": "kindergarten", "parking lot": "car_park",
    "car park": "car_park", "pedestrian crossing": "crossing", "zebra crossing": "crossing", "plaza": "square",
    "post office": "post_office", "public square": "square", "rail line": "railway_line", "railway": "railway_line",
    "railway line": "railway_line", "railroad": "railway_line", "railway station": "railway_station",
    "station": "railway_station", "train station": "railway_station", "theater": "theatre",
    "traffic light": "traffic_lights", "tram line": "tram_line", "tram track": "tram_line", "tramway": "tram_line",
    "tram stop": "tram_stop", "wind mill": "windmill", "wood": "forest", "wind generator": "wind_turbine",
    "high-rise": BUILDING, "house": BUILDING,
    "tower block": BUILDING,
    "block of flats": BUILDING, "mole": "pier", "jetty": "pier", "quay": "pier",
}  # fmt: skip
Conditions = tuple[tuple[str, str], ...]


@lru_cache(maxsize=1)
def things() -> Mapping[str, tuple[Conditions, ...]]:
    """For each thing the alternatives by which it is tagged: all conditions of one must hold."""
    told: dict[str, list[str]] = {name: [tags] for name, tags in TAGS.items()}
    for name, tags in _MORE.items():
        told.setdefault(name, []).extend(tags.split("|"))
    return {name: tuple(_conditions(one) for one in told[name]) for name in sorted(told)}


@lru_cache(maxsize=1)
def by_first_tag() -> Mapping[tuple[str, str], Sequence[tuple[str, Conditions]]]:
    """By the first condition of each alternative: the thing, and the other conditions of that alternative."""
    found = defaultdict[tuple[str, str], list[tuple[str, Conditions]]](list)
    for name, alternatives in things().items():
        for first, *others in alternatives:
            found[first].append((name, tuple(others)))
    return dict(found)


def _conditions(tags: str) -> Conditions:
    return tuple((key, value) for key, _, value in (one.partition("=") for one in tags.split("&")))


@lru_cache(maxsize=1)
def words() -> Mapping[str, str]:
    """English words for things, in small letters, singular and plural, each with the thing's name."""
    said = {name.replace("_", " "): name for name in (*things(), BUILDING)} | _WORDS
    return {form: name for word, name in said.items() for form in (fold(word), _plural(fold(word)))}


def _plural(word: str) -> str:
    if word.endswith(("s", "x", "ch", "sh")):
        return word if word.endswith("ss") is False and word.endswith("s") else f"{word}es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"
