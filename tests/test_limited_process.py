"""Work in another process has a limit, whatever it is at, and what comes after it is done by another one."""

import io
import time
from pathlib import Path

import pytest
from PIL import Image

from geoagent.cancellation import CalledOff, called_off_when
from geoagent.limited_process import ApartError, Limit, TookTooLong, apart
from geoagent.photo import load_photo

FEW_S = 20.0
PLENTY = Limit(20.0, 60.0)


def bomb(scans: int) -> bytes:
    """A JPEG of a few kilobytes in which each scan goes over all pixels."""
    file = io.BytesIO()
    Image.new("L", (9000, 9000)).save(file, "JPEG", quality=1, progressive=True)
    data = file.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * scans + b"\xff\xd9"


def page(attributes: int) -> bytes:
    told = b" ".join(b'a%d="1"' % number for number in range(attributes))
    text = b"The town hall stands in Uppsala. " + 30 * b"It is old. "
    return b"<html><body><p " + told + b">" + text + b"</p></body></html>"


@pytest.mark.slow
@pytest.mark.parametrize("limit", [Limit(1.0, 60.0), Limit(60.0, 1.0)], ids=["of the processor", "of the clock"])
def test_a_bomb_is_ended_and_the_next_photo_is_read(limit: Limit, tmp_path: Path, photos: Path) -> None:
    (tmp_path / "bomb.jpg").write_bytes(bomb(3000))
    began = time.monotonic()
    with (
        pytest.raises(TookTooLong),
        apart("geoagent.photo.decoding:decoded", {"path": str(tmp_path / "bomb.jpg")}, b"", limit) as done,
    ):
        done.read(10)
    assert time.monotonic() - began < FEW_S
    assert load_photo(photos / "spain_zaragoza.jpg").ref.width == 1280


def test_what_nobody_wants_any_more_is_ended(tmp_path: Path) -> None:
    (tmp_path / "bomb.jpg").write_bytes(bomb(3000))
    began = time.monotonic()
    with (
        called_off_when(lambda: True),
        pytest.raises(CalledOff),
        apart("geoagent.photo.decoding:decoded", {"path": str(tmp_path / "bomb.jpg")}, b"", PLENTY) as done,
    ):
        done.read(10)
    assert time.monotonic() - began < FEW_S


def test_a_page_that_explodes_is_ended() -> None:
    given = {"content_type": "text/html", "url": "http://a.example/"}
    began = time.monotonic()
    with pytest.raises(TookTooLong), apart("geoagent.web.parsing:page", given, page(200_000), Limit(2.0, 2.0)):
        pass
    assert time.monotonic() - began < FEW_S
    with apart("geoagent.web.parsing:page", given, page(3), PLENTY) as done:
        assert "Uppsala" in done.data["paragraphs"][0]


def test_a_malformed_link_does_not_cost_the_others() -> None:
    body = b'<p>Town hall</p><a href="http://[broken">x</a><a href="/hall">y</a><a href="http://b.example/">z</a>'
    with apart(
        "geoagent.web.parsing:page", {"content_type": "text/html", "url": "http://a.example/"}, body, PLENTY
    ) as d:
        assert d.data["links"] == ["http://a.example/hall", "http://b.example/"]


def test_a_photo_with_a_film_behind_it_is_no_bomb(tmp_path: Path, photos: Path) -> None:
    still = photos / "spain_zaragoza.jpg"
    (tmp_path / "motion.jpg").write_bytes(still.read_bytes() + b"\xff\xda" * 5000)
    assert load_photo(tmp_path / "motion.jpg").ref.id == load_photo(still).ref.id


def test_what_the_work_says_is_told() -> None:
    with (
        pytest.raises(ApartError, match="a picture that cannot be read"),
        apart("geoagent.web.parsing:picture", {}, b"GIF89a", PLENTY),
    ):
        pass


def test_what_nobody_reads_costs_no_more_than_its_process(photos: Path) -> None:
    """A worker whose answer was left unread must not give it to whoever comes next."""
    given = {"path": str(photos / "spain_zaragoza.jpg")}
    with pytest.raises(TookTooLong), apart("geoagent.photo.decoding:decoded", given, b"", PLENTY):
        pass
    with apart("geoagent.web.parsing:page", {"content_type": "text/plain", "url": ""}, b"a", PLENTY) as done:
        assert done.data["paragraphs"] == ["a"]
