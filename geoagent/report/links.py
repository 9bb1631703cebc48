"""Web pages that lead on from an answer: maps and street pictures at its point, and searches by picture.

They are addresses for a person to open. geoagent asks nothing of them, and no address holds anything of the photo.
"""

import json
import math
from collections.abc import Callable
from typing import Literal, NamedTuple
from urllib.parse import quote

from geoagent.case.prediction import Prediction
from geoagent.geo import Point

SEEN_TILES = 3.0
TILE_KM = 40_075.0
"""The width in km of the map at zoom 0 on the equator."""
ZOOMS = (3, 18)


class Link(NamedTuple):
    """A web page for a person to open: a map at the answered point, street pictures there, or a search by picture."""

    kind: Literal["map", "satellite", "street", "search"]
    name: str
    url: str


def links(prediction: Prediction) -> list[Link]:
    """The web pages that show an answer's point, and those on which a person can search with the photo."""
    return [*place_links(prediction), *SEARCHES]


def with_links(prediction: Prediction) -> str:
    """A prediction with the web pages that lead on from it, as JSON on one line: {"prediction": …, "links": […]}."""
    told = [link._asdict() for link in links(prediction)]
    return json.dumps({"prediction": prediction.model_dump(mode="json"), "links": told}, ensure_ascii=False)


def place_links(prediction: Prediction) -> list[Link]:
    """The web pages that show an answer's point on maps and in street pictures; [] where the answer points nowhere."""
    if not prediction.points_somewhere:
        return []
    point, zoom = prediction.point, zoom_for(prediction.point, prediction.radius_km_90)
    return [Link(kind, name, address(_of(point), zoom)) for kind, name, address in PLACES]


def zoom_for(point: Point, radius_km: float) -> int:
    """The zoom of a web map, from 3 to 18, at which a circle of `radius_km` round a point just fits a window."""
    across_km = TILE_KM * max(math.cos(math.radians(point.lat)), 0.01)
    fits = math.log2(SEEN_TILES * across_km / (2 * max(radius_km, 0.001)))
    return max(ZOOMS[0], min(ZOOMS[1], math.floor(fits)))


class _Position(NamedTuple):
    """A position as addresses have it: decimal degrees, never in powers of ten."""

    lat: str
    lon: str


def _of(point: Point) -> _Position:
    return _Position(f"{point.lat:.6f}", f"{point.lon:.6f}")


_Address = Callable[[_Position, int], str]
_GOOGLE = "https://www.google.com/maps/@?api=1&map_action="
PLACES: tuple[tuple[Literal["map", "satellite", "street"], str, _Address], ...] = (
    (
        "map", "OpenStreetMap",
        lambda p, z: f"https://www.openstreetmap.org/?mlat={p.lat}&mlon={p.lon}#map={z}/{p.lat}/{p.lon}",
    ),
    ("map", "Google Maps", lambda p, z: f"{_GOOGLE}map&center={p.lat}%2C{p.lon}&zoom={z}"),
    ("street", "Google Street View", lambda p, _: f"{_GOOGLE}pano&viewpoint={p.lat}%2C{p.lon}"),
    ("map", "Bing Maps", lambda p, z: f"https://www.bing.com/maps?cp={p.lat}~{p.lon}&lvl={z}&sp=point.{p.lat}_{p.lon}"),
    ("map", "Apple Maps", lambda p, z: f"https://maps.apple.com/?ll={p.lat}%2C{p.lon}&q={p.lat}%2C{p.lon}&z={z}"),
    (
        "satellite", "Sentinel (Copernicus Browser)",
        lambda p, z: f"https://browser.dataspace.copernicus.eu/?zoom={z}&lat={p.lat}&lng={p.lon}",
    ),
    (
        "satellite", "Wayback imagery (Esri)",
        lambda p, z: f"https://livingatlas.arcgis.com/wayback/#mapCenter={quote(f'{p.lon},{p.lat},{z}')}&mode=explore",
    ),
    ("street", "Mapillary", lambda p, z: f"https://www.mapillary.com/app/?lat={p.lat}&lng={p.lon}&z={z}"),
    ("street", "KartaView", lambda p, z: f"https://kartaview.org/map/@{p.lat},{p.lon},{z}z"),
)  # fmt: skip
"""What shows a point, each with the address that it takes."""
SEARCHES = (
    Link("search", "Google Lens", "https://lens.google.com/"),
    Link("search", "Yandex Images", "https://yandex.com/images/"),
    Link("search", "Bing Visual Search", "https://www.bing.com/visualsearch"),
    Link("search", "TinEye", "https://tineye.com/"),
)
"""Pages to which a person uploads the photo; geoagent sends them nothing."""
