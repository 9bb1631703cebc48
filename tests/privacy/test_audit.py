"""What gives a photo away, told by hiding it; and the copy that tells less."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass
from geoagent.case.views import Box
from geoagent.photo import load_photo, read_blocks, read_position
from geoagent.privacy.audit import Audit, audit, parts, weigh
from geoagent.privacy.photo_redaction import covered, redact
from geoagent.report.audit import as_html, marked, render
from geoagent.testing.scripted_model import ScriptedModel, action, look
from tests.command import geoagent
from tests.scenes import scene, sign

CITIES = {"sweden_uppsala": ("SE", "Uppsala"), "brazil_curitiba": ("BR", "Curitiba")}


@pytest.fixture(scope="module")
def located(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example of Lyon with all that a file can tell: position, texts, a small copy of itself."""
    photo = Path(__file__).parents[2] / "examples" / "photos" / "france_lyon.jpg"
    path, exif = tmp_path_factory.mktemp("audit") / "located.jpg", Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (45.0, 45.0, 35.0), 3: "E", 4: (4.0, 50.0, 59.0)})
    exif[ExifTags.Base.ImageDescription] = "in front of my house in Lyon"
    with Image.open(photo) as image:
        image.save(path, exif=exif, comment=b"Lyon", xmp=b"<x>Lyon</x>", quality=92)
    return path


@pytest.mark.parametrize("name", ["sweden_uppsala", pytest.param("brazil_curitiba", marks=pytest.mark.slow)])
def test_hiding_what_is_ranked_first_lowers_the_true_city_most(
    agent: GeoAgent, beliefs: Beliefs, photos: Path, tmp_path: Path, name: str
) -> None:
    country, city = CITIES[name]
    area = beliefs.atlas.resolve(country, None, city)
    assert area is not None
    found, _ = audit(agent, photos / f"{name}.jpg")
    after = []
    for item in found.findings:
        assert item.box
        redact(photos / f"{name}.jpg", [item.box], tmp_path / "copy.png", force=True)
        trace = agent.trace(tmp_path / "copy.png").trace
        after.append(mass(beliefs.of(trace.evidence, trace.spots), area))
        assert after[-1] == pytest.approx(item.probability_without, abs=0.05)
    assert len(after) > 2
    assert after[0] == min(after)


def test_the_position_in_the_file_comes_first_and_changes_nothing_else(
    agent: GeoAgent, located: Path, photos: Path
) -> None:
    found, file = audit(agent, located)
    first, *others = found.findings
    assert (first.number, first.source, first.box) == (1, "file", None)
    assert "45.75972, 4.84972" in first.what
    assert first.bits > 1
    assert all(item.kind != "position" for item in file.trace.evidence)
    plain, _ = audit(agent, photos / "france_lyon.jpg")
    assert plain.findings[0].source == "photo"
    assert [item.what for item in others] == [item.what for item in plain.findings]
    assert set(found.metadata) == {"EXIF", "XMP", "a comment"}
    assert plain.metadata == ()


def test_a_photo_without_clues_has_no_findings(agent: GeoAgent, photos: Path) -> None:
    found, _ = audit(agent, photos / "nowhere_plain.jpg")
    assert (found.findings, found.stated) == ((), False)
    assert "no clue was found" in render(found)
    assert "No clue was found" in as_html(load_photo(photos / "nowhere_plain.jpg").image, found)


def test_two_clues_that_tell_the_same_stand_in_for_each_other(agent: GeoAgent, tmp_path: Path) -> None:
    path = tmp_path / "twice.png"
    scene((sign("Calle Mayor 8, 50003 Zaragoza"), (60, 150)), (sign("50003 Zaragoza"), (300, 550))).save(path)
    found, _ = audit(agent, path)
    signs = [item for item in found.findings if "Zaragoza" in item.what]
    assert len(signs) == 2
    assert all(item.bits < 0.5 < 3 < item.bits_alone for item in signs)
    assert all(item.telling for item in signs)
    assert "hide it together" in render(found)


def test_a_model_s_opinion_is_a_finding_without_a_place(photos: Path, cache: Path, beliefs: Beliefs) -> None:
    answers = [
        look({"country": "Brazil", "city": "Manaus", "probability": 0.9},
             clues=[{"kind": "vegetation", "value": "palms", "box": [0.0, 0.0, 0.2, 0.3]}]),
        action("conclude", claims=[]),
    ]  # fmt: skip
    with ScriptedModel(answers) as model:
        agent = GeoAgent(Settings(vlm=model.url, cache_dir=cache))
        found, file = audit(agent, photos / "nowhere_plain.jpg")
    assert [item.source for item in found.findings] == ["other", "photo"]
    assert "opinion" in found.findings[0].what
    assert found.findings[0].bits > 1
    assert found.findings[1].what == 'vegetation "palms"'
    assert len(parts(file.trace)) == 2


def test_nothing_of_what_is_covered_is_left() -> None:
    board = sign("CALLE MAYOR 8")
    box = Box(x0=400 / 1200, y0=300 / 900, x1=(400 + board.width) / 1200, y1=(300 + board.height) / 900)
    one = scene((board, (400, 300)))
    other = scene((Image.new("RGB", board.size, "navy"), (400, 300)))
    hidden = covered(one, [box])
    assert np.array_equal(np.asarray(hidden), np.asarray(covered(other, [box])))
    inside = np.asarray(hidden.crop((400, 300, 400 + board.width, 300 + board.height))).reshape(-1, 3)
    assert len(np.unique(inside, axis=0)) == 1
    assert np.array_equal(np.asarray(hidden)[:200], np.asarray(one)[:200])


def test_boxes_side_by_side_and_at_the_edge_tell_nothing_of_each_other() -> None:
    image = Image.new("RGB", (100, 100), "white")
    image.paste("red", (50, 0, 100, 100))
    hidden = covered(image, [Box(x0=0.5, y0=0, x1=1, y1=1), Box(x0=0, y0=0, x1=0.5, y1=1)])
    assert np.unique(np.asarray(hidden)).tolist() == [128]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_a_copy_has_no_metadata(located: Path, tmp_path: Path, name: str) -> None:
    redact(located, [Box(x0=0.1, y0=0.1, x1=0.2, y1=0.2)], tmp_path / name)
    data = (tmp_path / name).read_bytes()
    assert read_position(tmp_path / name) is None
    assert read_blocks(tmp_path / name) == ()
    assert not [word for word in (b"Lyon", b"Exif", b"GPS", b"xmp", b"house") if word in data]
    with Image.open(tmp_path / name) as image:
        assert not set(image.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "loop", "background"}


def run(cache: Path, folder: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    return geoagent(cache, folder, "audit", *arguments)


@pytest.mark.slow
def test_the_command(located: Path, atlas: Atlas, cache: Path, tmp_path: Path) -> None:
    done = run(cache, tmp_path, located, "--redact", "out.jpg", "--report", "out.html", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    redacted = told.pop("redacted")
    found = Audit.model_validate(told)
    assert found.place.startswith("Lyon")
    assert found.probability > 0.5
    assert redacted["hidden"] == [item.number for item in found.findings if item.box and item.telling]
    assert redacted["probability"] < 0.05
    assert redacted["bits"] > 3
    assert read_position(tmp_path / "out.jpg") is None
    page = (tmp_path / "out.html").read_text()
    assert page.count("<li>") == len(found.findings)
    assert "http" not in page.replace('http-equiv="Content-Security-Policy"', "")
    assert str(tmp_path) not in page

    number = next(item.number for item in found.findings if item.box)
    done = run(cache, tmp_path, located, "--redact", "one.png", "--hide", number, "--report", "out.png")
    assert f"one.png: covered {number}; no metadata" in done.stdout
    assert load_photo(tmp_path / "out.png").image.size == load_photo(located).image.size


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--redact", "out.bmp"], "ends in .jpg"),
        (["--redact", "none/out.jpg"], "folder"),
        (["--redact", "located.jpg"], "which is read"),
        (["--hide", "1"], "--redact"),
        (["--report", "out.pdf"], ".html or .png"),
        (["--report", "located.png"], "which is read"),
        (["--redact", "out.png", "--report", "out.png"], "what --redact writes"),
        (["--redact", "out.jpg", "--hide", "1"], "numbers of findings in the photo: 2, 3"),
        (["--redact", "out.jpg", "--hide", "two"], "numbers of findings"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    located: Path, atlas: Atlas, cache: Path, tmp_path: Path, arguments: list[str], fault: str
) -> None:
    (tmp_path / "located.jpg").write_bytes(located.read_bytes())
    (tmp_path / "located.png").symlink_to(tmp_path / "located.jpg")
    done = run(cache, tmp_path, "located.jpg", *arguments)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert fault in done.stderr
    assert not (tmp_path / "out.jpg").exists()


@pytest.mark.slow
def test_the_marked_picture_and_names_that_look_like_markup(agent: GeoAgent, beliefs: Beliefs, tmp_path: Path) -> None:
    path = tmp_path / "<b>a.png"
    scene((sign("www.example-shop.es"), (300, 400))).save(path)
    file = agent.trace(path)
    found = weigh(file, beliefs, None)
    image = load_photo(path).image
    page = as_html(image, found)
    assert "<b>a.png" not in page
    assert "&lt;b&gt;a.png" in page
    drawn = marked(image, found)
    assert drawn.size == image.size
    assert not np.array_equal(np.asarray(drawn), np.asarray(image))
