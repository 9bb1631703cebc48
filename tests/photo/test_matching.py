"""Two pictures compared by their details: what shows the same thing is told from what does not."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from geoagent.cli.main import main
from geoagent.errors import ImageError
from geoagent.photo.match_worth import TELLING, chance_of_same, match_worth, times_likelier
from geoagent.photo.matching import Comparison, compare_features, find_features


def aslant(image: Image.Image) -> Image.Image:
    """The picture from another place, darker and smaller."""
    wide, high = image.size
    corners = (0.1 * wide, 0.05 * high, 0.02 * wide, 0.95 * high, 0.9 * wide, 0.88 * high, 0.95 * wide, 0.12 * high)
    seen = image.transform((wide * 2 // 3, high * 2 // 3), Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)
    return ImageEnhance.Brightness(seen).enhance(0.7)


def compared(first: Image.Image, second: Image.Image) -> Comparison:
    return compare_features(find_features(first), find_features(second))


@pytest.fixture(scope="module")
def palace() -> Image.Image:
    with Image.open(Path(__file__).parents[2] / "examples" / "real_photos" / "summer_palace.jpg") as file:
        return file.convert("RGB")


def test_the_same_thing_from_another_place_fits_and_other_things_do_not(palace: Image.Image, photos: Path) -> None:
    same = compared(palace, aslant(palace))
    assert times_likelier(same.inliers) >= TELLING
    assert same.spread > 0.5
    with Image.open(photos / "spain_zaragoza.jpg") as other:
        assert times_likelier(compared(palace, other.convert("RGB")).inliers) < TELLING
    left, right = (palace.crop((x, 0, x + palace.width // 2, palace.height)) for x in (0, palace.width // 2))
    assert times_likelier(compared(left, right).inliers) < TELLING


def test_more_details_never_say_less_and_the_chance_falls_with_what_was_compared() -> None:
    table = match_worth()
    assert list(table.log_ratio) == sorted(table.log_ratio)
    assert table.auc > 0.9
    many = table.from_inliers[-1]
    assert chance_of_same(many) > chance_of_same(many, 20) > chance_of_same(0, 20)


@pytest.mark.parametrize("shade", [0, 128])
def test_what_shows_too_few_details_is_told(shade: int) -> None:
    with pytest.raises(ImageError, match="too dark, too plain or too blurred"):
        find_features(Image.new("RGB", (640, 480), (shade,) * 3), "night.jpg")


def test_pairs_of_noise_fit_nothing() -> None:
    rng = np.random.default_rng(1)
    one, other = (Image.fromarray(rng.integers(0, 255, (300, 400, 3), dtype=np.uint8)) for _ in range(2))
    assert times_likelier(compared(one, other).inliers) < 1


def test_the_command_tells_draws_and_refuses(
    palace: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    palace.save("a.png")
    aslant(palace).save("b.jpg")
    Image.new("RGB", (640, 480)).save("night.png")
    for _ in range(2):  # an earlier drawing is written over
        assert main(["match", "a.png", "b.jpg", "--draw", "drawn.png"]) == 0
    assert "where both show the same thing" in capsys.readouterr().out
    with Image.open("drawn.png") as drawing:
        assert drawing.width > 1000
        assert drawing.text["Software"] == "geoagent match"  # type: ignore[attr-defined]
    for asked, why in (
        (["a.png", "night.png"], "night.png: shows 0 features"),
        (["a.png", "none.png"], "none.png"),
        (["a.png", "b.jpg", "--draw", "drawn.pdf"], "ends in .png"),
        (["a.png", "b.jpg", "--draw", "a.png"], "which is read"),
    ):
        assert main(["match", *asked]) == 2
        told = capsys.readouterr().err
        assert why in told
        assert told.count("\n") == 1
