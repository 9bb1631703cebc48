"""The tool `map_combination`: finds where on the map a thing has others near it, in the user's extract of OpenStreetMap
or through Overpass.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import Annotated

from pydantic import Field

from geoagent.atlas import Atlas
from geoagent.errors import ConfigError, ToolInputError
from geoagent.geo import Area
from geoagent.osm.extract import open_extract
from geoagent.osm.online import spots_online
from geoagent.osm.phrase import read_phrase
from geoagent.osm.query import Combination
from geoagent.osm.search import MapSpot, spots
from geoagent.tools.core.map_evidence import Asked, Finding, Hit, asked_area, hits_trace, merged
from geoagent.tools.core.tool import Tool, ToolContext, ToolResult, as_tool
from geoagent.tools.map_features import SIGHT_KM, Clues
from geoagent.web.untrusted_text import quoted

SHOWN, MOST = 10, 60
Phrase = Annotated[
    str,
    Field(
        min_length=3,
        max_length=300,
        description='such as "a mosque within 200 m of a tram stop, beside a river, no building over 10 storeys"',
    ),
]
Where = Annotated[str, Field(min_length=2, max_length=100, description="City, Country")]
Search = Callable[[ToolContext, Combination, Asked], Iterable[MapSpot]]


def map_combination(context: ToolContext, phrase: Phrase, area: Where, clues: Clues = []) -> ToolResult:  # noqa: B006  # read only
    """Find on the map of a city where a thing has others near it, and others not. The first thing is the one sought.

    With `clues` the places count as evidence of where in that city the photo was taken, not that it was taken there.
    """
    return _combined(context, phrase, area, clues, _online)


def combination_tool(extract: Path, cache: Path) -> Tool:
    """The tool `map_combination`, answered from the user's own extract of OpenStreetMap instead of a service; `cache`
    is the folder for what is made of the extract.

    Raises ConfigError where the extract cannot be read.
    """
    opened = open_extract(extract, cache)

    def search(context: ToolContext, wanted: Combination, asked: Asked) -> Iterable[MapSpot]:
        circle = asked.circle
        found = spots(wanted, opened, (circle.point, circle.radius_km) if circle else None)
        return found if circle else in_area(found, asked.area, context.belief.atlas)

    @wraps(map_combination)
    def in_extract(context: ToolContext, phrase: Phrase, area: Where, clues: Clues = []) -> ToolResult:  # noqa: B006  # read only
        return _combined(context, phrase, area, clues, search)

    return as_tool(in_extract, max_calls=8)


def in_area(found: Iterable[MapSpot], area: Area | None, atlas: Atlas) -> Iterator[MapSpot]:
    """Those of the map spots that lie in an area, in the order given; all of them where `area` is None."""
    for spot in found:
        key = None if area is None else atlas.at(spot.point).place.key
        if area is None or (key is not None and area.contains(key)):
            yield spot


def _online(context: ToolContext, wanted: Combination, asked: Asked) -> list[MapSpot]:
    if asked.circle is None:
        raise ToolInputError("name a city; a whole country is too much for a map service")
    return spots_online(context.wire, wanted, asked.circle)


def _combined(context: ToolContext, phrase: str, area: str, clues: list[str], search: Search) -> ToolResult:
    try:
        wanted = read_phrase(phrase)
    except ConfigError as error:
        raise ToolInputError(str(error)) from error
    asked = asked_area(context.belief.atlas, area)
    found = list(islice(search(context, wanted, asked), MOST + 1))
    left_out = "".join(f'; not understood and left out: "{part}"' for part in wanted.not_understood)
    data = {
        "asked": wanted.model_dump(mode="json"),
        "spots": [{"name": s.name, "lat": s.point.lat, "lon": s.point.lon, "fit": round(s.fit, 3)} for s in found],
    }
    if not found:
        return ToolResult(text=f"the map has no such combination in {area}{left_out}", data=data)
    text = quoted("the map", "; ".join(map(_told, found[:SHOWN])), 1500)
    text += (f" and {len(found) - SHOWN} more" if len(found) > SHOWN else "") + left_out
    shown = tuple(c.id for c in context.trace.clues if c.id in clues and c.witness in ("ocr", context.witness))
    if len(found) > MOST or not shown:
        why = f"More than {MOST} fit: ask for more at once" if len(found) > MOST else "It counts only with ids of clues"
        return ToolResult(text=f"{text}. {why}", data=data)
    said = Finding(
        f"on the map of {area} {wanted} is found at {len(found)} place{'s' * (len(found) > 1)}", "map_combination",
        "map_combination", f"opinion:{context.witness}", shown,
    )  # fmt: skip
    least = min(spot.fit for spot in found)
    hits = merged([Hit(s.name or wanted.thing.kind, s.point, SIGHT_KM, s.fit / least) for s in found])
    evidence, cases = hits_trace(context, hits, asked.area, said)
    return ToolResult(text=text, data=data, evidence=(evidence,), spots=cases)


def _told(spot: MapSpot) -> str:
    name = f"{spot.name} at " if spot.name else ""
    return f"{name}{spot.point.lat:.5f}, {spot.point.lon:.5f} (fits {100 * spot.fit:.0f} %)"
