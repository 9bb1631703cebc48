"""Forty invented street scenes and the small map that they lie on: twenty with a place to be found, twenty ambiguous.

Usage: street_scenes.py OUT_DIR
"""

from __future__ import annotations

import argparse
import csv
import random
from pathlib import Path
from typing import NamedTuple

from render_scenes import SCENES, write_scenes
from street.model import Palette, Scene, Sign

from geoagent.testing.map_server import MapPlace

KM_DEG = 1 / 111.2
PALETTES = [scene.palette for scene in SCENES]


class Town(NamedTuple):
    """A town, its words for what is ambiguous and what is not, and a web address's ending."""

    name: str
    country: str
    code: str
    lat: float
    lon: float
    postcode: str
    street: str
    common: str
    shop: str
    chain: str
    hall: str
    domain: str


def _towns() -> list[Town]:
    with (Path(__file__).parent / "street_towns.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [Town(**{**row, "lat": float(row["lat"]), "lon": float(row["lon"])}) for row in rows]  # type: ignore[arg-type]


TOWNS = _towns()
ADDRESSES, SIGNS = 8, 14
"""Of the first scenes to be found the full address is shown, of the next street, number and town, then shops."""


class Truth(NamedTuple):
    """A scene, and the place on the map that it shows; none where that is not to be told."""

    scene: Scene
    place: MapPlace | None
    town: Town


def _spot(town: Town, salt: str, most_km: float = 2.5) -> tuple[float, float]:
    """A point in a town, always the same."""
    rng = random.Random(f"{town.name} {salt}")
    north, east = rng.uniform(-most_km, most_km), rng.uniform(-most_km, most_km)
    return round(town.lat + north * KM_DEG, 5), round(town.lon + east * KM_DEG * 1.5, 5)


def house(town: Town, road: str, number: str, name: str = "", tag: str = "") -> MapPlace:
    """A house in a town, always at the same point."""
    lat, lon = _spot(town, road + number)
    return MapPlace(road, number, town.postcode, town.name, town.code, lat, lon, name, tag)


def street(town: Town, road: str) -> MapPlace:
    """A street in a town, near its house number 8."""
    lat, lon = _spot(town, road + "8")
    return MapPlace(road, "", town.postcode, town.name, town.code, lat, lon)


def target(town: Town) -> MapPlace:
    """What a scene of a town that can be found shows."""
    number = TOWNS.index(town)
    if number < SIGNS:
        return house(town, town.street, "8")
    return house(town, town.street, "8", town.shop, "shop=books")


def the_map() -> list[MapPlace]:
    """All places: targets and their streets, streets of one name in each town, chains with four branches in each."""
    places = []
    for town in TOWNS:
        places += [target(town), street(town, town.common), house(town, town.common, "8")]
        if TOWNS.index(town) < SIGNS:
            places.append(street(town, town.street))
        places += [
            house(town, f"{town.common} {side}", "8", town.chain, "shop=bakery") for side in ("N", "S", "E", "W")
        ]
    twin = next(town for town in TOWNS if town.name == "Murcia")
    return [*places, street(twin, "Calle del Molino"), house(twin, "Calle del Molino", "8")]


def _palette(number: int) -> Palette:
    return PALETTES[number % len(PALETTES)]


def _fascia(text: str, number: int) -> Sign:
    style = ("fascia_green", "fascia_navy", "fascia_red", "fascia_yellow", "fascia_cream")[number % 5]
    return Sign(text, style, (-7.8, 3.55, 14.9), 0.56)


def _plate(text: str) -> Sign:
    return Sign(text, "plate_white", (-7.8, 7.42, 14.9), 0.32)


def _letters(text: str) -> Sign:
    return Sign(text, "letters_light", (-7.8, 4.68, 14.9), 0.44)


def _scene(name: str, number: int, town: Town, signs: tuple[Sign, ...], place: MapPlace | None) -> Truth:
    lat, lon = (place.lat, place.lon) if place else (None, None)
    scene = Scene(name, town.code, town.name, lat, lon, "", _palette(number), signs, side=-1, pan=11)
    return Truth(scene, place, town)


def found_scenes() -> list[Truth]:
    """Twenty scenes whose texts lead to one place on the map."""
    scenes = []
    for number, town in enumerate(TOWNS):
        web = _letters(f"www.{town.shop.split()[-1].lower()}.{town.domain}")
        if number < ADDRESSES:
            signs = (_fascia(town.shop, number), web, _plate(f"{town.street} 8, {town.postcode} {town.name}"))
        elif number < SIGNS:
            signs = (_fascia(town.hall, number), web, _plate(f"{town.street} 8"))
        else:
            signs = (_fascia(town.shop, number), web, _plate(town.hall))
        scenes.append(_scene(f"found_{number:02}", number, town, signs, target(town)))
    return scenes


def ambiguous_scenes() -> list[Truth]:
    """Twenty scenes of a street name or a chain that many towns, or many streets of the town, have."""
    scenes = []
    for number, town in enumerate(TOWNS):
        web = _letters(f"www.{town.chain.split()[-1].lower()}.{town.domain}")
        if number % 3 == 0:
            signs = (_fascia(town.chain, number), web, _plate(town.common))
        elif number % 3 == 1:
            signs = (_fascia(town.chain, number), web, _plate(town.hall))
        else:
            signs = (_fascia(town.chain, number), web, _plate(f"{town.common} 8"))
        scenes.append(_scene(f"ambiguous_{number:02}", number, town, signs, None))
    return scenes


def main() -> None:
    """Read the command line and write the scenes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out_dir", type=Path)
    write_scenes(parser.parse_args().out_dir, [truth.scene for truth in found_scenes() + ambiguous_scenes()])


if __name__ == "__main__":
    main()
