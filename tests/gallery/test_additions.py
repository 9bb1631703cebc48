"""Photos with EXIF or labels, Parquet and WebDataset come in; what cannot is told and left out."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

from geoagent.errors import ConfigError
from geoagent.gallery.additions import add
from geoagent.gallery.encoder import EmbeddedEncoder, find_encoder
from geoagent.gallery.store import open_gallery
from geoagent.geo import Point
from geoagent.photo.hashing import is_same, picture_hash
from tests.gallery.scenes import another_look, place, save
from tests.heard import heard


def added(folder: Path, source: Path, encoder: str | None = None) -> tuple[int, list[str], list[int]]:
    kept = list[int]()
    with heard() as told:
        return add(folder, source, encoder, kept.append), told, kept


def test_photos_with_exif_or_labels_and_no_others(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    (photos / "below").mkdir(parents=True)
    save(place(1), photos / "exif.jpg", 41.0, 2.0)
    save(place(2), photos / "below" / "labelled.jpg")
    save(place(3), photos / "nowhere.jpg")
    (photos / "broken.jpg").write_bytes(b"no picture")
    (photos / "labels.csv").write_text("file,lat,lon\nbelow/labelled.jpg,-33.5,151.25\n")
    count, told, kept = added(tmp_path / "g", photos)
    assert (count, kept) == (2, [2])
    assert len(told) == 2
    assert any("nowhere.jpg" in line and "no position" in line for line in told)
    assert any("broken.jpg" in line for line in told)
    gallery = open_gallery(tmp_path / "g")
    points = {Path(entry.name).name: entry.point for entry in map(gallery.entry, range(2))}
    assert points == {"exif.jpg": Point(lat=41, lon=2), "labelled.jpg": Point(lat=-33.5, lon=151.25)}

    save(place(4), photos / "later.jpg", 10.0, 10.0)
    assert added(tmp_path / "g", photos)[0] == 1
    assert len(open_gallery(tmp_path / "g")) == 3


def test_a_wrong_label_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,lat,lon\na.jpg,91,0\n")
    with pytest.raises(ConfigError, match=r"labels.csv, line 2"):
        added(tmp_path / "g", tmp_path)


def rows() -> list[dict[str, object]]:
    vector = np.random.default_rng(0).normal(size=(5, 16)).astype(np.float32)
    good = [{"name": f"p{n}", "lat": 10.0 * n, "lon": -5.0, "embedding": vector[n].tolist()} for n in range(4)]
    return [
        *good, dict(good[0]), {**good[0], "name": "nan", "embedding": [float("nan")] * 16},
        {**good[0], "name": "short", "embedding": [1.0]}, {**good[0], "name": "north", "lat": 95.0},
        {**good[0], "name": "unplaced", "lat": None},
    ]  # fmt: skip


def test_parquet(tmp_path: Path) -> None:
    parquet.write_table(pa.Table.from_pylist(rows()), tmp_path / "rows.parquet")
    count, told, _ = added(tmp_path / "g", tmp_path / "rows.parquet", "clip")
    assert count == 4
    assert len(told) == 5
    gallery = open_gallery(tmp_path / "g")
    assert (gallery.encoder, gallery.dimension, gallery.entry(3).name) == ("clip", 16, "p3")
    assert added(tmp_path / "g", tmp_path / "rows.parquet", "clip")[0] == 0
    with pytest.raises(ConfigError, match="--encoder"):
        added(tmp_path / "g", tmp_path / "rows.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(ConfigError, match="not Parquet"):
        added(tmp_path / "g", tmp_path / "bad.parquet", "clip")


def test_webdataset(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "shard.tar", "w") as shard:
        for number, row in enumerate(rows()[:4]):
            vector = io.BytesIO()
            np.save(vector, np.array(row["embedding"], np.float32))
            for name, content in (
                (f"../{number:04}.json", json.dumps({"lat": row["lat"], "lon": row["lon"]}).encode()),
                (f"../{number:04}.npy", vector.getvalue()),
            ):
                member = tarfile.TarInfo(name)
                member.size = len(content)
                shard.addfile(member, io.BytesIO(content))
        pickled = io.BytesIO()
        np.save(pickled, np.array([{"a": 1}], dtype=object), allow_pickle=True)
        member = tarfile.TarInfo("x.npy")
        member.size = len(pickled.getvalue())
        shard.addfile(member, io.BytesIO(pickled.getvalue()))
    before = set(tmp_path.parent.rglob("*.npy"))
    count, told, _ = added(tmp_path / "g", tmp_path / "shard.tar", "clip")
    assert (count, len(told)) == (4, 1)
    assert set(tmp_path.parent.rglob("*.npy")) == before
    assert open_gallery(tmp_path / "g").entry(2).point == Point(lat=20, lon=-5)


def test_a_source_that_is_none(tmp_path: Path) -> None:
    for name in ("missing", "missing.tar"):
        with pytest.raises(ConfigError, match="neither a folder"):
            added(tmp_path / "g", tmp_path / name, "clip")
    with pytest.raises(ConfigError, match="no encoder 'clip'"):
        find_encoder("clip")


def test_the_embedded_encoder_knows_the_same_view_again() -> None:
    encoder = EmbeddedEncoder()
    known = np.array([encoder.encode(place(seed)) for seed in range(30)])
    assert known.shape == (30, encoder.dimension)
    assert np.linalg.norm(known, axis=1) == pytest.approx(np.ones(30), abs=1e-5)
    again = np.array([encoder.encode(another_look(place(seed), seed)) for seed in range(30)])
    assert ((again @ known.T).argmax(axis=1) == np.arange(30)).mean() > 0.9


def test_the_same_picture_is_known_after_scaling_and_compression() -> None:
    for seed in range(10):
        image, copy = place(seed), io.BytesIO()
        image.resize((200, 150)).save(copy, "JPEG", quality=40)
        assert is_same(picture_hash(image), picture_hash(Image.open(copy)))
        assert not is_same(picture_hash(image), picture_hash(place(seed + 100)))
