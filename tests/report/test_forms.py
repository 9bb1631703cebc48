"""What reports say in each form, that text from outside stays text, and how the belief is replayed."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import shapely

from geoagent import GeoAgent, TraceFile
from geoagent.belief import Beliefs
from geoagent.case.evidence import Evidence, ToolCall
from geoagent.case.likelihood import Areas
from geoagent.case.prediction import Level, Prediction
from geoagent.case.trace import Trace
from geoagent.errors import ConfigError
from geoagent.files.folders import MARKER
from geoagent.geo import Point, haversine_km
from geoagent.privacy.disclosure import disclose
from geoagent.report.answer import answer
from geoagent.report.argument import Reason, by_weight
from geoagent.report.geojson import as_geojson
from geoagent.report.html import as_html
from geoagent.report.map import WORLD, azimuthal, close_up, countries, equal_earth, from_azimuthal
from geoagent.report.markdown import as_markdown
from geoagent.report.replay import MOMENTS, history
from geoagent.report.terminal import render
from geoagent.report.write import write_report
from geoagent.runs.trace_files import save_trace
from tests import command
from tests.report.made import step
from tests.report.states import ATTACK, LONG, PHOTOS, concluded, states


@pytest.fixture(scope="module")
def files(agent: GeoAgent) -> dict[str, TraceFile]:
    return states(agent)


def test_the_belief_is_replayed_from_the_prior_to_the_answer(files: dict[str, TraceFile], beliefs: Beliefs) -> None:
    file = files["done"]
    past = history(file, beliefs)
    assert past.agrees
    assert len(past.moments) == len(file.trace.evidence) + 1
    assert np.allclose(past.moments[0].probability, beliefs.atlas.prior)
    assert past.moments[-1].leaders[0].probability == pytest.approx(file.prediction.levels[0].probability)
    assert len(history(files["many"], beliefs).moments) == MOMENTS + 1


def test_what_was_replaced_counts_until_it_was(agent: GeoAgent, beliefs: Beliefs) -> None:
    def said(country: str, **more: str) -> Evidence:
        return Evidence(
            kind="opinion", witness="vlm", statement=f"it is {country}", group="opinion",
            likelihood=Areas(weights={country: 5000}, elsewhere=1), **more,
        )  # fmt: skip

    first = said("PE")
    second = said("JP", supersedes=first.id)
    file = concluded(agent, agent.prior(PHOTOS / "nowhere_plain.jpg"), Trace(evidence=(first, second)))
    leaders = [str(moment.leaders[0].key) for moment in history(file, beliefs).moments]
    assert leaders[1:] == ["PE", "JP"]


def test_a_belief_that_does_not_give_the_answer_is_not_drawn(files: dict[str, TraceFile], beliefs: Beliefs) -> None:
    page = as_html(files["differs"], [None], beliefs)
    assert "does not give this answer here" in page
    assert 'id="moment"' not in page
    assert [f["properties"]["kind"] for f in json.loads(as_geojson(files["differs"], beliefs))["features"]][:2] == [
        "answer", "candidate",
    ]  # fmt: skip


def test_each_link_names_what_it_rests_on(files: dict[str, TraceFile], beliefs: Beliefs) -> None:
    told = answer(files["hostile"], history(files["hostile"], beliefs))
    opinion = next(link for link in told.chain if link.step.statement.startswith("in the model's opinion"))
    assert [cite.kind for cite in opinion.citations] == ["clue"] * 5 + ["tool"]
    tested = next(link for link in told.chain if link.step.statement.startswith(LONG))
    assert [(cite.kind, cite.mark) for cite in tested.citations][-1] == ("step", str(opinion.number))
    assert tested.citations[0].kind == "candidate"
    assert told.calls[0].addresses == ['https://example.org/"onmouseover="alert(1)']


def test_what_speaks_against_a_rival_multiplies_to_the_odds(files: dict[str, TraceFile], beliefs: Beliefs) -> None:
    rivals = answer(files["many"], history(files["many"], beliefs)).rivals
    assert [rival.name for rival in rivals] == ["France", "Italy"]
    for rival in rivals:
        assert all("of a kind that is common there" in reason.statement for reason in rival.against)
        assert all(reason.ratio < 0.6 for reason in rival.against)


@pytest.mark.parametrize("name", ["hostile", "several", "failed"])
def test_text_from_outside_stays_text(files: dict[str, TraceFile], beliefs: Beliefs, name: str) -> None:
    page = as_html(files[name], [None] * len(files[name].photos), beliefs)
    assert ATTACK not in page
    assert "onerror=alert(1)>" not in page
    assert "\u202e" not in page
    assert page.count("<script") == 2
    assert "javascript:alert" not in page.replace("&#34;javascript", "").split("</main>")[0].split('href="')[0]
    text = as_markdown(files[name], beliefs)
    assert ATTACK not in text


def test_geojson_is_geojson(files: dict[str, TraceFile], beliefs: Beliefs) -> None:
    for name in ("done", "several"):
        features = json.loads(as_geojson(files[name], beliefs))["features"]
        assert [f["properties"]["kind"] for f in features][:3] == ["answer", "region", "region"]
        shapes = [shapely.geometry.shape(f["geometry"]) for f in features]
        assert all(shape.is_valid for shape in shapes)
        assert shapes[1].area > shapes[2].area > 0
        west, south, east, north = shapely.union_all(shapes).bounds
        assert west >= -180 and east <= 180 and south >= -90 and north <= 90
    answered = files["done"].prediction.point
    (lon, lat), *_ = [f["geometry"]["coordinates"] for f in json.loads(as_geojson(files["done"], beliefs))["features"]]
    assert (lat, lon) == pytest.approx((answered.lat, answered.lon), abs=1e-5)


def test_an_answer_that_knows_nothing_shows_no_place_in_any_form(
    files: dict[str, TraceFile], agent: GeoAgent, beliefs: Beliefs, tmp_path: Path
) -> None:
    exact = files["unknown"]
    assert exact.prediction.is_unknown
    assert not any(file.prediction.is_unknown for name, file in files.items() if name not in ("unknown", "failed"))
    for file in (exact, disclose(exact, "country", beliefs), files["failed"]):
        collection = json.loads(as_geojson(file, beliefs))
        assert [feature["geometry"] for feature in collection["features"]] == [None]
        texts = [as_html(file, [None], beliefs), as_markdown(file, beliefs), json.dumps(collection), render(file)]
        for text in texts:
            assert "connect a model that sees" in text
            shown = text.split("<style>")[0] + text.split("</style>")[-1]
            at = f"{file.prediction.point.lat:.4f}"
            assert [part for part in ("United States", "India", "10 %", "km²", at, "within") if part in shown] == []
        page = texts[0].split("</style>")[1]
        assert 'class="point"' not in page
        assert 'class="region' not in page
    for suffix in (".html", ".md", ".geojson", ".json"):  # each is known again as ours, and written over
        for _ in range(2):
            write_report(exact, tmp_path / f"out{suffix}", lambda: beliefs)
    assert Prediction.model_validate_json((tmp_path / "out.json").read_text()) == exact.prediction


def test_the_photo_in_a_page_is_pixels_alone(tmp_path: Path, agent: GeoAgent, beliefs: Beliefs) -> None:
    from PIL import Image

    image = Image.open(PHOTOS / "nowhere_plain.jpg")
    exif = image.getexif()
    exif[0x010E] = "secret caption"
    image.save(tmp_path / "photo.jpg", exif=exif)
    out = tmp_path / "out.html"
    write_report(agent.prior(tmp_path / "photo.jpg"), out, lambda: beliefs)
    assert b"data:image/jpeg;base64" in out.read_bytes()
    assert str(tmp_path) not in out.read_text()


def test_a_report_is_written_by_the_command(tmp_path: Path, cache: Path, files: dict[str, TraceFile]) -> None:
    def geoagent(*arguments: object) -> int:
        return command.geoagent(cache, tmp_path, *arguments).returncode

    trace = tmp_path / "trace.json"
    save_trace(files["done"], trace)
    for suffix, part in ((".html", "<!doctype html>"), (".md", "# Zaragoza"), (".geojson", "Feature"), (".json", "{")):
        out = tmp_path / f"out{suffix}"
        assert geoagent("trace", "show", trace, "--report", out) == 0
        assert part in out.read_text()
    assert geoagent("trace", "show", trace, "--report", tmp_path / "out.docx") == 2
    photos = [PHOTOS / f"{name}.jpg" for name in ("nowhere_plain", "spain_zaragoza")]
    assert geoagent("solve", "--quiet", *photos, "--report", tmp_path / "pages") == 0
    names = [MARKER, "1-nowhere_plain.jpg.html", "2-spain_zaragoza.jpg.html"]
    assert [path.name for path in sorted((tmp_path / "pages").iterdir())] == names
    assert geoagent("solve", "--quiet", photos[0], "--report", tmp_path / "nowhere" / "out.html") == 2
    assert geoagent("solve", "--quiet", photos[0], "--out", tmp_path / "run", "--report", "x.html") == 2


def test_a_report_needs_a_suffix_that_names_its_form(files: dict[str, TraceFile], beliefs: Beliefs) -> None:
    with pytest.raises(ConfigError, match=r"ends in \.html, .* or \.json"):
        write_report(files["done"], Path("out.txt"), lambda: beliefs)


def test_equal_earth_at_its_corners() -> None:
    found = equal_earth([0, 90, 0], [0, 0, 180])
    assert np.round(found, 4).tolist() == [[0, 0], [0, 1.3174], [2.7066, 0]]


def test_a_close_up_keeps_areas_and_the_middle_in_the_middle() -> None:
    window = close_up(Point(lat=60, lon=179), 500, 640, 440)
    middle, off = window.pixels([60, 60], [179, -179])
    assert middle.tolist() == pytest.approx([320, 220])
    km = float(haversine_km(60, 179, 60, -179))
    assert np.hypot(*(off - middle)) * window.km_per_pixel == pytest.approx(km, rel=0.01)


def test_points_come_back_from_a_close_up() -> None:
    lat, lon = np.array([60.0, 61.5, -17.0]), np.array([179.0, -178.5, 100.0])
    centre = Point(lat=60, lon=179)
    back = from_azimuthal(azimuthal(lat, lon, centre), centre)
    assert np.allclose(back, (lat, lon))


def test_countries_are_drawn_inside_the_picture() -> None:
    assert countries(WORLD).count("z") > 200
    assert len(countries(close_up(Point(lat=41, lon=-1), 300, 640, 440))) > 100
    assert countries(close_up(Point(lat=-45, lon=-120), 300, 640, 440)) == ""


def test_a_page_leads_on_and_tells_of_a_position_that_was_not_used(
    files: dict[str, TraceFile], beliefs: Beliefs
) -> None:
    prediction = files["done"].prediction.model_copy(update={"unused_positions": (1,)})
    page = as_html(files["done"].model_copy(update={"prediction": prediction}), [None], beliefs)
    assert "This file holds a position; it was not used." in page
    assert "--allow-exif-gps" not in page  # a page is handed on to people who do not run the command
    assert re.search(
        r'<a href="https://www.openstreetmap.org/[^"]*" rel="noreferrer noopener nofollow">OpenStreetMap</a>, ', page
    )
    nowhere = as_html(files["unknown"], [None], beliefs)
    assert "openstreetmap.org" not in nowhere
    assert "holds a position" not in nowhere


def test_a_sentence_is_in_the_group_of_its_weight() -> None:
    claim = step("I know this street.", support="unsupported")
    seen, strong = step("Signs are blue.", support="seen"), step("The name is rare.", "strong", 3.0)
    groups = by_weight([Reason(n, each, [], []) for n, each in enumerate((claim, seen, strong), 1)])
    found = {weight: [reason.step for reason in group] for weight, group in groups.items()}
    assert found == {"strong": [strong], "seen": [seen], "weak": [claim], "against": []}


def test_a_stated_point_is_called_a_point(files: dict[str, TraceFile], beliefs: Beliefs) -> None:
    file = files["done"]
    assert "centre of the likely area" in as_html(file, [None], beliefs)
    point = Level(level="point", name="41.65606, -0.87734", probability=0.9, stated=True)
    prediction = file.prediction.model_copy(update={"levels": (*file.prediction.levels, point)})
    page = as_html(file.model_copy(update={"prediction": prediction}), [None], beliefs)
    assert "<title>Point</title>" in page and '"meaning": "point"' in page
    assert "centre of the likely area" not in page.lower()


def test_what_was_looked_up_is_told_in_words_without_ids(files: dict[str, TraceFile], beliefs: Beliefs) -> None:
    file = files["done"]
    sign = file.trace.clues[1]
    call = ToolCall(
        tool="map_features", arguments={"names": ["Zaragoza centro"], "within_m": 100, "clues": [sign.id]},
        status="ok", text=f"no such thing; {sign.id} stays what it is",
    )  # fmt: skip
    asked = file.model_copy(update={"trace": file.trace.model_copy(update={"calls": (call,)})})
    for page in (as_markdown(asked, beliefs), as_html(asked, [None], beliefs)):
        assert "search for things on the map: Zaragoza centro, within 100 m" in page
        assert "no such thing; clue 2 stays what it is" in page
        assert "map_features" not in page and f'"{sign.id}"]' not in page
