"""Photos in tar files, Parquet and stores: found, read one by one, and what is bad costs itself alone."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pyarrow as pa
import pytest
from PIL import Image, ImageDraw, ImageFont
from pyarrow import parquet

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.cli.main import main
from geoagent.errors import BAD_INPUT, ConfigError, ImageError
from geoagent.runs.batch import new_batch
from geoagent.runs.resuming import check_photos
from geoagent.runs.run import solve_sample
from geoagent.runs.run_folder import read_results, read_samples
from geoagent.runs.samples import Sample, load_samples
from geoagent.runs.stored_photos import StoredPhoto, as_files, is_stored, named_apart, photos_at, read


def picture(text: str = "Calle Mayor 12, 28013 Madrid") -> bytes:
    image = Image.new("RGB", (700, 160), (200, 210, 190))
    ImageDraw.Draw(image).text((30, 50), text, (10, 10, 10), ImageFont.load_default(36))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG")
    return buffer.getvalue()


PHOTO = picture()


def tar_of(path: Path, members: dict[str, bytes], *more: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in more:
            archive.addfile(info)
    return path


@pytest.fixture
def store() -> Iterator[fsspec.AbstractFileSystem]:
    """The store of this process's memory, empty before and after."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    yield memory
    memory.store.clear()


def names(photos: list[StoredPhoto]) -> list[str]:
    return [photo.name for photo in photos]


def test_a_tar_gives_its_photos_alone(tmp_path: Path) -> None:
    link = tarfile.TarInfo("link.jpg")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    path = tar_of(tmp_path / "0.tar", {"a.jpg": PHOTO, "a.json": b"{}", "../../b.JPG": b"x"}, link)
    found = photos_at(path)
    assert names(found) == ["0.tar/a.jpg", "0.tar/../../b.JPG"]
    assert read(found[0].reference) == PHOTO
    with as_files([found[1].reference]) as files:
        (file,) = files
        assert Path(file).name == "1.jpg"
        assert Path(file).read_bytes() == b"x"
    assert not Path(file).exists()
    with pytest.raises(ImageError, match="no photo"):
        read(f"{path}#link.jpg")


def test_a_damaged_heading_costs_its_photo_alone(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "0.tar", {f"{n}.jpg": PHOTO for n in range(3)})
    content = bytearray(path.read_bytes())
    second = 512 + (len(PHOTO) + 511) // 512 * 512
    content[second : second + 100] = b"\xff" * 100
    path.write_bytes(content)
    found = photos_at(path)
    assert names(found) == ["0.tar/0.jpg", "0.tar/2.jpg"]
    assert [read(photo.reference) for photo in found] == [PHOTO, PHOTO]


def test_a_heading_that_leads_backwards_is_an_end(tmp_path: Path) -> None:
    """On some Pythons the module tarfile reads such a file for ever."""
    path = tar_of(tmp_path / "a.tar", {"a.jpg": PHOTO, "b.jpg": PHOTO, "c.jpg": PHOTO})
    content = bytearray(path.read_bytes())
    at = content.index(b"b.jpg")
    content[at + 124 : at + 136] = b"\xff" * 4 + (-1536).to_bytes(8, "big", signed=True)
    content[at + 148 : at + 156] = b" " * 8
    content[at + 148 : at + 156] = b"%06o\0 " % sum(content[at : at + 512])
    path.write_bytes(content)
    assert names(photos_at(path))[:1] == ["a.tar/a.jpg"]


def test_a_folder_and_a_file_are_no_archive_for_their_names(tmp_path: Path) -> None:
    (tmp_path / "holiday.tar").mkdir()
    (tmp_path / "old.tar#2020.jpg").write_bytes(PHOTO)
    assert not is_stored(tmp_path / "holiday.tar")
    assert not is_stored(tmp_path / "old.tar#2020.jpg")
    assert is_stored(tmp_path / "new.tar#2020.jpg")


def test_a_dataset_leads_into_no_archive_elsewhere(tmp_path: Path) -> None:
    private = tar_of(tmp_path / "private.tar", {"a.jpg": PHOTO})
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "x.tar").symlink_to(private)
    (tmp_path / "set" / "labels.csv").write_text("file,lat,lon\nx.tar#a.jpg,1,2\n")
    with pytest.raises(ConfigError, match="is not a file in"):
        load_samples(tmp_path / "set")


def test_a_tar_that_was_cut_off_loses_its_last_photo_alone(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "0.tar", {"a.jpg": PHOTO, "b.jpg": PHOTO})
    path.write_bytes(path.read_bytes()[: 1024 + len(PHOTO) + 600])
    one, other = photos_at(path)
    assert read(one.reference) == PHOTO
    with pytest.raises(ImageError, match=r"ends within b\.jpg"):
        read(other.reference)


@pytest.mark.parametrize("content", [b"", b"no tar at all" * 200, b"\x1f\x8b" + bytes(600)])
def test_what_is_no_tar_is_told_in_a_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "0.tar").write_bytes(content)
    with pytest.raises(ConfigError, match=r"no tar file|holds no photos"):
        photos_at(tmp_path / "0.tar")


def test_a_size_that_lies_is_no_bomb(tmp_path: Path) -> None:
    info = tarfile.TarInfo("huge.jpg")
    info.size = 5_000_000_000
    path = tmp_path / "0.tar"
    path.write_bytes(info.tobuf() + PHOTO)
    with pytest.raises(ImageError, match="more than 1 GB"):
        read(f"{path}#huge.jpg")


@pytest.mark.parametrize("nested", [False, True])
def test_parquet_gives_the_photos_of_its_rows(tmp_path: Path, nested: bool) -> None:
    cells = [PHOTO, None, b"broken", PHOTO, PHOTO]
    images = pa.array([None if cell is None else {"bytes": cell, "path": "x"} for cell in cells]) if nested else cells
    path = tmp_path / "photos.parquet"
    parquet.write_table(pa.table({"id": [f"p{n}" for n in range(5)], "image": images}), path, row_group_size=2)
    found = photos_at(path)
    assert names(found) == [f"photos.parquet/p{n}" for n in range(5)]
    assert [read(found[n].reference) for n in (0, 2, 3, 4)] == [PHOTO, b"broken", PHOTO, PHOTO]
    with pytest.raises(ImageError, match="row 1 holds no photo"):
        read(found[1].reference)


def test_rows_without_ids_of_their_own_are_numbered(tmp_path: Path) -> None:
    path = tmp_path / "photos.parquet"
    parquet.write_table(pa.table({"id": ["a", "a"], "jpg": [PHOTO, PHOTO]}), path)
    assert names(photos_at(path)) == ["photos.parquet/0", "photos.parquet/1"]
    parquet.write_table(pa.table({"id": ["a", "b"]}), path)
    with pytest.raises(ConfigError, match="no column of bytes"):
        photos_at(path)


def test_a_store_gives_its_photos_and_archives(store: fsspec.AbstractFileSystem, tmp_path: Path) -> None:
    store.pipe("/photos/a.jpg", PHOTO)
    store.pipe("/photos/below/0.tar", tar_of(tmp_path / "0.tar", {"b.jpg": PHOTO}).read_bytes())
    store.pipe("/photos/notes.txt", b"")
    found = photos_at("memory://photos")
    assert [photo.reference for photo in found] == ["memory://photos/a.jpg", "memory://photos/below/0.tar#b.jpg"]
    assert all(read(photo.reference) == PHOTO for photo in found)
    assert names(photos_at("memory://photos/*.jpg")) == ["photos/a.jpg"]
    with pytest.raises(ConfigError, match="holds no photos"):
        photos_at("memory://photos/*.png")
    with pytest.raises(ImageError, match="cannot be read"):
        read("memory://photos/gone.jpg")


def test_an_address_reaches_no_other_store_and_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigError, match="without ::"):
        photos_at("memory://x.tar::file:///etc/passwd")
    for address in ("file:///etc/passwd", "github://a:b@c/x.jpg", "http://example.org/x.tar"):
        assert main(["solve", address, "--out", str(tmp_path / "run")]) == BAD_INPUT
    assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_photos_of_one_name_are_known_by_their_references() -> None:
    one, other = StoredPhoto("/a/0.tar#x.jpg", "0.tar/x.jpg"), StoredPhoto("/b/0.tar#x.jpg", "0.tar/x.jpg")
    assert names(named_apart([one, other, one])) == ["/a/0.tar#x.jpg", "/b/0.tar#x.jpg"]


def test_a_run_of_somebody_else_reads_no_store_and_no_archive_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "shown").mkdir()
    (tmp_path / "shown" / "link.tar").symlink_to(tmp_path / "hidden.tar")
    for image in ("s3://bucket/x.jpg", f"{tmp_path}/hidden.tar#x.jpg", f"{tmp_path}/shown/link.tar#x.jpg"):
        sample = Sample(id="x", images=(image,))
        with pytest.raises(ConfigError, match="not begun here"):
            check_photos([sample], [tmp_path / "shown", Path()], tmp_path, tmp_path / "cache")


def test_a_stored_photo_is_solved_as_its_file_would_be(tmp_path: Path, cache: Path, atlas: Atlas) -> None:
    path = tar_of(tmp_path / "0.tar", {"a.jpg": PHOTO, "bad.jpg": b"no photo"})
    (tmp_path / "a.jpg").write_bytes(PHOTO)
    settings = Settings(cache_dir=cache)
    batch = new_batch(settings, [], tmp_path / "run", "", False, "agent", photos_at(path))
    assert [sample.id for sample in batch.samples] == ["0.tar/a.jpg", "0.tar/bad.jpg"]
    agent = GeoAgent(settings)
    good, bad = (solve_sample(agent, sample, "agent", False) for sample in batch.samples)
    alone = agent.trace(tmp_path / "a.jpg")
    assert good.trace is not None
    assert good.trace.photos[0].path == f"{path}#a.jpg"
    assert good.trace.photos[0].id == alone.photos[0].id
    assert good.trace.prediction.levels == alone.prediction.levels
    assert bad.trace is None
    assert bad.fault is not None
    assert f"{path}#bad.jpg" in bad.fault


@pytest.mark.slow
def test_archives_into_a_run_that_goes_on(
    tmp_path: Path, cache: Path, atlas: Atlas, store: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    shard = tar_of(tmp_path / "0.tar", {"a.jpg": PHOTO, "bad.jpg": b"no photo"})
    store.pipe("/photos/c.jpg", picture("Boulangerie de Lyon"))
    run = tmp_path / "run"
    named = ["solve", str(shard), "memory://photos", "--out", str(run), "--quiet"]
    assert main(named) == BAD_INPUT
    found = {result.id: result for result in read_results(run)}
    assert sorted(found) == ["0.tar/a.jpg", "0.tar/bad.jpg", "photos/c.jpg"]
    assert [name for name, result in found.items() if result.trace is None] == ["0.tar/bad.jpg"]
    assert len(read_samples(run)) == 3
    lines = (run / "results.jsonl").read_bytes().split(b"\n")
    (run / "results.jsonl").write_bytes(b"\n".join(lines[:1]) + b"\n")
    assert main(["resume", str(run), "--quiet"]) in (0, BAD_INPUT)
    assert sorted(result.id for result in read_results(run)) == sorted(found)
