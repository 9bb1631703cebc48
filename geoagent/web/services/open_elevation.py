"""Open-Elevation: height above the sea at points."""

from collections.abc import Sequence

from geoagent.errors import ToolUnavailable
from geoagent.geo import Point
from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.provider import Provider

OPEN_ELEVATION = Provider(
    name="open_elevation",
    answers="height above the sea in metres at points",
    terms="free without a key; the public server is small, so run your own for many requests",
    base_url="https://api.open-elevation.com/api/v1/lookup",
    every_s=1.0,
    keep_s=365 * 86_400.0,
)


def elevations_m(wire: Wire, points: Sequence[Point]) -> list[float]:
    """The height above the sea of each point, in metres and in order.

    Raises ToolUnavailable where the service is not allowed, or does not answer for every point.
    """
    written = "|".join(f"{point.lat:.5f},{point.lon:.5f}" for point in points)
    rows = part(read_json(wire.ask(OPEN_ELEVATION, params={"locations": written})), list, "results") or []
    heights = [height for row in rows if (height := part(row, (int, float), "elevation")) is not None]
    if len(heights) != len(points):
        raise ToolUnavailable("open_elevation did not answer for every point")
    return heights
