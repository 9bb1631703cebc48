"""The sun, heights and weather of a place."""

import json
from pathlib import Path

import pytest

from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass
from geoagent.case.evidence import Evidence, ToolCall
from geoagent.case.likelihood import Alternative, Alternatives
from geoagent.case.trace import Trace
from geoagent.case.views import FilmFrame, PhotoRef, View
from geoagent.geo import Area
from geoagent.photo import Photos
from geoagent.settings import Settings
from geoagent.tools import TOOLS, ToolContext, call_tool
from geoagent.web.gate import Gate, Wire
from tests.internet import Reply, Web
from tests.opened import says


def call(beliefs: Beliefs, tool: str, wire: Wire, **arguments: object) -> ToolCall:
    context = ToolContext((), Trace(), beliefs.of(()), Photos(), "vlm:scripted", wire)
    return call_tool(TOOLS, tool, dict(arguments), context).calls[0]


def test_the_noon_sun_of_a_solstice_is_where_it_must_be(beliefs: Beliefs, atlas: Atlas) -> None:
    found = call(beliefs, "sun", Wire(), lat=0.0, lon=0.0, when="2020-06-20T12:02")
    assert found.data["elevation_deg"] == pytest.approx(90 - 23.44, abs=0.1)
    assert (found.data["azimuth_deg"] + 180) % 360 == pytest.approx(180, abs=1.5)
    assert call(beliefs, "sun", Wire(), lat=0.0, lon=0.0, when="noon").status == "invalid"
    assert "below" in call(beliefs, "sun", Wire(), lat=0.0, lon=0.0, when="2020-06-20T00:00").text


def test_the_address_at_a_point_is_told(beliefs: Beliefs, tmp_path: Path) -> None:
    row = {
        "lat": "41.652", "lon": "-0.879",
        "address": {"road": "Calle del Molino", "house_number": "8", "city": "Zaragoza", "country_code": "es"},
    }  # fmt: skip
    with Web({"127.0.0.1/reverse": Reply(json.dumps(row), "application/json")}) as web:
        wire = Wire(Gate(Settings(services={"nominatim": web.url}, cache_dir=tmp_path), web.network))
        found = call(beliefs, "address_at", wire, lat=41.652, lon=-0.878)
        assert "Calle del Molino 8, Zaragoza, ES" in found.text
        assert found.data["away_m"] == 83
        web.pages = {"127.0.0.1/reverse": Reply('{"error": "Unable to geocode"}', "application/json")}
        assert "no road" in call(beliefs, "address_at", wire, lat=0.0, lon=0.0).text


def test_heights_and_weather_are_told(beliefs: Beliefs, tmp_path: Path) -> None:
    heights = Reply(json.dumps({"results": [{"elevation": 208}, {"elevation": 0}]}), "application/json")
    day = Reply(json.dumps({"daily": {"temperature_2m_max": [31.5], "rain_sum": [0.0]}}), "application/json")
    with Web({"127.0.0.1/height": heights, "127.0.0.1/day": day}) as web:
        services = {"open_elevation": f"{web.url}/height", "open_meteo": f"{web.url}/day"}
        wire = Wire(Gate(Settings(services=services, cache_dir=tmp_path), web.network))
        assert call(beliefs, "elevation", wire, points=[[41.6, -0.9], [0, 0]]).data["metres"] == [208, 0]
        assert call(beliefs, "elevation", wire, points=[[141.6, -0.9]]).status == "invalid"
        found = call(beliefs, "weather_on", wire, lat=41.6, lon=-0.9, day="2019-07-31")
        assert "31.5 °C at the warmest" in found.text
        assert call(beliefs, "weather_on", wire, lat=41.6, lon=-0.9, day="2019-02-31").status == "invalid"


MENDOZA = {"when": "2024-06-01 13:30", "clock": "local", "sun_height_deg": 34.4, "shadow_deg": 175.0}
"""What somebody measures in Mendoza in winter, where the sun at that hour stands in the north."""


PHOTO = PhotoRef(path="a.jpg", id="0" * 16, width=640, height=480)


def measured(**data: object) -> ToolCall:
    return ToolCall(tool="measure", arguments={}, status="ok", text="measured", data=data)


@pytest.mark.parametrize("is_measured", [True, False])
def test_a_measured_shadow_overturns_a_wrong_opinion_and_a_stated_one_does_not(
    beliefs: Beliefs, is_measured: bool
) -> None:
    opinion = Evidence(
        kind="opinion", witness="vlm:scripted", statement="it looks like Spain", group="opinion:vlm:scripted",
        likelihood=Alternatives(
            places=(Alternative(area=Area("ES"), probability=0.9), Alternative(area=Area("AR"), probability=0.05))
        ),
    )  # fmt: skip
    calls = (measured(view=1, sun_elevation_deg=34.0, sun_deg=355.0, compass=True),) if is_measured else ()
    trace = Trace(evidence=(opinion,), calls=calls, views=(View(number=1, photo=0),))
    context = ToolContext((PHOTO,), trace, beliefs.of([opinion]), Photos(), "vlm:scripted")
    added = call_tool(TOOLS, "sun", MENDOZA, context)
    (said,) = added.evidence
    assert said.call == added.calls[0].id
    after = beliefs.of([opinion, said])
    leads = mass(after, Area("AR")) > mass(after, Area("ES"))
    assert leads == is_measured


def test_shadows_in_frames_of_one_film_are_one_observation(beliefs: Beliefs) -> None:
    def groups(refs: tuple[PhotoRef, ...]) -> set[str]:
        views = tuple(View(number=n, photo=n - 1) for n in (1, 2))
        calls = tuple(measured(view=n, sun_elevation_deg=30.0 + 2 * n) for n in (1, 2))
        trace = Trace(views=views, calls=calls)
        context = ToolContext(refs, trace, beliefs.of(()), Photos(), "vlm:scripted")
        asked = ({"when": f"2024-06-01 13:3{n}", "clock": "utc", "sun_height_deg": 30.0 + 2 * n} for n in (1, 2))
        told = [call_tool(TOOLS, "sun", {**one, "error_deg": 1.0}, context) for one in asked]
        return {item.group for added in told for item in added.evidence}

    film = FilmFrame(film="a.mp4", sha256="0" * 64, at_s=1)
    assert len(groups((PHOTO, PHOTO))) == 2
    assert len(groups(tuple(PHOTO.model_copy(update={"frame": film}) for _ in range(2)))) == 1


@pytest.mark.slow
def test_a_height_that_fits_half_the_world_moves_little(beliefs: Beliefs) -> None:
    opinion = says(ES=1.0, AR=0.5)
    context = ToolContext((), Trace(evidence=(opinion,)), beliefs.of([opinion]), Photos(), "vlm:scripted")
    wide = {"when": "2024-03-20 08:00/16:00", "clock": "local", "sun_height_deg": 20.0, "error_deg": 10.0}
    (said,) = call_tool(TOOLS, "sun", wide, context).evidence
    before, after = beliefs.of([opinion]), beliefs.of([opinion, said])
    assert mass(after, Area("ES")) == pytest.approx(mass(before, Area("ES")), abs=0.1)


def test_hours_at_a_place_and_what_cannot_be(beliefs: Beliefs) -> None:
    found = call(beliefs, "sun", Wire(), lat=38.7, lon=-9.1, when="2024-06-01", clock="local", sun_height_deg=37.0)
    assert found.data["fits"][0].startswith("2024-06-01 09:")
    refused = {
        "by which clock": {"when": "2024-06-01 14:30", "sun_height_deg": 30.0},
        "nowhere on land": {"when": "2024-06-01 00:30", "clock": "local", "sun_height_deg": 85.0},
        "give lat and lon": {"when": "2024-06-01 14:30"},
        "the sun moves": {"when": "2024-06-01", "lat": 1.0, "lon": 1.0},
        "the clock is": {"when": "2024-06-01", "clock": "mine", "sun_height_deg": 30.0},
    }
    for told, arguments in refused.items():
        made = call(beliefs, "sun", Wire(), **arguments)
        assert made.status == "invalid"
        assert told in made.text
