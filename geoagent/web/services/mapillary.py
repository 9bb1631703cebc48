"""Mapillary: where street-level pictures were taken, and when (Graph API of version 4)."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from geoagent.geo import Point
from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.map_answers import Circle, point_of
from geoagent.web.provider import Provider
from geoagent.web.untrusted_text import clean

MAPILLARY = Provider(
    name="mapillary",
    answers="street-level pictures near a point: where and when they were taken, and which way they look",
    terms="needs a free token; pictures are CC BY-SA 4.0",
    base_url="https://graph.mapillary.com",
    key="query access_token",
    every_s=0.2,
    keep_s=86_400.0,
)
MOST = 20
FIELDS = "id,computed_geometry,geometry,compass_angle,captured_at,is_pano,thumb_1024_url"


class StreetPicture(NamedTuple):
    """A street-level picture: its id, where it was taken, which way it looks, on which day ("2024-06-01"), and its
    address.

    `heading_deg` is in degrees from north, None where it is not known; `day` and `url` are then empty.
    """

    id: str
    point: Point
    heading_deg: float | None
    day: str
    url: str


def pictures_near(wire: Wire, around: Circle) -> list[StreetPicture]:
    """The street-level pictures inside the box round a circle, at most 20; their addresses may then be read.

    Raises ToolUnavailable where the service is not allowed or does not answer.
    """
    south, west, north, east = around.box_deg()
    bbox = f"{west:.6f},{south:.6f},{east:.6f},{north:.6f}"
    answer = wire.ask(MAPILLARY, "/images", {"bbox": bbox, "fields": FIELDS, "limit": MOST})
    found = [_picture(row) for row in (part(read_json(answer), list, "data") or [])[:MOST]]
    pictures = [picture for picture in found if picture]
    supplied = wire.supply(picture.url for picture in pictures if picture.url)
    return [
        picture._replace(url=supplied.get(picture.url, ""))
        for picture in pictures
        if not picture.url or picture.url in supplied
    ]


def _picture(row: Any) -> StreetPicture | None:
    place = part(row, list, "computed_geometry", "coordinates") or part(row, list, "geometry", "coordinates") or []
    point = point_of(place[1], place[0]) if len(place) == 2 else None
    number = part(row, str, "id")
    if point is None or not number:
        return None
    taken_ms = part(row, (int, float), "captured_at")
    day = datetime.fromtimestamp(taken_ms / 1000, UTC).date().isoformat() if taken_ms and 0 < taken_ms < 4e12 else ""
    url = part(row, str, "thumb_1024_url") or ""
    return StreetPicture(clean(number, 40), point, part(row, (int, float), "compass_angle"), day, url)
