from pathlib import Path

import pytest
from PIL import Image

from geoagent.case.views import Panorama
from geoagent.errors import ImageError
from geoagent.photo import load_photo
from tests.scenes import write_graph


def shown(path: Path) -> Panorama | None:
    return load_photo(path).ref.panorama


def test_twice_as_wide_as_high_is_a_panorama_if_it_is_large(tmp_path: Path) -> None:
    for name, size in {"whole": (1024, 512), "small": (640, 320), "photo": (1024, 768)}.items():
        Image.new("RGB", size).save(tmp_path / f"{name}.png")
    assert shown(tmp_path / "whole.png") == Panorama()
    assert shown(tmp_path / "small.png") is None
    assert shown(tmp_path / "photo.png") is None


def test_the_graph_file_tells_the_heading_and_no_position(tmp_path: Path) -> None:
    Image.new("RGB", (1024, 512)).save(tmp_path / "a.png")
    links = [{"to": "a", "bearing_deg": 5}]
    write_graph(tmp_path, {"a": {"file": "a.png", "heading_deg": -350, "links": links, "position": [59.8, 17.6]}})
    found = shown(tmp_path / "a.png")
    assert found == Panorama(heading_deg=10, linked=True)
    Image.new("RGB", (1024, 768)).save(tmp_path / "other.png")
    assert shown(tmp_path / "other.png") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not json", "not a graph of panoramas"),
        ('{"nodes": {"a": {"file": "../../etc/passwd"}}}', "not a graph of panoramas: nodes.a.file"),
        ('{"nodes": {"a": {"file": "a.png", "heading_deg": 1e999}}}', "heading_deg"),
        ('{"nodes": {"a": {"file": "a.png", "links": [{"to": "b", "bearing_deg": 0}]}}}', "'b', which is none"),
    ],
)
def test_a_bad_graph_file_is_one_clear_line(tmp_path: Path, text: str, expected: str) -> None:
    Image.new("RGB", (1024, 512)).save(tmp_path / "a.png")
    (tmp_path / "panoramas.json").write_text(text)
    with pytest.raises(ImageError, match=r"panoramas\.json") as raised:
        load_photo(tmp_path / "a.png")
    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)


def test_damaged_numbers_of_a_panorama_cost_only_themselves(tmp_path: Path) -> None:
    told = b'<a GPano:ProjectionType="equirectangular" GPano:FullPanoWidthPixels="x" GPano:PoseHeadingDegrees="nan"/>'
    Image.new("RGB", (1024, 768)).save(tmp_path / "a.jpg", xmp=told)
    Image.new("RGB", (1024, 512)).save(tmp_path / "b.jpg", xmp=told)
    assert shown(tmp_path / "a.jpg") is None
    assert shown(tmp_path / "b.jpg") == Panorama()
