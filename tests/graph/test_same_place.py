"""Several photos of one case, from real pixels to the answer."""

import json
import math
from pathlib import Path

import pytest
from PIL import Image

from geoagent import GeoAgent, Settings, TraceFile
from geoagent.belief.readout import mass
from geoagent.case.trace import check
from geoagent.errors import ImageError
from geoagent.geo import Area
from geoagent.report.terminal import render
from geoagent.testing.scripted_model import ScriptedModel, action, look, said

SWEDEN = {"country": "Sweden", "probability": 0.6}
DONE = action("conclude", claims=[])


@pytest.fixture(scope="module")
def spain(agent: GeoAgent) -> TraceFile:
    return agent.trace(Path(__file__).parents[2] / "examples" / "photos" / "spain_zaragoza.jpg")


def log_odds(agent: GeoAgent, file: TraceFile, country: str = "ES") -> float:
    """How the log odds of an area have moved from the prior."""
    belief = agent.resources.beliefs.of(file.trace.evidence, file.trace.spots)
    area = Area(country)
    inside, prior = mass(belief, area), float(belief.atlas.prior[belief.atlas.rows(area)].sum())
    return math.log(inside / (1 - inside)) - math.log(prior / (1 - prior))


@pytest.mark.slow
def test_the_very_same_picture_counts_once(agent: GeoAgent, spain: TraceFile, photos: Path, tmp_path: Path) -> None:
    path = photos / "spain_zaragoza.jpg"
    Image.open(path).save(tmp_path / "copy.png")  # other file, same pixels
    file = agent.trace(path, path, tmp_path / "copy.png")
    assert file.photos == spain.photos
    assert file.trace.evidence == spain.trace.evidence
    assert [note.split(":")[0] for note in file.prediction.notes] == [
        f"{name} is the same picture as photo 1" for name in ("spain_zaragoza.jpg", "copy.png")
    ]


@pytest.mark.parametrize("change", ["compressed", "resized", "brighter"])
def test_a_copy_of_a_photo_adds_at_most_gamma(
    agent: GeoAgent, spain: TraceFile, photos: Path, tmp_path: Path, change: str
) -> None:
    image = Image.open(photos / "spain_zaragoza.jpg")
    if change == "resized":
        image = image.resize((image.width * 3 // 5, image.height * 3 // 5))
    if change == "brighter":
        image = image.point(lambda v: min(255, v * 6 // 5))
    image.save(tmp_path / "copy.jpg", quality=50)
    file = agent.trace(photos / "spain_zaragoza.jpg", tmp_path / "copy.jpg")
    one, two = log_odds(agent, spain), log_odds(agent, file)
    assert len(file.photos) == len(file.prediction.photos) == 2
    assert one - 1e-9 <= two <= (1 + agent.resources.beliefs.reliabilities.gamma) * one
    assert file.prediction.notes == ()


@pytest.mark.slow
def test_a_photo_that_does_not_fit_is_named_and_moves_nothing(
    agent: GeoAgent, spain: TraceFile, photos: Path, tmp_path: Path
) -> None:
    image = Image.open(photos / "spain_zaragoza.jpg")
    middle = int(image.height * 0.42)  # between the address and the shop's name: two views of one place
    image.crop((0, 0, image.width, middle)).save(tmp_path / "upper.png")
    image.crop((0, middle, image.width, image.height)).save(tmp_path / "lower.png")
    paths = [tmp_path / "upper.png", photos / "sweden_uppsala.jpg", tmp_path / "lower.png"]
    file = agent.trace(*paths, photos / "nowhere_plain.jpg")
    check(file.trace)
    (note,) = file.prediction.notes
    assert note.startswith("photo 2 (sweden_uppsala.jpg) does not fit the others: it points to Sweden")
    step = next(step for step in file.prediction.chain if step.statement == note)
    assert (step.node, step.support) == ("verify", "record")
    spain = next(region.probability for region in file.prediction.alternatives if region.key == Area("ES"))
    assert log_odds(agent, file) == pytest.approx(math.log(spain / (1 - spain)) - log_odds_of_prior(agent, "ES"))
    assert agent.trace(paths[0], paths[2]).prediction.notes == ()


def log_odds_of_prior(agent: GeoAgent, country: str) -> float:
    atlas = agent.resources.beliefs.atlas
    prior = float(atlas.prior[atlas.rows(Area(country))].sum())
    return math.log(prior / (1 - prior))


@pytest.mark.slow
def test_the_report_numbers_the_photos_and_says_which_shows_what(agent: GeoAgent, photos: Path) -> None:
    text = render(agent.trace(photos / "nowhere_plain.jpg", photos / "france_lyon.jpg"), details=True)
    assert text.splitlines()[:2] == ["photo 1  nowhere_plain.jpg", "photo 2  france_lyon.jpg"]
    for words in ('"LYON" stands in an address', '"LYON" in the text'):  # in the argument, and in the log
        assert any(words in line and line.count("(photo 2)") == 1 for line in text.splitlines())


def test_one_photo_is_not_numbered(spain: TraceFile) -> None:
    text = render(spain)
    assert text.startswith("spain_zaragoza.jpg\n")
    assert "(photo" not in text


def test_a_bad_photo_is_an_error_in_python(agent: GeoAgent, photos: Path) -> None:
    with pytest.raises(ImageError):
        agent.solve(photos / "spain_zaragoza.jpg", photos / "none.jpg")


@pytest.mark.slow
def test_the_model_sees_all_photos_and_may_name_one(cache: Path, photos: Path) -> None:
    clue = {"kind": "road", "value": "yellow line", "view": 2, "box": [0.1, 0.5, 0.4, 0.9]}
    paths = [photos / "nowhere_plain.jpg", photos / "france_lyon.jpg"]
    files = []
    for misfits in ([], [2, 9, 2]):
        with ScriptedModel([{**look(SWEDEN, clues=[clue]), "misfits": misfits}, DONE]) as model:
            files.append(GeoAgent(Settings(vlm=model.url, cache_dir=cache, no_second_look=True)).trace(*paths))
        first = model.requests[0]
        pictures = [part for part in first["messages"][1]["content"] if part["type"] == "image_url"]
        assert len(pictures) == 2
        assert "View 1:" in said(first)
        assert "View 2:" in said(first)
        assert "nowhere_plain" not in json.dumps(model.requests)
        form = first["response_format"]["json_schema"]["schema"]
        assert form["properties"]["misfits"]["items"]["maximum"] == 2
    without, named = files
    assert named.prediction.notes == ("the model says: photo 2 is of another place",)
    step = next(step for step in named.prediction.chain if step.statement in named.prediction.notes)
    assert step.support == "seen"
    assert step.cites == tuple(c.id for c in named.trace.clues if c.witness.startswith("vlm"))
    assert named.prediction.levels == without.prediction.levels
    assert without.prediction.notes == ()


def test_of_one_photo_the_model_is_not_asked_which_does_not_belong(cache: Path, photos: Path) -> None:
    with ScriptedModel([{**look(SWEDEN), "misfits": [1]}, DONE]) as model:
        file = GeoAgent(Settings(vlm=model.url, cache_dir=cache)).trace(photos / "nowhere_plain.jpg")
    assert "misfits" not in json.dumps(model.requests[0])
    assert file.prediction.notes == ()


def test_direct_keeps_what_the_model_says_of_the_photos(cache: Path, photos: Path) -> None:
    with ScriptedModel([{**look(SWEDEN), "misfits": [1]}]) as model:
        agent = GeoAgent(Settings(vlm=model.url, cache_dir=cache))
        file = agent.direct(photos / "nowhere_plain.jpg", photos / "france_lyon.jpg")
    assert file.prediction.notes == ("the model says: photo 1 is of another place",)
    assert len(file.prediction.photos) == 2
