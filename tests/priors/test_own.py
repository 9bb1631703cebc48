"""A prior of anybody's: the one that the docs show, installed and given, and what becomes of one that is wrong."""

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.cli.main import main
from geoagent.errors import ConfigError
from geoagent.gallery.encoder import EmbeddedEncoder
from geoagent.priors.loader import opening
from geoagent.priors.prior import EmbeddingPrior, GeoDistribution
from tests.priors.places import ColourPrior, photo_of

DOC = Path(__file__).parents[2] / "docs" / "priors.md"


def shown(language: str, containing: str) -> str:
    """A block of code of the docs."""
    blocks = re.findall(rf"```{language}\n(.*?)```", DOC.read_text(), re.DOTALL)
    return next(block for block in blocks if containing in block)


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[None]:
    """A package with the prior of the docs, and one that cannot be made."""
    about = tmp_path / "my_package-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1\n")
    points = "[geoagent.priors]\nbrightness = my_package:Brightness\nbroken = my_package:gone\n"
    (about / "entry_points.txt").write_text(points)
    (tmp_path / "my_package.py").write_text(shown("python", "class Brightness"))
    sys.path.insert(0, str(tmp_path))
    yield
    sys.path.remove(str(tmp_path))
    sys.modules.pop("my_package", None)


def test_the_prior_of_the_docs_is_installed_and_asked_twice_over(
    installed: None, cache: Path, atlas: Atlas, tmp_path: Path
) -> None:
    photo_of(-30, 0).save(tmp_path / "photo.png")
    agent = GeoAgent(Settings(cache_dir=cache, prior="brightness"), priors=[ColourPrior(atlas)])
    file = agent.trace(tmp_path / "photo.png")
    assert [e.witness for e in file.trace.evidence] == ["prior:brightness", "prior:colour"]
    assert file.settings["prior"] == "brightness"
    (call,) = [call for call in file.trace.calls if call.tool == "ask_prior"]
    assert set(call.data["priors"]) == {"brightness", "colour"}
    assert len(shown("python", "class Brightness").strip().splitlines()) <= 15


def test_a_prior_that_fails_costs_its_own_evidence_alone(
    installed: None, cache: Path, atlas: Atlas, tmp_path: Path
) -> None:
    photo_of(40, -3).save(tmp_path / "photo.png")
    agent = GeoAgent(Settings(cache_dir=cache, prior="broken"), priors=[ColourPrior(atlas)])
    file = agent.trace(tmp_path / "photo.png")
    assert [e.witness for e in file.trace.evidence] == ["prior:colour"]
    assert any(n.startswith("solved without one of the priors: prior broken: Attr") for n in file.prediction.notes)


def test_a_name_that_nobody_offers(installed: None, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError,
        match="there is no prior 'other'; there is geoclip, clip-zeroshot, locdiff, locdiff-h, brightness, broken",
    ):
        opening("other", tmp_path)


def test_locdiff_without_a_training_says_how_to_get_one(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    with pytest.raises(ConfigError, match="geoagent prior train locdiff --out FOLDER"):
        opening("locdiff", tmp_path)()


def test_the_flag_is_repeated(capsys: pytest.CaptureFixture[str], photos: Path) -> None:
    assert main(["solve", str(photos / "nowhere_plain.jpg"), "--prior", "geoclip", "--prior", "none such"]) == 2
    assert "there is no prior 'none such'" in capsys.readouterr().err


class Says:
    """A prior that gives back what it is told to."""

    def __init__(self, answer: Callable[[int], Any], name: Any = "says") -> None:
        self.name, self._answer = name, answer

    def locate(self, photos: Sequence[Image.Image]) -> GeoDistribution:
        found: GeoDistribution = self._answer(len(photos))
        return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (lambda n: None, "gave back NoneType, which is no GeoDistribution"),
        (lambda n: ("a", "b", "c", "d"), "gave back tuple, which is no GeoDistribution"),
        (lambda n: GeoDistribution.evenly([], [], np.zeros((n, 0))), "shapes"),
        (lambda n: GeoDistribution.evenly([1.0], [2.0], np.zeros((n + 1, 1))), "shapes"),
        (lambda n: GeoDistribution.evenly([91.0], [2.0], np.zeros((n, 1))), "latitudes beyond 90 degrees"),
        (lambda n: GeoDistribution.evenly([np.nan], [2.0], np.zeros((n, 1))), "latitudes beyond 90 degrees"),
        (lambda n: GeoDistribution.evenly([1.0], [2.0], np.full((n, 1), np.nan)), "log ratios that are no numbers"),
        (lambda n: GeoDistribution.evenly([1.0], [2.0], np.full((n, 1), np.inf)), "log ratios that are no numbers"),
        (lambda n: GeoDistribution.evenly([1.0], [2.0], np.full((n, 1), -np.inf)), "rule out every place"),
        (lambda n: GeoDistribution(np.ones(1), np.ones(1), np.array([3.0]), np.ones((n, 1))), "they sum to 3, not to"),
        (lambda n: GeoDistribution.evenly([0.0], [-30.0], np.zeros((n, 1))), "none of its places lies on land"),
        (lambda n: 1 / 0, "ZeroDivisionError: division by zero"),
    ],
)
def test_what_says_nothing_is_told_in_one_note(
    answer: Callable[[int], Any], fault: str, cache: Path, tmp_path: Path
) -> None:
    photo_of(40, -3).save(tmp_path / "photo.png")
    file = GeoAgent(Settings(cache_dir=cache), priors=[Says(answer)]).trace(tmp_path / "photo.png")
    (note,) = [note for note in file.prediction.notes if "prior says" in note]
    assert note.startswith("solved without the prior: prior says: ") and fault in note
    assert file.trace.evidence == ()


@pytest.mark.parametrize(
    ("priors", "fault"),
    [
        ([object()], "object is no prior: it needs a name and the method locate"),
        ([Says(len, name=None)], "Says is no prior"),
        ([Says(len, name="Has Blanks")], "a prior cannot be called 'Has Blanks'"),
        ([Says(len, name="")], "a prior cannot be called ''"),
        ([Says(len), Says(len)], "two priors are called says"),
        ([Says(len, name="geoclip")], "two priors are called geoclip"),
    ],
)
def test_what_is_no_prior_is_refused_at_once(priors: list[Any], fault: str, cache: Path) -> None:
    with pytest.raises(ConfigError, match=fault):
        GeoAgent(Settings(cache_dir=cache, prior="geoclip"), priors=priors)


def test_an_encoder_and_a_score_are_a_prior(cache: Path, tmp_path: Path) -> None:
    photo_of(40, -3).save(tmp_path / "photo.png")

    def score(embeddings: Any) -> GeoDistribution:
        assert embeddings.shape == (1, EmbeddedEncoder.dimension)
        return GeoDistribution.evenly([40.4, 59.3], [-3.7, 18.1], [[2.0, 0.0]])

    agent = GeoAgent(Settings(cache_dir=cache), priors=[EmbeddingPrior("gist", EmbeddedEncoder(), score)])
    (said,) = agent.trace(tmp_path / "photo.png").trace.evidence
    assert said.statement.startswith("view 1 looks to gist like Spain")


class Plain(EmbeddedEncoder):
    """An encoder of the caller's own."""

    name = "plain"


def test_an_encoder_is_given_to_the_agent(cache: Path, photos: Path, tmp_path: Path) -> None:
    from geoagent.gallery.store import open_or_make

    open_or_make(tmp_path / "gallery", "plain", Plain.dimension)
    settings = Settings(cache_dir=cache, gallery=tmp_path / "gallery")
    with pytest.raises(ConfigError, match="no encoder 'plain' is installed"):
        GeoAgent(settings).resources  # noqa: B018  # opening it is the point
    assert "search_gallery" in GeoAgent(settings, encoders=[Plain()]).resources.tools


@pytest.mark.slow
def test_the_evidence_of_the_docs_counts(agent: GeoAgent, cache: Path, photos: Path, tmp_path: Path) -> None:
    text = shown("json", "ip-lookup")
    assert len(json.loads(text)) == 2
    (tmp_path / "evidence.json").write_text(text)
    given = GeoAgent(Settings(cache_dir=cache, evidence=tmp_path / "evidence.json"))
    prediction = given.solve(photos / "nowhere_plain.jpg")
    assert prediction.levels[0].name == "Austria"
    assert prediction.levels[0].stated
    assert not agent.solve(photos / "nowhere_plain.jpg").levels[0].stated
