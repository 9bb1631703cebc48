"""Films: which frames stand for them, where they cut, what their files tell of where, and films that are damaged."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from geoagent.errors import ImageError
from geoagent.film.choice import Look, Place
from geoagent.film.decoding import _where
from geoagent.film.film import Film, read_film
from geoagent.film.positions import Positions, iso_6709, read_positions, read_srt
from geoagent.geo import Point
from geoagent.photo import read_position
from tests.film.films import (
    FORMS,
    LISBON,
    drone_text,
    gopro,
    shot,
    srt,
    with_iso_6709,
    with_quicktime_key,
    with_track,
    write_film,
)

NAVY, RED = shot("Calle Mayor", "navy"), shot("www.bageri.se", "darkred")
THERE = (38.72, -9.14)


def times(film: Film) -> list[list[float]]:
    return [[frame.source.at_s for frame in place] for place in film.places]


@pytest.mark.parametrize("suffix", [".mp4", *(pytest.param(s, marks=pytest.mark.slow) for s in FORMS if s != ".mp4")])
def test_a_film_is_its_sharp_frames_place_by_place(tmp_path: Path, suffix: str) -> None:
    film = read_film(write_film(tmp_path / f"a{suffix}", [*NAVY, *RED, *NAVY]), positions=False)
    navy, red = times(film)
    assert len(navy) == 1 and len(red) == 1  # the camera comes back to the first place, and little is new in each
    assert round(10 * navy[0]) % 20 % 3 == 0 and round(10 * red[0]) % 20 % 3 == 0  # every third frame is sharp
    assert not navy[0] // 2 % 2 and red[0] // 2 % 2
    assert not film.has_position and not film.unused
    assert {frame.source.film for place in film.places for frame in place} == {f"a{suffix}"}


def test_a_camera_that_turns_gives_several_frames_of_one_place(tmp_path: Path) -> None:
    wide = Image.new("RGB", (2400, 300))
    for number, colour in enumerate(("navy", "darkgreen", "maroon", "olive", "teal", "gold")):
        wide.paste(Image.linear_gradient("L").convert("RGB"), (400 * number + 100, 20))
        wide.paste(Image.new("RGB", (150, 300), colour), (400 * number, 0))
    frames = [wide.crop((x, 0, x + 600, 300)) for x in range(0, 1800, 30)]
    (place,) = read_film(write_film(tmp_path / "a.mp4", frames), positions=False).places
    assert 3 <= len(place) <= 4


def test_where_a_file_says_that_it_was_filmed(tmp_path: Path) -> None:
    def film(name: str) -> Path:
        return write_film(tmp_path / name, NAVY[:12])

    def of(path: Path) -> list[tuple[float, float]]:
        found = read_positions(path)
        return [(point.lat, point.lon) for point in [*filter(None, [found.whole]), *(fix.point for fix in found.track)]]

    assert of(film("none.mp4")) == []
    assert of(with_iso_6709(film("user.mp4"))) == [LISBON]
    assert of(with_quicktime_key(film("key.mov"))) == [LISBON]
    assert of(with_track(film("gopro.mp4"), b"meta", b"gpmd", gopro([LISBON, THERE]))) == [LISBON, THERE]
    assert of(with_track(film("nofix.mp4"), b"meta", b"gpmd", gopro([LISBON], fix=0))) == []
    texts = [drone_text(*LISBON).encode(), drone_text(*THERE).encode()]
    inside = [struct.pack(">H", len(text)) + text for text in texts]
    assert of(with_track(film("drone.mp4"), b"text", b"tx3g", inside)) == [LISBON, THERE]
    beside = film("beside.webm")
    beside.with_suffix(".SRT").write_text(srt([drone_text(*LISBON), "GPS(-9.14, 38.72, 19) HOME(-70.1,41.2)"]))
    assert of(beside) == [LISBON, THERE]


def test_a_position_is_hidden_unless_it_is_allowed(tmp_path: Path) -> None:
    film = with_track(write_film(tmp_path / "a.mp4", NAVY), b"meta", b"gpmd", gopro([LISBON, LISBON]))
    frame = tmp_path / "frame.png"
    for allowed in (False, True):
        read = read_film(film, positions=allowed)
        frame.write_bytes(read.places[0][0].content)
        point = read_position(frame)
        assert read.has_position and (point is not None) == allowed
    assert point is not None and abs(point.lat - LISBON[0]) < 1e-6


def test_one_position_of_a_whole_film_is_that_of_its_beginning(tmp_path: Path) -> None:
    film = read_film(with_iso_6709(write_film(tmp_path / "a.mp4", [*NAVY, *RED])), positions=True)
    found = []
    for number, (frame, *_) in enumerate(film.places):
        path = tmp_path / f"{number}.png"
        path.write_bytes(frame.content)
        found.append(read_position(path))
    assert found[0] is not None and found[1] is None


def test_the_position_of_a_whole_film_is_lost_with_its_first_place() -> None:
    none = np.zeros(1)
    short, long = (Place((Look(n, float(n), 1.0, 1.0, none, none),), float(n)) for n in (1, 9))
    whole = Positions(whole=Point(lat=38.7, lon=-9.1))
    assert _where([long], short, whole) == {}
    assert set(_where([short, long], short, whole)) == {1}


def test_forms_of_positions() -> None:
    assert Positions().are_there is False
    for text in (b"+38.7139-009.1394/", b"+38.7139-009.1394+011.0CRSWGS_84/", b"+3842.834-00908.364/"):
        point = iso_6709(text)
        assert point is not None and abs(point.lat - 38.7139) < 1e-3 and abs(point.lon + 9.1394) < 1e-3
    for text in (b"", b"Lisbon", b"+00.0000+000.0000/", b"+99.0000-009.1394/", b"+38.7139"):
        assert iso_6709(text) is None
    typed = "[latitude : 38.7139] [longtitude : -9.1394]"  # so one firmware spells it
    assert [fix.at_s for fix in read_srt(srt(["subtitle", typed]))] == [1.0]


def refused(path: Path) -> str:
    with pytest.raises(ImageError) as raised:
        read_film(path, positions=False)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_films_that_cannot_be_read_are_refused_in_one_line(tmp_path: Path) -> None:
    whole = write_film(tmp_path / "whole.mp4", NAVY).read_bytes()
    path = tmp_path / "a.mp4"
    for content, told in (
        (b"", "empty"),
        (whole[: len(whole) // 2], "cut off"),
        (whole.replace(b"vide", b"soun"), "holds no pictures"),
        (b"#EXTM3U\nfile:///etc/hostname\n", "not a film"),
        (b"\x1aE\xdf\xa3" + bytes(200), "no pictures that can be decoded"),
    ):
        path.write_bytes(content)
        assert told in refused(path)
    assert "No such file" in refused(tmp_path / "missing.mp4")
    write_film(path, [Image.new("RGB", (320, 240), "black")] * 10)
    assert "dark or of one colour" in refused(path)


@pytest.mark.slow
def test_a_film_that_was_cut_off_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.webm", [*NAVY, *RED, *NAVY])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    film = read_film(path, positions=False)
    assert film.places and "cut off" in film.unused[0]


def test_damaged_indexes_cost_the_position_and_nothing_else(tmp_path: Path) -> None:
    film = with_track(write_film(tmp_path / "a.mp4", NAVY[:6]), b"meta", b"gpmd", gopro([LISBON, THERE]))
    content = film.read_bytes()
    index = content.rindex(b"gpmd")
    for at in range(index - 200, index + 120, 3):
        damaged = tmp_path / "b.mp4"
        damaged.write_bytes(content[:at] + b"\xff\xff\xff\xff" + content[at + 4 :])
        read_positions(damaged)  # raises nothing
