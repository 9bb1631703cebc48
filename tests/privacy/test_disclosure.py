"""An answer told more coarsely: nothing finer is in any output, and what is told is still true."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from geoagent import GeoAgent, Settings, TraceFile
from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass
from geoagent.case.evidence import Candidate, PlacePath
from geoagent.case.trace import Trace, check, extend
from geoagent.files.folders import MARKER
from geoagent.geo import Area
from geoagent.plain_text import fold
from geoagent.privacy.disclosure import disclose
from geoagent.report.terminal import render
from geoagent.report.write import write_report
from geoagent.runs.trace_files import load_trace, save_trace
from geoagent.testing.scripted_model import ScriptedModel, action, look
from tests.command import geoagent

NAMES = ("Zaragoza", "Aragon", "Aragón", "Saragossa", "Zaragossa", "Calle del Molino", "Molino", "Ebrolino", "50003")
HINT = "in ZARAGOZA, on Calle-del-Molino"


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = tmp_path_factory.mktemp("zaragoza") / "Calle_del_Molino-zaragoza.jpg"
    named.write_bytes((Path(__file__).parents[2] / "examples" / "photos" / "spain_zaragoza.jpg").read_bytes())
    return named


@pytest.fixture(scope="module")
def exact(agent: GeoAgent, photo: Path) -> TraceFile:
    return agent.trace(photo, hint=HINT)


def told(text: str, names: tuple[str, ...] = NAMES) -> list[str]:
    """Which names a text tells: as they stand, without accents and case, with other signs between the words."""
    plain, folded = text.casefold(), fold(text)
    unescaped = fold(re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text))
    closed = folded.replace(" ", "")
    return [
        name
        for name in names
        if name.casefold() in plain or fold(name) in folded or fold(name) in unescaped
        or fold(name).replace(" ", "") in closed
    ]  # fmt: skip


def test_the_search_finds_every_form() -> None:
    for text in (
        "in ZARAGOZA",
        "calle_del_molino.jpg",
        "Saragossa",
        "arag\u00f3n",
        json.dumps("Aragón"),
        "CALLEDELMOLINO",
    ):
        assert told(text), text
    assert told("Spain, 40.4, not disclosed") == []


@pytest.mark.parametrize("level", ["city", "country"])
def test_a_coarse_trace_is_whole(exact: TraceFile, beliefs: Beliefs, level: Any, tmp_path: Path) -> None:
    coarse = disclose(exact, level, beliefs)
    check(coarse.trace)
    save_trace(coarse, tmp_path / "t.json")
    assert load_trace(tmp_path / "t.json", lambda: beliefs).file == coarse
    assert coarse.disclosure == level
    assert disclose(coarse, level, beliefs) is coarse
    assert disclose(coarse, "exact", beliefs) is coarse


def test_with_country_no_name_is_left(exact: TraceFile, beliefs: Beliefs) -> None:
    assert set(told(exact.model_dump_json())) >= {"Zaragoza", "Aragon", "Calle del Molino", "Ebrolino", "50003"}
    coarse = disclose(exact, "country", beliefs)
    for text in (coarse.model_dump_json(), render(coarse), json.dumps(coarse.model_dump(mode="json"))):
        assert told(text) == []
    assert "Spain" in render(coarse)
    assert [level.level for level in coarse.prediction.levels] == ["country"]
    keys = json.dumps([item.likelihood.model_dump() for item in coarse.trace.evidence])
    assert "#" not in keys
    assert "ES." not in keys


def test_with_city_the_city_is_told_and_no_street(exact: TraceFile, beliefs: Beliefs) -> None:
    coarse = disclose(exact, "city", beliefs)
    left = told(coarse.model_dump_json() + render(coarse))
    assert set(left) <= {"Zaragoza", "Aragon", "Aragón"}
    assert coarse.prediction.stated is not None
    assert coarse.prediction.stated.name == "Zaragoza"
    through = disclose(coarse, "country", beliefs)
    assert told(through.model_dump_json() + render(through)) == []


def test_no_pixel_can_be_shown(exact: TraceFile, beliefs: Beliefs) -> None:
    coarse = disclose(exact, "city", beliefs)
    assert exact.photos[0].id not in coarse.model_dump_json()
    assert [ref.path for ref in coarse.photos] == ["photo 1"]
    assert all(view.of is None and view.beside is None for view in coarse.trace.views)


def test_places_that_are_hardly_probable_are_not_told(exact: TraceFile, beliefs: Beliefs) -> None:
    named = (
        PlacePath(country="India", key="IN"),
        PlacePath(country="United States", city="Houston", key="US.TX#4699066"),
    )
    doubted = tuple(Candidate(place=place, proposer="vlm:x") for place in named)
    file = exact.model_copy(update={"trace": extend(exact.trace, Trace(candidates=doubted))})
    for level in ("country", "city"):
        assert told(disclose(file, level, beliefs).model_dump_json(), ("India", "Houston")) == []


def test_the_country_is_as_probable_as_before_and_the_evidence_leads_to_it(
    exact: TraceFile, beliefs: Beliefs, atlas: Atlas
) -> None:
    before = exact.prediction.levels[0].probability
    for level in ("country", "city"):
        coarse = disclose(exact, level, beliefs)
        assert coarse.prediction.levels[0].probability == pytest.approx(before, abs=0.001)
        assert mass(beliefs.of(coarse.trace.evidence), Area("ES")) == pytest.approx(before, abs=0.01)
        assert len(coarse.trace.evidence) == len(exact.trace.evidence)
        assert atlas.at(coarse.prediction.point).place.country == "Spain"


def test_the_point_depends_on_nothing_finer(agent: GeoAgent, beliefs: Beliefs, tmp_path: Path) -> None:
    points = []
    for city in ("Zaragoza", "Sevilla"):
        Image.new("RGB", (64, 64), "grey").save(tmp_path / f"{city}.png")
        file = agent.trace(tmp_path / f"{city}.png", hint=f"{city}, Spain")
        assert file.prediction.levels[0].name == "Spain"
        coarse = disclose(file, "country", beliefs).prediction
        points.append((coarse.point, coarse.radius_km_50, coarse.regions[0].name))
    assert points[0] == points[1]


@pytest.mark.parametrize("suffix", ["html", "md", "geojson", "json"])
def test_a_report_tells_no_name_and_shows_no_photo(
    exact: TraceFile, beliefs: Beliefs, tmp_path: Path, suffix: str
) -> None:
    for level, least in (("exact", 3), ("country", 0)):
        path = tmp_path / f"{level}.{suffix}"
        write_report(disclose(exact, level, beliefs), path, lambda: beliefs)
        text = path.read_text()
        found = told(text)
        assert len(found) >= least if least else found == []
        assert ("data:image/jpeg" in text) == (suffix == "html" and level == "exact")
        assert "Spain" in text


def test_what_a_model_and_its_tools_said_is_not_told(photo: Path, cache: Path, beliefs: Beliefs) -> None:
    model = [
        look({"country": "Sweden", "probability": 0.6},
             clues=[{"kind": "text", "value": "a Zaragoza tram", "box": [0.1, 0.1, 0.4, 0.4]}]),
        action("lookup_place", thought="Zaragoza it is", name="Zaragoza"),
        action("zoom", thought="the Molino sign", view=1, box=[0.1, 0.1, 0.5, 0.5]),
        action("conclude", claims=[{"statement": "It is Zaragoza", "cites": []}]),
    ]  # fmt: skip
    with ScriptedModel(model, name="zaragoza-vl") as server:
        file = GeoAgent(Settings(vlm=server.url, cache_dir=cache)).trace(photo)
    assert file.trace.calls and file.trace.turns
    coarse = disclose(file, "country", beliefs)
    assert told(coarse.model_dump_json() + render(coarse)) == []
    assert "Spain" in render(coarse)


def run(cache: Path, folder: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    return geoagent(cache, folder, *arguments)


@pytest.mark.slow
def test_the_command_tells_no_name_anywhere(
    photo: Path, exact: TraceFile, atlas: Atlas, cache: Path, tmp_path: Path
) -> None:
    other = photo.with_name("zaragoza-2.jpg")
    other.write_bytes(photo.read_bytes())
    done = run(cache, tmp_path, "solve", photo, other, "--disclose", "country", "--hint", HINT, "--trace", "traces",
               "--report", "pages")  # fmt: skip
    files = sorted([*(tmp_path / "traces").iterdir(), *(tmp_path / "pages").iterdir()])
    outputs = [done.stdout, done.stderr, *map(str, (file.name for file in files)), *(f.read_text() for f in files)]
    assert done.returncode == 0
    assert [file.name for file in files] == [MARKER, "1.html", "2.html", MARKER, "1.json", "2.json"]
    assert [name for text in outputs for name in told(text)] == []

    save_trace(exact, tmp_path / "exact.json")
    for flags in ([], ["--json"]):
        shown = run(cache, tmp_path, "trace", "show", "exact.json", "--disclose", "country", *flags)
        assert (shown.returncode, told(shown.stdout + shown.stderr)) == (0, [])
        assert "Spain" in shown.stdout


def test_a_run_cannot_be_disclosed(photo: Path, cache: Path, tmp_path: Path) -> None:
    done = run(cache, tmp_path, "solve", photo, "--out", "run", "--disclose", "city")
    assert (done.returncode, len(done.stderr.splitlines()), (tmp_path / "run").exists()) == (2, 1, False)


def test_a_point_is_not_told(agent: GeoAgent, beliefs: Beliefs, photos: Path) -> None:
    file = agent.trace(photos / "nowhere_plain.jpg", hint="41.6561, -0.8773")
    assert "41.6561" in render(file)
    assert file.trace.spots
    coarse = disclose(file, "city", beliefs)
    assert coarse.prediction.levels[-1].name == "Zaragoza"
    assert "-0.8773" not in disclose(file, "country", beliefs).model_dump_json()
    assert coarse.trace.spots == ()
