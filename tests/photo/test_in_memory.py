"""Photos given as bytes, as pictures of Pillow's or by an address are the photos that they are as files."""

import hashlib
from pathlib import Path

import pytest
from PIL import Image

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.errors import ImageError
from geoagent.web.services.photo_address import name_in
from tests.internet import Reply, Web
from tests.photo.test_metadata import exif

ADDRESS = "https://pictures.example/a%20b/caf%C3%A9.jpg?size=2"


def test_bytes_and_pictures_are_the_photo_in_the_file(agent: GeoAgent, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (80, 60), "orange").save(path, exif=exif())
    ref = agent.start(path)["photos"][0]
    for given in (str(path), path.read_bytes(), Image.open(path), Image.open(path).convert("RGBA")):
        other = agent.start(given)["photos"][0]
        assert (other.id, other.has_position) == (ref.id, True)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr", "HSV", "F", "I"])
def test_a_picture_of_any_mode_is_read(agent: GeoAgent, mode: str) -> None:
    assert agent.start(Image.new(mode, (64, 64)))["photos"][0].width == 64


def test_the_folder_of_held_photos_goes_with_the_agent(cache: Path, atlas: Atlas) -> None:
    agent = GeoAgent(Settings(cache_dir=cache))
    path = Path(agent.start(Image.new("RGB", (64, 64)))["photos"][0].path)
    assert path.exists()
    del agent
    assert not path.exists()


def test_what_is_solved_leaves_no_file(cache: Path, atlas: Atlas, tmp_path: Path) -> None:
    """A trace names its photo, so that of a traced one stays; a file of somebody's own always does."""
    path = tmp_path / "a.png"
    Image.new("RGB", (64, 64)).save(path)
    agent = GeoAgent(Settings(cache_dir=cache))
    kept = Path(agent.start(path.read_bytes())["photos"][0].path)
    agent.solve(path.read_bytes(), path)
    assert list(kept.parent.parent.iterdir()) == [kept.parent]
    with pytest.raises(ImageError):
        agent.solve(Image.new("RGB", (64, 64), "red"), b"no picture")
    assert list(kept.parent.parent.iterdir()) == [kept.parent]
    assert path.exists()


@pytest.mark.parametrize("given", [b"", b"no picture", Image.new("RGB", (0, 0))])
def test_what_is_no_picture_is_one_line(agent: GeoAgent, given: bytes | Image.Image) -> None:
    with pytest.raises(ImageError) as error:
        agent.start(given)
    assert len(str(error.value).splitlines()) == 1
    assert str(error.value).startswith("the bytes given: ") or not isinstance(given, bytes)


def test_an_address_is_fetched_only_where_that_is_allowed(cache: Path, atlas: Atlas, photos: Path) -> None:
    body = (photos / "nowhere_plain.jpg").read_bytes()
    with Web({"pictures.example/a%20b/caf%C3%A9.jpg": Reply(body, "image/jpeg")}) as web:
        closed = GeoAgent(Settings(cache_dir=cache), network=web.network)
        with pytest.raises(ImageError, match="--online"):
            closed.start(ADDRESS)
        assert web.resolved == []
        allowed = GeoAgent(Settings(cache_dir=cache, online=True), network=web.network)
        http = ADDRESS.replace("https", "http")
        ref = allowed.start(http)["photos"][0]
        assert (Path(ref.path).name, ref.id) == ("café.jpg", closed.start(photos / "nowhere_plain.jpg")["photos"][0].id)
        assert ref.fetched and (ref.fetched.address, ref.fetched.sha256) == (http, hashlib.sha256(body).hexdigest())
        signed = allowed.start(f"{http}&token=0123456789abcdef")["photos"][0].fetched
        assert signed and signed.address == f"{http}&token=•••"
        for bad in (http.replace("a%20b", "none"), "http://127.0.0.1/a.jpg", "http://pictures.example:22/a.jpg"):
            with pytest.raises(ImageError, match="was not fetched"):
                allowed.start(bad)


@pytest.mark.parametrize(
    ("address", "name"),
    [("http://a.example/", "photo"), ("http://a.example/x/..%2f..%2fetc", "etc"), ("http://a.example/x.jpg/", "x.jpg")],
)
def test_the_name_of_an_address_is_no_path(address: str, name: str) -> None:
    assert name_in(address).endswith(name) and "/" not in name_in(address)
