"""`geoagent find "a mosque near a tram stop" --in Porto`: where on the map a thing has others near it."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.cli.options import add_force, positive, take_coordinates
from geoagent.errors import OK, ConfigError

if TYPE_CHECKING:
    from geoagent.atlas import Atlas
    from geoagent.osm.query import Combination
    from geoagent.osm.search import MapSpot
    from geoagent.settings import Settings


def add(commands: Any) -> None:
    """Add the command `find`, which seeks combinations of things on a map, to `commands` (argparse's subparsers)."""
    find = commands.add_parser(
        "find", help="say where on the map a thing has others near it",
        description='Say where on the map a thing has others near it, such as "a mosque within 200 m of a tram stop, '
        'beside a river, no building over 10 storeys".',
    )  # fmt: skip
    find.add_argument("phrase", metavar="PHRASE", help="the thing that is sought, then what is near it and what is not")
    find.add_argument("--in", dest="place", metavar="PLACE", help="a city, region or country, or LAT,LON")
    find.add_argument("--within", type=positive, default=10, metavar="KM", help="how far around LAT,LON (10)")
    find.add_argument("--extract", type=Path, metavar="FILE", help="an extract of OpenStreetMap: .osm.pbf or .osm")
    find.add_argument("--online", action="store_true", help="without an extract: ask Overpass over the network")
    find.add_argument("-k", type=positive, default=20, metavar="N", help="how many spots are shown (20)")
    find.add_argument("--geojson", type=Path, metavar="FILE", help="write all spots as GeoJSON")
    find.add_argument("--json", action="store_true", help="print spots as JSON, one a line")
    take_coordinates(find)
    add_force(find)
    find.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print the spots where a combination is found; the exit code. Raises ConfigError or ToolError."""
    from geoagent.atlas import open_atlas
    from geoagent.files.outputs import check, write
    from geoagent.osm.phrase import read_phrase
    from geoagent.report.find import render_spots, spot_row, spots_geojson, spots_output
    from geoagent.settings import read_settings

    settings = read_settings({"extract": options.extract, "online": options.online or None})
    wanted = read_phrase(options.phrase)
    read = (settings.extract,) if settings.extract else ()
    output = spots_output(options.geojson, read, options.force) if options.geojson else None
    if output:
        check(output)
    atlas = open_atlas(settings.cache)
    where, found = _found(options, settings, wanted, atlas)
    if output:
        write(output, spots_geojson(wanted, found))
    if options.json:
        for spot in found[: options.k]:
            print(json.dumps(spot_row(spot), ensure_ascii=False))
    else:
        print(render_spots(wanted, where, found, options.k, atlas))
    return OK


def _found(
    options: argparse.Namespace, settings: "Settings", wanted: "Combination", atlas: "Atlas"
) -> "tuple[str, list[MapSpot]]":
    """Where was searched, in words, and the spots that were found there."""
    from geoagent.atlas.place_in_words import one_place
    from geoagent.osm.extract import open_extract
    from geoagent.osm.online import spots_online
    from geoagent.osm.search import spots
    from geoagent.tools.core.map_evidence import city_circle
    from geoagent.tools.map_combination import in_area
    from geoagent.web.allowed_services import is_allowed
    from geoagent.web.gate import Gate, Wire
    from geoagent.web.map_answers import Circle
    from geoagent.web.services.overpass import OVERPASS

    place = one_place(atlas, options.place) if options.place else None
    circle = None
    if place is not None and place.exact:
        circle = Circle(place.point, float(options.within))
    elif place is not None and place.area is not None and place.area.city is not None and place.row is not None:
        circle = city_circle(atlas, place.area, place.row)
    where = place.name if place else "the extract"
    if settings.extract is not None:
        extract = open_extract(settings.extract, settings.cache)
        found = spots(wanted, extract, (circle.point, circle.radius_km) if circle else None)
        return where, list(found if circle or place is None else in_area(found, place.area, atlas))
    if not is_allowed(OVERPASS, settings):
        raise ConfigError(
            "no map is at hand: name an extract with --extract FILE.osm.pbf, or let Overpass be asked with --online"
        )
    if circle is None:
        raise ConfigError(
            "name an extract with --extract FILE.osm.pbf, or a city with --in, for Overpass with --online"
        )
    gate = Gate(settings)
    try:
        return where, spots_online(Wire(gate), wanted, circle)
    finally:
        gate.close()
