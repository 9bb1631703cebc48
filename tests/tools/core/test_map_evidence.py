"""From signs to streets, against a small map on loopback: what counts, what does not, and what stays open."""

import sys
from pathlib import Path

import pytest

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import levels, mass
from geoagent.case.evidence import Clue
from geoagent.case.trace import Trace, extend
from geoagent.errors import ToolInputError
from geoagent.geo import Area, Point, distance_km
from geoagent.photo import Photos
from geoagent.reading.streets import find_streets, read_street
from geoagent.reading.texts import read_clues
from geoagent.testing.map_server import MapPlace, MapServer
from geoagent.tools import TOOLS, ToolContext, call_tool
from geoagent.tools.core.map_evidence import asked_area
from geoagent.web.gate import Gate, Wire

sys.path.insert(0, str(Path(__file__).parents[3] / "scripts"))

from street.picture import render
from street_scenes import Truth, ambiguous_scenes, found_scenes, the_map

ZARAGOZA = Area("ES", "52", 3104324)


def read(*texts: str) -> list[Clue]:
    return [Clue(kind="text", value=text, witness="ocr", confidence=0.95) for text in texts]


class Spot:
    """A photo by its texts, and the calls that are made for it."""

    def __init__(self, beliefs: Beliefs, maps: MapServer, folder: Path, *texts: str) -> None:
        self.clues = read(*texts)
        self.beliefs = beliefs
        self.gate = Gate(Settings(services=maps.services, cache_dir=folder))
        self.trace = Trace(clues=tuple(self.clues), evidence=tuple(read_clues(self.clues, beliefs.atlas)))

    def call(self, tool: str, **arguments: object) -> Trace:
        belief = self.beliefs.of(self.trace.evidence, self.trace.spots)
        context = ToolContext((), self.trace, belief, Photos(), "vlm:scripted", Wire(self.gate))
        added = call_tool(TOOLS, tool, dict(arguments), context)
        self.trace = extend(self.trace, added)
        return added

    def levels(self) -> dict[str, tuple[str, bool]]:
        belief = self.beliefs.of(self.trace.evidence, self.trace.spots)
        return {level.level: (level.name, level.stated) for level in levels(belief)}

    def mass(self, area: Area) -> float:
        return mass(self.beliefs.of(self.trace.evidence, self.trace.spots), area)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Calle del Molino 8, 50003 Zaragoza", ("Calle del Molino", "8", "50003", "Zaragoza")),
        ("Langstraße 21, 8004 Zürich", ("Langstraße", "21", "8004", "Zürich")),
        ("Via Roma 3 - 10121 Torino", ("Via Roma", "3", "10121", "Torino")),
        ("12 Mill Road", ("Mill Road", "12", None, None)),
        ("Kungsgatan 12", ("Kungsgatan", "12", None, None)),
        ("Piazza Dante", ("Piazza Dante", None, None, None)),
        ("69003 LYON", None),
        ("Uppsala 12", None),
        ("Plaza", None),
        ("Tel. +33 4 65 71 00 12", None),
    ],
)
def test_what_of_a_text_is_an_address(text: str, found: tuple[str | None, ...] | None) -> None:
    street = read_street(read(text)[0])
    assert (street[:4] if street else None) == found


def test_a_number_and_a_town_of_their_own_join_the_one_street() -> None:
    (street,) = find_streets(read("Kungsgatan", "12", "753 20 Uppsala"))
    assert street[:4] == ("Kungsgatan", "12", "753 20", "Uppsala")


def test_a_street_counts_only_where_it_was_read(beliefs: Beliefs, tmp_path: Path) -> None:
    place = MapPlace("Calle del Molino", "8", "50003", "Zaragoza", "ES", 41.6532, -0.8744)
    with MapServer([place]) as maps:
        case = Spot(beliefs, maps, tmp_path, "Calle del Molino 8", "Ayuntamiento de Zaragoza")
        first, other = case.clues
        assert not case.call("find_address", street="Calle del Molino", within="Spain").evidence
        assert not case.call("find_address", street="Calle del Molino", within="Spain", clue=other.id).evidence
        assert not case.call("find_address", street="Calle Mayor", within="Spain", clue=first.id).evidence
        case.call("find_address", street="Calle del Molino", number="8", within="Spain", clue=first.id)
    assert case.levels()["street"] == ("Calle del Molino 8, 50003 Zaragoza", True)


@pytest.mark.parametrize(
    ("written", "area"),
    [
        ("Zaragoza, Spain", ZARAGOZA),
        ("Zaragoza, Aragon, Spain", ZARAGOZA),
        ("Spain", Area("ES")),
        ("Korea, North", Area("KP")),
        ("Iran, Islamic Republic of", Area("IR")),
        ("Saksa", Area("DE")),
        ("Zaragoza (Spain)", ZARAGOZA),
        ("China (Hong Kong)", Area("HK")),
        ("Hong Kong, China", Area("HK")),
        ("Seoul, Korea, South", Area.parse("KR.11#1835848")),
    ],
)
def test_a_city_of_a_country_is_searched_and_not_the_country(atlas: Atlas, written: str, area: Area) -> None:
    asked = asked_area(atlas, written)
    assert asked.area == area
    assert (asked.circle is not None) == (area.city is not None)


def test_what_is_no_place_of_a_country_is_not_the_country(atlas: Atlas) -> None:
    with pytest.raises(ToolInputError):
        asked_area(atlas, "Xqzwvk, Spain")


def test_to_search_in_a_town_is_no_evidence_for_it(beliefs: Beliefs, tmp_path: Path) -> None:
    place = MapPlace("Calle del Molino", "8", "50003", "Zaragoza", "ES", 41.6532, -0.8744)
    with MapServer([place]) as maps:
        case = Spot(beliefs, maps, tmp_path, "Calle del Molino")
        before = case.mass(ZARAGOZA)
        added = case.call("find_address", street="Calle del Molino", within="Zaragoza, Spain", clue=case.clues[0].id)
    assert added.evidence
    assert case.mass(ZARAGOZA) == pytest.approx(before, rel=0.5)
    assert "street" not in {name for name, (_, stated) in case.levels().items() if stated}


def test_two_streets_of_one_name_stay_open(beliefs: Beliefs, tmp_path: Path) -> None:
    twins = [MapPlace("Calle Mayor", "", f"5000{n}", "Zaragoza", "ES", 41.64 + n / 100, -0.88) for n in (1, 4)]
    with MapServer(twins) as maps:
        case = Spot(beliefs, maps, tmp_path, "Calle Mayor", "Ayuntamiento de Zaragoza", "www.solera.es")
        case.call("find_address", street="Calle Mayor", within="Zaragoza, Spain", clue=case.clues[0].id)
    assert case.levels()["city"] == ("Zaragoza", True)
    assert not case.levels()["street"][1]


def test_a_list_that_was_cut_off_proves_nothing(beliefs: Beliefs, tmp_path: Path) -> None:
    many = [MapPlace("Calle Mayor", "", "", f"Town {n}", "ES", 37 + n / 10, -3.0) for n in range(50)]
    with MapServer(many) as maps:
        case = Spot(beliefs, maps, tmp_path, "Calle Mayor")
        added = case.call("find_address", street="Calle Mayor", within="Spain", clue=case.clues[0].id)
    assert "narrow" in added.calls[0].text
    assert not added.evidence


def test_things_beside_each_other_are_found(beliefs: Beliefs, tmp_path: Path) -> None:
    stops = [MapPlace("", "", "", "Porto", "PT", 41.1500, -8.6100, tag="railway=tram_stop")]
    shops = [
        MapPlace("Rua A", "1", "", "Porto", "PT", 41.1510, -8.6100, "Farmacia Sol", "amenity=pharmacy"),
        MapPlace("Rua B", "1", "", "Porto", "PT", 41.1700, -8.6100, "Farmacia Lua", "amenity=pharmacy"),
    ]
    with MapServer([*stops, *shops]) as maps:
        case = Spot(beliefs, maps, tmp_path, "Farmacia")
        added = case.call("map_features", area="Porto, Portugal", find="pharmacy", near="tram_stop", within_m=300)
        assert [f["name"] for f in added.calls[0].data["features"]] == ["Farmacia Sol"]
        refused = case.call("map_features", area="Portugal", find="pharmacy")
    assert refused.calls[0].status == "invalid"


@pytest.mark.parametrize(
    "truth", [found_scenes()[0], found_scenes()[16], ambiguous_scenes()[1]], ids=lambda t: t.scene.name
)
@pytest.mark.slow
def test_the_embedded_reasoner_follows_signs_to_the_street(
    truth: Truth, atlas: Atlas, cache: Path, tmp_path: Path
) -> None:
    photo = tmp_path / "scene.jpg"
    render(truth.scene).save(photo, quality=88)
    with MapServer(the_map()) as maps:
        prediction = GeoAgent(Settings(services=maps.services, cache_dir=cache)).solve(photo)
    stated = {level.level for level in prediction.levels if level.stated}
    assert "city" in stated
    assert ("street" in stated) == (truth.place is not None)
    if truth.place is not None:
        assert distance_km(prediction.point, Point(lat=truth.place.lat, lon=truth.place.lon)) < 0.2
