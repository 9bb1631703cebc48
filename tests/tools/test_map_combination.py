"""Combinations on the map as evidence: they overturn a wrong leader, and say nothing where nothing fits."""

import json
from pathlib import Path

import pytest

from geoagent.belief import Beliefs
from geoagent.belief.readout import rank_spots
from geoagent.case.evidence import Clue, Evidence, Spot
from geoagent.case.likelihood import Kernel, Mixture
from geoagent.case.trace import Trace, extend
from geoagent.errors import ConfigError
from geoagent.geo import Point
from geoagent.photo import Photos
from geoagent.settings import Settings
from geoagent.tools import TOOLS, ToolContext, call_tool
from geoagent.tools.map_combination import combination_tool
from geoagent.web.gate import Gate, Wire
from tests.internet import Reply, Web
from tests.osm.made import Made

WRONG, RIGHT = Point(lat=41.1500, lon=-8.6100), Point(lat=41.1600, lon=-8.6300)
SHOPS = {"the wrong shop": WRONG, "the right shop": RIGHT}
PHRASE = "a mosque within 200 m of a tram stop"
SEEN = Clue(kind="object", value="a mosque behind a tram stop", witness="vlm:scripted")


def kernel(at: Point) -> Kernel:
    return Kernel(lat=at.lat, lon=at.lon, sigma_km=0.03)


class Case:
    """A photo in Porto that was taken near one of two shops, as it seems at WRONG."""

    def __init__(self, beliefs: Beliefs, wire: Wire | None = None) -> None:
        self.beliefs, self.wire = beliefs, wire or Wire()
        shops = Mixture(parts=((0.6, kernel(WRONG)), (0.2, kernel(RIGHT))))
        told = "a shop of that name stands at two places"
        says = Evidence(
            kind="map_feature", witness="tool:map_features", statement=told, likelihood=shops, level="street", group="w"
        )  # fmt: skip
        at = Kernel(lat=41.1496, lon=-8.611, sigma_km=4.0)
        town = Evidence(kind="hint", witness="user", statement="Porto", likelihood=at, level="city", group="u")
        spots = tuple(Spot(name=name, point=at, radius_km=0.15, evidence=says.id) for name, at in SHOPS.items())
        self.trace = Trace(clues=(SEEN,), evidence=(says, town), spots=spots)

    def call(self, tool: str, tools: dict[str, object], **arguments: object) -> Trace:
        belief = self.beliefs.of(self.trace.evidence, self.trace.spots)
        context = ToolContext((), self.trace, belief, Photos(), "vlm:scripted", self.wire)
        added = call_tool(tools, tool, dict(arguments), context)  # type: ignore[arg-type]
        self.trace = extend(self.trace, added)
        return added

    def leader(self) -> str:
        """The name of the spot that is believed most."""
        return rank_spots(self.beliefs.of(self.trace.evidence, self.trace.spots), 1)[0].name


def tools(folder: Path, at: Point | None) -> dict[str, object]:
    made = Made(folder / "a.osm.pbf")
    made.node(38.7, -9.1, {"amenity": "cafe"})
    if at:
        made.node(at.lat, at.lon, {"amenity": "place_of_worship", "religion": "muslim", "name": "Central Mosque"})
        made.node(at.lat + 0.001, at.lon, {"railway": "tram_stop"})
    made.close()
    return {"map_combination": combination_tool(folder / "a.osm.pbf", folder / "cache")}


def test_a_combination_overturns_a_wrong_leader(beliefs: Beliefs, tmp_path: Path) -> None:
    case = Case(beliefs)
    assert case.leader() == "the wrong shop"
    added = case.call("map_combination", tools(tmp_path, RIGHT), phrase=PHRASE, area="Porto, Portugal", clues=[SEEN.id])
    assert "Central Mosque" in added.calls[0].text
    assert [item.kind for item in added.evidence] == ["map_combination"]
    assert case.leader() != "the wrong shop"


def test_it_abstains_where_nothing_fits_or_nothing_was_seen(beliefs: Beliefs, tmp_path: Path) -> None:
    case = Case(beliefs)
    found = tools(tmp_path, RIGHT)
    added = case.call("map_combination", found, phrase=PHRASE, area="Porto, Portugal")
    assert "It counts only with ids of clues" in added.calls[0].text
    none = tools(tmp_path, None)
    empty = case.call("map_combination", none, phrase=PHRASE, area="Porto, Portugal", clues=[SEEN.id])
    assert "no such combination" in empty.calls[0].text
    assert not added.evidence
    assert not empty.evidence
    assert case.leader() == "the wrong shop"
    assert (
        case.call("map_combination", none, phrase="a green wall", area="Porto, Portugal").calls[0].status == "invalid"
    )


def test_an_extract_that_is_none_is_told_when_the_case_is_opened(tmp_path: Path) -> None:
    (tmp_path / "a.osm.pbf").write_text("no extract")
    with pytest.raises(ConfigError, match="not an extract"):
        combination_tool(tmp_path / "a.osm.pbf", tmp_path / "cache")


def test_overpass_answers_the_same_where_it_is_allowed(beliefs: Beliefs, tmp_path: Path) -> None:
    node = {"type": "node", "id": 1, "lat": RIGHT.lat, "lon": RIGHT.lon, "tags": {"name": "Central Mosque"}}
    with Web({"127.0.0.1/api": Reply(json.dumps({"elements": [node]}), "application/json")}) as web:
        settings = Settings(services={"overpass": f"{web.url}/api"}, cache_dir=tmp_path)
        case = Case(beliefs, Wire(Gate(settings, web.network)))
        added = case.call("map_combination", dict(TOOLS), phrase=PHRASE, area="Porto, Portugal", clues=[SEEN.id])
    assert [item.kind for item in added.evidence] == ["map_combination"]
    assert case.leader() != "the wrong shop"
