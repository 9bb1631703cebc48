"""Forty invented street scenes and the small map that they lie on: twenty with a place to be found, twenty ambiguous.

Usage: street_scenes.py OUT_DIR
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import NamedTuple

from render_scenes import SCENES, write_scenes
from street.model import Palette, Scene, Sign

from geoagent.testing_map import MapPlace

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


# fmt: off
TOWNS = [
    Town("Zaragoza", "Spain", "ES", 41.6561, -0.8773, "50003", "Calle del Molino", "Calle Mayor", "LIBRERIA EBROLINO", "PANADERIA SOLERA", "Ayuntamiento de Zaragoza", "es"),
    Town("Valladolid", "Spain", "ES", 41.6552, -4.7237, "47001", "Calle de la Noria", "Calle Mayor", "ZAPATERIA MERINO", "PANADERIA SOLERA", "Ayuntamiento de Valladolid", "es"),
    Town("Murcia", "Spain", "ES", 37.9870, -1.1300, "30004", "Calle del Azarbe", "Calle Mayor", "FERRETERIA SEGURA", "PANADERIA SOLERA", "Ayuntamiento de Murcia", "es"),
    Town("Uppsala", "Sweden", "SE", 59.8585, 17.6454, "753 20", "Linneagatan", "Storgatan", "BOKHANDEL FYRIS", "KAFFE NORDVIK", "Uppsala kommun", "se"),
    Town("Malmo", "Sweden", "SE", 55.6059, 13.0007, "211 22", "Sparvgatan", "Storgatan", "CYKELVERKSTAD SUNDET", "KAFFE NORDVIK", "Malmo stad", "se"),
    Town("Lyon", "France", "FR", 45.7485, 4.8467, "69003", "Rue des Tanneurs", "Rue de la Gare", "LIBRAIRIE CONFLUENCE", "BOULANGERIE MAREUIL", "Mairie de Lyon", "fr"),
    Town("Dijon", "France", "FR", 47.3167, 5.0167, "21000", "Rue du Moulin Vert", "Rue de la Gare", "FROMAGERIE OUCHE", "BOULANGERIE MAREUIL", "Mairie de Dijon", "fr"),
    Town("Rennes", "France", "FR", 48.1120, -1.6743, "35000", "Rue des Ardoises", "Rue de la Gare", "CREPERIE VILAINE", "BOULANGERIE MAREUIL", "Mairie de Rennes", "fr"),
    Town("Toulouse", "France", "FR", 43.6043, 1.4437, "31000", "Rue du Briquetier", "Rue de la Gare", "DISQUAIRE GARONNE", "BOULANGERIE MAREUIL", "Mairie de Toulouse", "fr"),
    Town("Leipzig", "Germany", "DE", 51.3396, 12.3713, "04109", "Lerchenstrasse", "Bahnhofstrasse", "BUCHLADEN PLEISSE", "BACKHAUS KORNFELD", "Stadt Leipzig", "de"),
    Town("Freiburg", "Germany", "DE", 47.9959, 7.8522, "79098", "Tannenweg", "Bahnhofstrasse", "GEIGENBAU DREISAM", "BACKHAUS KORNFELD", "Stadt Freiburg", "de"),
    Town("Bremen", "Germany", "DE", 53.0758, 8.8072, "28195", "Ankerstrasse", "Bahnhofstrasse", "TEEKONTOR WESER", "BACKHAUS KORNFELD", "Stadt Bremen", "de"),
    Town("Nürnberg", "Germany", "DE", 49.4542, 11.0775, "90402", "Zirkelstrasse", "Bahnhofstrasse", "SPIELZEUG PEGNITZ", "BACKHAUS KORNFELD", "Stadt Nürnberg", "de"),
    Town("Torino", "Italy", "IT", 45.0705, 7.6868, "10121", "Via dei Tessitori", "Via Roma", "LIBRERIA DORANOVA", "PANIFICIO CORTESI", "Comune di Torino", "it"),
    Town("Bologna", "Italy", "IT", 44.4938, 11.3388, "40121", "Via del Setaiolo", "Via Roma", "OTTICA SAVENA", "PANIFICIO CORTESI", "Comune di Bologna", "it"),
    Town("Bari", "Italy", "IT", 41.1177, 16.8512, "70121", "Via del Faro", "Via Roma", "PESCHERIA LEVANTINA", "PANIFICIO CORTESI", "Comune di Bari", "it"),
    Town("Curitiba", "Brazil", "BR", -25.4278, -49.2731, "80020-100", "Rua das Araucarias", "Rua Sete de Setembro", "LIVRARIA PINHALVO", "PADARIA AURORA SUL", "Prefeitura de Curitiba", "com.br"),
    Town("Recife", "Brazil", "BR", -8.0539, -34.8811, "50030-000", "Rua dos Jangadeiros", "Rua Sete de Setembro", "SORVETERIA CAPIBA", "PADARIA AURORA SUL", "Prefeitura do Recife", "com.br"),
    Town("Porto", "Portugal", "PT", 41.1496, -8.6110, "4000-200", "Rua dos Tanoeiros", "Rua da Igreja", "PAPELARIA BOAVENTO", "CAFE MIRADOURO", "Camara Municipal do Porto", "pt"),
    Town("Coimbra", "Portugal", "PT", 40.2056, -8.4195, "3000-100", "Rua do Oleiro", "Rua da Igreja", "ALFARRABISTA MONDEGO", "CAFE MIRADOURO", "Camara Municipal de Coimbra", "pt"),
]
# fmt: on
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
        places += [house(town, f"{town.common} {side}", "8", town.chain, "shop=bakery") for side in ("N", "S", "E", "W")]
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
