"""An album in solve: what a photo shows says where those before and after it can be, by the times in the files."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from geoagent.cli.main import main
from geoagent.errors import BAD_INPUT
from geoagent.geo import Area


@pytest.fixture(autouse=True)
def _cache(cache: Path) -> Iterator[None]:
    os.environ["GEOAGENT_CACHE_DIR"] = str(cache)
    yield
    del os.environ["GEOAGENT_CACHE_DIR"]


def timed(photo: Path, out: Path, time: str | None) -> Path:
    """A copy of a photo that says when it was taken."""
    if time is None:
        shutil.copy(photo, out)
        return out
    with Image.open(photo) as picture:
        exif = Image.Exif()
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = time
        picture.save(out, exif=exif, quality=95)
    return out


def solved(photos: list[Path], capsys: pytest.CaptureFixture[str]) -> list[dict]:  # type: ignore[type-arg]
    assert main(["solve", *map(str, photos), "--album", "--json", "--quiet"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_what_tells_nothing_is_found_by_its_neighbours(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sign, plain = photos / "spain_zaragoza.jpg", photos / "nowhere_plain.jpg"
    album = [
        timed(plain, tmp_path / "soon.jpg", "2024:06:01 12:30:00"),
        timed(sign, tmp_path / "sign.jpg", "2024:06:01 12:00:00"),
        timed(plain, tmp_path / "months.jpg", "2024:09:01 12:00:00"),
        timed(plain, tmp_path / "untimed.jpg", None),
    ]
    soon, known, months, untimed = solved(album, capsys)
    assert [level["code"] for level in soon["levels"][:2]] == ["ES", "ES.52"]
    assert soon["levels"][0]["stated"]
    assert any("30 minutes after sign.jpg" in step["statement"] for step in soon["chain"])
    assert known["levels"][0]["probability"] > 0.99
    assert not months["levels"][0]["stated"]
    assert not untimed["levels"][0]["stated"]


@pytest.mark.slow
def test_what_lies_between_two_is_near_both_and_each_keeps_its_own_sign(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    album = [
        timed(photos / "spain_zaragoza.jpg", tmp_path / "a.jpg", "2024:06:01 12:00:00"),
        timed(photos / "nowhere_plain.jpg", tmp_path / "b.jpg", "2024:06:01 16:00:00"),
        timed(photos / "france_lyon.jpg", tmp_path / "c.jpg", "2024:06:01 20:00:00"),
    ]
    first, between, last = solved(album, capsys)
    assert Area.parse(first["levels"][0]["code"]) == Area("ES")
    assert Area.parse(last["levels"][0]["code"]) == Area("FR")
    share = {region["key"]: region["probability"] for region in between["alternatives"]}
    assert share.get("ES", 0) + share.get("FR", 0) > 0.8


def test_what_is_said_of_all_photos_counts_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = tmp_path / "plain.png"
    Image.new("RGB", (320, 240), "grey").save(plain)
    told = tmp_path / "told.json"
    told.write_text(
        json.dumps([{"name": "a guess", "witness": "friend", "areas": [{"area": "BR"}], "reliability": 0.6}])
    )
    album = [timed(plain, tmp_path / f"{n}.jpg", f"2024:06:01 12:{n}0:00") for n in range(3)]
    said = ["--hint", "Portugal", "--evidence", str(told), "--json", "--quiet"]
    assert main(["solve", str(album[0]), *said]) == 0
    alone = json.loads(capsys.readouterr().out)
    assert main(["solve", *map(str, album), "--album", *said]) == 0
    together = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["levels"][0]["probability"] for one in together] == [alone["levels"][0]["probability"]] * 3


def test_what_excludes_it(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = str(photos / "nowhere_plain.jpg")
    assert main(["solve", photo, "--album", "--same-place"]) == 2
    assert main(["solve", photo, "--album", "--no-shortcuts"]) == 2
    assert "the times in the files" in capsys.readouterr().err


def test_a_photo_that_cannot_be_solved_costs_itself_alone(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cut.jpg").write_bytes((photos / "spain_zaragoza.jpg").read_bytes()[:3000])
    album = [tmp_path / "cut.jpg", photos / "spain_zaragoza.jpg"]
    assert main(["solve", *map(str, album), "--album", "--json", "--quiet"]) == BAD_INPUT
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["levels"][0]["code"] == "ES"
