"""Overpass: things on the map by kind, by name, and by what is near them (OpenStreetMap data, Overpass QL).

The query is put together here from typed parts; a name enters it as letters, digits, spaces and full stops.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from geoagent.errors import ToolInputError, ToolUnavailable
from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.map_answers import Circle, Feature, point_of
from geoagent.web.map_vocabulary import TAGS, FeatureName
from geoagent.web.provider import Provider
from geoagent.web.untrusted_text import clean

OVERPASS = Provider(
    name="overpass",
    answers="things on the map in a city: of a kind, of a name, within some metres of another",
    terms="the public server asks for at most 10,000 requests a day, two at a time; "
    "data © OpenStreetMap contributors, ODbL",
    base_url="https://overpass-api.de/api/interpreter",
    every_s=1.0,
    keep_s=7 * 86_400.0,
)
MOST = 60
SERVER_S = 20
KINDS = ("shop", "amenity", "tourism", "leisure", "historic", "office", "craft", "railway", "building", "highway")


class Wanted(NamedTuple):
    """What to find on the map: a kind of thing, a name that the thing bears, or both."""

    kind: FeatureName | None = None
    name: str | None = None


def features(
    wire: Wire, wanted: Sequence[Wanted], inside: Circle, near: Wanted | None = None, within_m: int = 300
) -> list[Feature]:
    """The things of the wanted kinds or names inside a circle, at most 60; with `near`, only those within `within_m`
    metres of such a thing.

    Raises ToolInputError where nothing is wanted or a name is too short, ToolUnavailable where the service is not
    allowed, does not answer or gives up.
    """
    data = read_json(wire.ask(OVERPASS, params={"data": query(wanted, inside, near, within_m)}))
    remark = part(data, str, "remark")
    if remark and "error" in remark:
        raise ToolUnavailable(f"overpass gave up: {clean(remark, 150)}; ask for less")
    rows = part(data, list, "elements") or []
    return [feature for row in rows[:MOST] if (feature := _feature(row))]


def query(wanted: Sequence[Wanted], inside: Circle, near: Wanted | None, within_m: int) -> str:
    """The query in Overpass QL that `features` sends. Raises ToolInputError where nothing is wanted or a name is too
    short.
    """
    circle = f"(around:{round(inside.radius_km * 1000)},{inside.point.lat:.5f},{inside.point.lon:.5f})"
    lines = [f"[out:json][timeout:{SERVER_S}];"]
    beside = ""
    if near:
        lines.append(f"nwr{_filters(near)}{circle}->.beside;")
        beside = f"(around.beside:{within_m})"
    lines.append(f"({''.join(f'nwr{_filters(one)}{circle}{beside};' for one in wanted)});")
    return "".join([*lines, f"out center {MOST};"])


def _filters(wanted: Wanted) -> str:
    found = ""
    if wanted.kind:
        key, _, value = TAGS[wanted.kind].partition("=")
        found += f'["{key}"="{value}"]'
    if wanted.name:
        found += name_filter(wanted.name)
    if not found:
        raise ToolInputError("say what to find: a kind of thing, a name, or both")
    return found


def name_filter(name: str) -> str:
    """The filter for things of a name, in any letter case. Raises ToolInputError for a name that is too short."""
    return f'["name"~"^{_pattern(name)}$",i]'


def _pattern(name: str) -> str:
    """A name as a regular expression: letters and digits stand for themselves, all else for any character."""
    if sum(ch.isalnum() for ch in name) < 2:
        raise ToolInputError(f"{clean(name, 80)!r} is too short to be searched for as a name")
    return "".join(ch if ch.isalnum() or ch == " " else "." for ch in clean(name, 80))


def _feature(row: Any) -> Feature | None:
    centre = row if part(row, (int, float), "lat") is not None else part(row, dict, "center")
    point = point_of(part(centre, (int, float), "lat"), part(centre, (int, float), "lon"))
    tags = part(row, dict, "tags") or {}
    if point is None:
        return None
    kind = next((f"{key}={tags[key]}" for key in KINDS if isinstance(tags.get(key), str)), "")
    street = part(tags, str, "addr:street") or ""
    number = part(tags, str, "addr:housenumber") or ""
    return Feature(
        name=clean(part(tags, str, "name") or "", 200),
        street=clean(f"{street} {number}".strip(), 200),
        kind=clean(kind, 80),
        point=point,
    )
