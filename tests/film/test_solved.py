"""Films in a case: what is known of their frames, and what their answers rest on."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from geoagent import GeoAgent, Settings
from geoagent.cli.main import main
from geoagent.errors import ImageError
from tests.film.films import LISBON, gopro, shot, with_track, write_film
from tests.scenes import scene, sign


def turning(text: str | None) -> list[Image.Image]:
    """A camera that turns from a bare wall to a board."""
    wall = scene(*([(sign(text, 44), (1000, 180))] if text else []), size=(1700, 480))
    rough = np.random.default_rng(1).normal(0, 6, (480, 1700, 1))
    wall = Image.fromarray((np.asarray(wall) + rough).clip(0, 255).astype(np.uint8))
    wall.paste(Image.new("RGB", (300, 480), "sienna"), (0, 0))
    return [wall.crop((x, 0, x + 860, 480)) for x in range(0, 840, 28)]


def test_frames_know_their_film_and_hide_its_position(agent: GeoAgent, cache: Path, tmp_path: Path) -> None:
    film = with_track(write_film(tmp_path / "a.mp4", shot("www.bageri.se", "navy")), b"meta", b"gpmd", gopro([LISBON]))
    (ref,) = agent.start(film)["photos"]
    assert ref.frame is not None and ref.frame.film == "a.mp4" and ref.has_position
    allowed = GeoAgent(Settings(cache_dir=cache, allow_exif_gps=True))
    (ref,) = allowed.start(film)["photos"]
    assert ref.has_position


def test_a_film_of_several_places_is_several_cases(agent: GeoAgent, tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", [*shot("one", "navy"), *shot("two", "darkred")])
    places = agent.places_in(film)
    assert [len(place) for place in places] == [1, 1]
    for _ in range(2):  # the frames stay, so that a place can be solved again
        assert agent.start(*places[0])["photos"][0].frame
    held = places[0][0].parents[1]
    before = set(held.iterdir())
    with pytest.raises(ImageError, match="2 places"):
        agent.start(film)
    assert set(held.iterdir()) == before


def test_a_bad_film_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    film = tmp_path / "a.mp4"
    film.write_bytes(b"\0\0\0\x20ftypisom" + bytes(100))
    assert main([str(film)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["solve", str(film), "--out", str(tmp_path / "run")]) == 2
    assert "a run is of photos" in capsys.readouterr().err


@pytest.mark.slow
def test_a_film_overturns_what_its_first_frame_led_to_and_abstains_where_it_shows_nothing(
    agent: GeoAgent, tmp_path: Path
) -> None:
    frames = turning("www.bageri.se")
    first = agent.solve(frames[0])
    told = agent.solve(write_film(tmp_path / "a.mp4", frames))
    assert first.is_unknown and first.levels[0].name != "Sweden"
    assert told.stated and told.levels[0].name == "Sweden" and len(told.photos) > 1
    assert agent.solve(write_film(tmp_path / "b.mp4", turning(None))).is_unknown


@pytest.mark.slow
def test_a_film_that_cuts_gives_an_answer_for_each_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    film = write_film(tmp_path / "a.mp4", [*shot("www.bageri.se", "navy"), *shot("www.panaderia.es", "darkred")])
    assert main([str(film), "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "taken in Sweden" in said and "taken in Spain" in said and "a-0m0" in said
