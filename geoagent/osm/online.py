"""Combinations of things asked of Overpass, where the user has no extract; it knows only what fits in full."""

from geoagent.errors import ToolUnavailable
from geoagent.osm.query import Combination, Thing
from geoagent.osm.search import MapSpot
from geoagent.osm.vocabulary import BUILDING, things
from geoagent.plain_text import fold
from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.map_answers import Circle, point_of
from geoagent.web.services.overpass import OVERPASS, SERVER_S, name_filter
from geoagent.web.untrusted_text import clean

MOST = 100


def spots_online(wire: Wire, wanted: Combination, inside: Circle) -> list[MapSpot]:
    """The places inside a circle where a combination is found in full, at most 100. Raises ToolUnavailable."""
    data = read_json(wire.ask(OVERPASS, params={"data": combination_query(wanted, inside)}))
    remark = part(data, str, "remark")
    if remark and "error" in remark:
        raise ToolUnavailable(f"overpass gave up: {clean(remark, 150)}; ask for less")
    found = []
    for row in (part(data, list, "elements") or [])[:MOST]:
        centre = row if part(row, (int, float), "lat") is not None else part(row, dict, "center")
        point = point_of(part(centre, (int, float), "lat"), part(centre, (int, float), "lon"))
        name = clean(part(row, str, "tags", "name") or "", 100)
        asked = wanted.thing.name
        if point and (asked is None or fold(asked) in fold(name)):
            found.append(MapSpot(name, point, 1.0, tuple(float(one.within_m) for one in wanted.near)))
    return found


def combination_query(wanted: Combination, inside: Circle) -> str:
    """The query in Overpass QL for a combination inside a circle: sets of what is near, and of what must not be."""
    far = max([one.within_m for one in (*wanted.near, *wanted.without)], default=0)
    centre = f"{inside.point.lat:.5f},{inside.point.lon:.5f}"
    circle = f"(around:{round(inside.radius_km * 1000)},{centre})"
    wider = f"(around:{round(inside.radius_km * 1000) + far},{centre})"
    lines = [f"[out:json][timeout:{SERVER_S}];"]
    named = [*((f"near{i}", one) for i, one in enumerate(wanted.near))]
    named += [(f"not{i}", one) for i, one in enumerate(wanted.without)]
    lines += [f"{_any(one.thing, wider)}->.{name};" for name, one in named]
    beside = "".join(f"(around.{name}:{one.within_m})" for name, one in named if name.startswith("near"))
    lines.append(f"{_any(wanted.thing, circle)}->.all;nwr.all{beside}->.all;")
    for name, one in named:
        if name.startswith("not"):
            lines.append(f"nwr.all(around.{name}:{one.within_m})->.out;(.all;-.out;)->.all;")
    return "".join([*lines, f".all out center {MOST};"])


def _any(thing: Thing, inside: str) -> str:
    """A union of what a thing may be tagged as."""
    name = name_filter(thing.name) if thing.name else ""
    if thing.kind == BUILDING:
        tall = f'(if:number(t["building:levels"])>{thing.over_storeys or 0})'
        return f'(nwr["building"]["building:levels"]{name}{tall}{inside};)'
    alternatives = ("".join(f'["{key}"="{value}"]' for key, value in conditions) for conditions in things()[thing.kind])
    return f"({''.join(f'nwr{tags}{name}{inside};' for tags in alternatives)})"
