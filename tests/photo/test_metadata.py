"""The position in a photo's file: evidence, in every format, where it is allowed; else told only that there is one."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image, PngImagePlugin, TiffImagePlugin

from geoagent import GeoAgent, Prediction, Settings
from geoagent.atlas import Atlas
from geoagent.geo import Point, distance_km
from geoagent.photo import load_photo, read_position, read_shot
from geoagent.photo.metadata import Shot
from geoagent.testing.scripted_model import ScriptedModel, action, look

SUFFIXES = ["jpg", "png", "webp", "tiff", "avif", "heic"]
UPPSALA = Point(lat=59.8581, lon=17.6389)
LIMA = Point(lat=-12.0464, lon=-77.0428)
ANGLES = {"N": (59.0, 51.0, 29.16), "E": (17.0, 38.0, 20.04)}


def exif(lat: Any = ANGLES["N"], lon: Any = ANGLES["E"], north: Any = "N", east: Any = "E") -> Image.Exif:
    made = Image.Exif()
    made[ExifTags.Base.Make] = "Leica"
    made[ExifTags.Base.ImageDescription] = "Holiday in Uppsala"
    tags = {1: north, 2: lat, 3: east, 4: lon}
    made.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2024:06:01 12:00:00"
    made.get_ifd(ExifTags.IFD.GPSInfo).update({tag: value for tag, value in tags.items() if value is not None})
    return made


def packet(lat: str = "59,51.486N", lon: str = "17,38.334E") -> bytes:
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
        xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
        exif:GPSDestLatitude="1,1.0N" exif:GPSLatitude="{lat}" photoshop:City="Uppsala">
        <exif:GPSLongitude>{lon}</exif:GPSLongitude></rdf:Description></rdf:RDF></x:xmpmeta>""".encode()


def save(image: Image.Image, path: Path, xmp: bytes) -> None:
    if path.suffix == ".png":
        info = PngImagePlugin.PngInfo()
        info.add_itxt("XML:com.adobe.xmp", xmp.decode())
        image.save(path, pnginfo=info)
    elif path.suffix == ".tiff":
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[ExifTags.Base.XMLPacket] = xmp
        image.save(path, tiffinfo=tags)
    else:
        image.save(path, xmp=xmp)


def plain() -> Image.Image:
    return Image.linear_gradient("L").resize((160, 120)).convert("RGB")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_exif_and_xmp_hold_a_position(tmp_path: Path, suffix: str) -> None:
    plain().save(tmp_path / f"exif.{suffix}", exif=exif().tobytes())
    save(plain(), tmp_path / f"xmp.{suffix}", packet())
    for name in ("exif", "xmp"):
        found = read_position(tmp_path / f"{name}.{suffix}")
        assert found is not None
        assert distance_km(found, UPPSALA) < 0.002


def test_south_and_west(tmp_path: Path) -> None:
    plain().save(tmp_path / "a.jpg", exif=exif((12, 2, 47.04), (77, 2, 34.08), "S", "W"))
    plain().save(tmp_path / "b.jpg", xmp=packet("12,2,47.04S", "77,2,34.08W"))
    for name in ("a.jpg", "b.jpg"):
        found = read_position(tmp_path / name)
        assert found is not None
        assert distance_km(found, LIMA) < 0.002


def test_exif_comes_before_xmp(tmp_path: Path) -> None:
    plain().save(tmp_path / "a.jpg", exif=exif().tobytes(), xmp=packet("12,2.784S", "77,2.568W"))
    found = read_position(tmp_path / "a.jpg")
    assert found is not None
    assert distance_km(found, UPPSALA) < 0.002


NOTHING = TiffImagePlugin.IFDRational(0, 0)


@pytest.mark.parametrize(
    "fault",
    [
        {"lat": (0.0, 0.0, 0.0), "lon": (0.0, 0.0, 0.0)},
        {"lat": (NOTHING, NOTHING, NOTHING)},
        {"lat": (91.0, 0.0, 0.0)},
        {"lon": (181.0, 0.0, 0.0)},
        {"lat": (59.0, 5100.0, 0.0)},
        {"lat": ()},
        {"lat": (1.0, 2.0, 3.0, 4.0)},
        {"lat": None},
        {"north": None},
        {"north": "E"},
        {"east": "?"},
    ],
    ids=str,
)
def test_what_is_no_position_is_not_taken(tmp_path: Path, fault: dict[str, Any]) -> None:
    plain().save(tmp_path / "a.jpg", exif=exif(**fault))
    assert read_position(tmp_path / "a.jpg") is None


@pytest.mark.parametrize("lat", ["0,0.0N", "", "91,0.0N", "59.8581", "59,51.486", "59,75.0N", "nan,0N", "59,51.486E"])
def test_what_is_no_position_in_xmp_is_not_taken(tmp_path: Path, lat: str) -> None:
    plain().save(tmp_path / "a.jpg", xmp=packet(lat, "0,0.0E" if lat == "0,0.0N" else "17,38.334E"))
    assert read_position(tmp_path / "a.jpg") is None


def test_the_equator_and_greenwich_are_places(tmp_path: Path) -> None:
    plain().save(tmp_path / "a.jpg", exif=exif((0.0, 0.0, 0.0), ANGLES["E"]))
    plain().save(tmp_path / "b.jpg", exif=exif(ANGLES["N"], (0.0, 0.0, 0.0)))
    assert (read_position(tmp_path / "a.jpg") or LIMA).lat == 0
    assert (read_position(tmp_path / "b.jpg") or LIMA).lon == 0


def shot(
    north: str = "T", heading: Any = 212.5, offset: str = "+02:00", clock: str = "2024:06:01 12:00:00"
) -> Image.Exif:
    made = exif()
    details, gps = made.get_ifd(ExifTags.IFD.Exif), made.get_ifd(ExifTags.IFD.GPSInfo)
    details[ExifTags.Base.DateTimeOriginal], details[ExifTags.Base.OffsetTimeOriginal] = clock, offset
    gps[ExifTags.GPS.GPSImgDirectionRef], gps[ExifTags.GPS.GPSImgDirection] = north, 212.5
    return made


def test_the_clock_with_its_offset_and_the_heading_are_read(tmp_path: Path) -> None:
    plain().save(tmp_path / "a.jpg", exif=shot())
    plain().save(tmp_path / "b.jpg", exif=shot(north="M", offset="summer", clock="0000:00:00 00:00:00"))
    plain().save(tmp_path / "c.jpg")
    assert read_shot(tmp_path / "a.jpg") == Shot("2024:06:01 12:00:00", "+02:00", 212.5)
    assert read_shot(tmp_path / "b.jpg") == Shot(None, None, 212.5, magnetic=True)
    assert read_shot(tmp_path / "c.jpg") == Shot()


def test_offset_and_heading_are_clues_where_the_position_may_be_read(
    tmp_path: Path, agent: GeoAgent, allowing: GeoAgent
) -> None:
    plain().save(tmp_path / "a.jpg", exif=shot())
    hidden, told = (one.trace(tmp_path / "a.jpg").trace for one in (agent, allowing))
    assert not [word for word in ("+02:00", "212", "213") if word in hidden.model_dump_json()]
    assert [clue.heading_deg for clue in told.clues if clue.heading_deg is not None] == [212.5]
    assert any("UTC+02:00" in clue.value for clue in told.clues)


@pytest.fixture(scope="module")
def allowing(atlas: Atlas, cache: Path) -> GeoAgent:
    return GeoAgent(Settings(cache_dir=cache, allow_exif_gps=True))


def content(prediction: Prediction) -> dict[str, Any]:
    return prediction.model_dump(exclude={"usage": {"seconds"}, "unused_positions": True})


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_by_default_the_position_changes_nothing(tmp_path: Path, agent: GeoAgent, suffix: str) -> None:
    plain().save(tmp_path / f"bare.{suffix}")
    plain().save(tmp_path / f"exif.{suffix}", exif=exif().tobytes())
    save(plain(), tmp_path / f"xmp.{suffix}", packet())
    bare, *others = (agent.solve(tmp_path / f"{name}.{suffix}") for name in ("bare", "exif", "xmp"))
    assert all(content(other) == content(bare) for other in others)
    assert [answer.unused_positions for answer in (bare, *others)] == [(), (1,), (1,)]


def test_by_default_no_word_of_it_is_in_the_trace(tmp_path: Path, agent: GeoAgent) -> None:
    plain().save(tmp_path / "a.jpg", exif=exif().tobytes(), xmp=packet())
    file = agent.trace(tmp_path / "a.jpg")
    assert file.settings["allow_exif_gps"] is False
    assert "Leica" in file.trace.model_dump_json()
    assert "2024:06:01" in file.trace.model_dump_json()
    assert not [word for word in ("Uppsala", "59.85", "17.63", "position") if word in file.trace.model_dump_json()]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_allowed_it_is_the_answer(tmp_path: Path, allowing: GeoAgent, suffix: str) -> None:
    plain().save(tmp_path / f"a.{suffix}", exif=exif().tobytes())
    file = allowing.trace(tmp_path / f"a.{suffix}")
    assert file.settings["allow_exif_gps"] is True
    assert [item.witness for item in file.trace.evidence] == ["exif"]
    assert "Uppsala" not in " ".join(clue.value for clue in file.trace.clues)
    prediction = file.prediction
    assert distance_km(prediction.point, UPPSALA) < 0.1
    assert [(level.level, level.stated) for level in prediction.levels] == [
        (level, True) for level in ("country", "region", "city", "point")
    ]
    assert 0.8 < prediction.levels[-1].probability < prediction.levels[0].probability < 0.99
    assert prediction.radius_km_50 <= 0.1


def test_each_photo_of_a_case_says_where_it_is(tmp_path: Path, allowing: GeoAgent) -> None:
    plain().save(tmp_path / "a.jpg", exif=exif().tobytes())
    plain().rotate(180).save(tmp_path / "b.jpg", exif=exif((59.0, 51.0, 29.9)))
    plain().transpose(Image.Transpose.ROTATE_90).save(tmp_path / "c.jpg")
    file = allowing.trace(*(tmp_path / f"{name}.jpg" for name in "abc"))
    (position,) = file.trace.evidence
    assert position.statement.startswith("the files of photos 1 and 2 give")
    assert [clue.view for clue in file.trace.clues if clue.id in position.clues] == [1, 2]
    assert distance_km(file.prediction.point, UPPSALA) < 0.1


def test_what_the_metadata_hide_does_not_cost_the_photo(tmp_path: Path, allowing: GeoAgent) -> None:
    broken = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x25\x88\x04\0\x01\0\0\0\xff\xff\xff\x7f"
    plain().save(tmp_path / "a.jpg", exif=broken, xmp=b"\xff\xfe<exif:GPSLatitude>")
    assert read_position(tmp_path / "a.jpg") is None
    assert load_photo(tmp_path / "a.jpg").metadata == ()
    assert allowing.solve(tmp_path / "a.jpg").stated is None


@pytest.mark.parametrize("allowed", [False, True])
def test_a_model_server_gets_the_position_only_where_it_is_allowed(tmp_path: Path, cache: Path, allowed: bool) -> None:
    plain().save(tmp_path / "a.jpg", exif=exif().tobytes(), xmp=packet())
    opinion = look({"country": "Chile", "probability": 0.4}, {"country": "Peru", "probability": 0.4})
    with ScriptedModel([opinion, action("conclude", claims=[])]) as model:
        settings = Settings(vlm=model.url, model="scripted", cache_dir=cache, allow_exif_gps=allowed)
        GeoAgent(settings).solve(tmp_path / "a.jpg")
    first, *later = (json.dumps(request) for request in model.requests)
    assert later
    assert "59.858" not in first  # the first look is the model's own
    assert any("59.858" in request for request in later) == allowed
    assert not any("Holiday" in request for request in [first, *later])


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff", "avif"])
def test_that_there_is_a_position_is_told_without_which(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    Image.new("RGB", (64, 64), "grey").save(path, exif=exif().tobytes())
    ref = load_photo(path).ref
    assert ref.has_position is True
    assert "59." not in ref.model_dump_json() and "17." not in ref.model_dump_json()
    Image.new("RGB", (64, 64), "grey").save(path, exif=exif(lat=None).tobytes())
    assert load_photo(path).ref.has_position is False
