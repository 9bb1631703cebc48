"""Prints what a gallery costs and finds: `python benchmarks/gallery.py [FOLDER OF PHOTOS WITH POSITIONS]`.

With `--milvus ADDRESS` the index is there, such as `--milvus gallery.db` for milvus-lite; `--count` takes fewer
vectors.

The aims are those of the project, for 100,000 vectors of 512 numbers: built in 90 s, 2 ms a query in the median, recall
of the ten most alike at least 0.98 against comparing all. The vectors lie in clusters, as those of photos do: 2,000
places in 48 directions, whose photos differ more or less.

With a folder: of searches for its own photos, with what is learnt from the other half of the places, how often the
first hit was near, and how often it was said to be.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from geoagent.gallery import index
from geoagent.gallery.additions import add
from geoagent.gallery.encoder import Vector
from geoagent.gallery.entries import Entry
from geoagent.gallery.store import FolderGallery, open_gallery, open_or_make
from geoagent.gallery.trust import Example, fit
from geoagent.geo import Point

COUNT, DIMENSION, ASKED, AT_ONCE = 100_000, 512, 500, 4096


def clustered(count: int, rng: np.random.Generator, spread: float, seed: int = 1) -> Vector:
    """Unit vectors of photos: a place, what differs between its photos, noise, and a part that all share."""
    fixed = np.random.default_rng(seed)
    places, basis = fixed.normal(size=(2000, 48)), fixed.normal(size=(48, DIMENSION)) / 7
    photos = places[rng.integers(0, 2000, count)] + spread * rng.normal(size=(count, 48))
    vectors: Vector = photos @ basis + 0.1 * rng.normal(size=(count, DIMENSION)) + 1.0
    unit: Vector = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def build(folder: Path, vectors: Vector, milvus: str) -> float:
    """Seconds to add vectors, durably, to index them, and to learn what a hit is worth."""
    began, worked = time.perf_counter(), time.process_time()
    gallery = open_or_make(folder, "benchmark", DIMENSION, None, milvus)
    point = Point(lat=0, lon=0)
    with gallery.writing():
        for start in range(0, len(vectors), AT_ONCE):
            part = vectors[start : start + AT_ONCE]
            gallery.add([Entry(f"photo {start + n}", point) for n in range(len(part))], part)
        kept = time.perf_counter() - began
        gallery.settle()
    print(
        f"    on the disk after {kept:.1f} s; {time.process_time() - worked:.0f} s of processor time in all", flush=True
    )
    return time.perf_counter() - began


def queries(gallery: FolderGallery, vectors: Any, asked: Any) -> tuple[float, float]:
    """The median of a query in ms, and recall at 10 against comparing all."""
    milliseconds, hits = list[float](), 0
    exact = np.argsort(-(asked @ vectors.T), axis=1)[:, :10]
    gallery.nearest(asked[0], 10)
    for vector, best in zip(asked, exact, strict=True):
        began = time.perf_counter()
        found = gallery.nearest(vector, 10)
        milliseconds.append((time.perf_counter() - began) * 1000)
        hits += len({hit.number for hit in found} & set(best.tolist()))
    return statistics.median(milliseconds), hits / (10 * len(asked))


def scale(count: int, milvus: str) -> None:
    """Build and query at full size, with loose and with tight places, and with no places at all."""
    for name, spread in (("places loose", 0.35), ("places tight", 0.05), ("no places", 3.0)):
        every = clustered(count + ASKED, np.random.default_rng(0), spread)
        vectors, asked = every[:count], every[count:]
        with tempfile.TemporaryDirectory() as temporary:
            print(f"{name}:", flush=True)
            seconds = build(Path(temporary) / "g", vectors, milvus)
            began = time.perf_counter()
            gallery = open_gallery(Path(temporary) / "g", None, milvus)
            gallery.nearest(asked[0], 1)
            opened = time.perf_counter() - began
            size_mb = sum(file.stat().st_size for file in (Path(temporary) / "g").iterdir()) / 2**20
            median, recall = queries(gallery, vectors, asked)
        print(
            f"    built in {seconds:.1f} s (aim 90), {size_mb:.0f} MB; opened with the first query in {opened:.2f} s\n"
            f"    query {median:.2f} ms (aim 2), recall of 10 {recall:.4f} (aim 0.98), n = {ASKED}",
            flush=True,
        )


def worth(photos: Path) -> None:
    """What the embedded encoder's hits are worth, held out by place."""
    with tempfile.TemporaryDirectory() as temporary:
        add(Path(temporary) / "g", photos, None, lambda held: None)
        examples = open_gallery(Path(temporary) / "g").examples()
    halves: tuple[list[Example], list[Example]] = ([], [])
    for example in examples:
        halves[(round(example.asked.lat * 4) + round(example.asked.lon * 4)) % 2].append(example)
    said, was = list[float](), list[bool]()
    for learnt, held_out in (halves, halves[::-1]):
        trust = fit(learnt)
        for example in held_out if trust else ():
            assert trust is not None
            said.append(trust.chances(example.similarity)[25.0])
            was.append(example.distance_km <= 25.0)
    print(f"{len(examples)} searches, {len(said)} with what the other half taught; near is within 25 km")
    for low, high in ((0.0, 0.05), (0.05, 0.2), (0.2, 0.5), (0.5, 1.0)):
        members = [near for chance, near in zip(said, was, strict=True) if low <= chance < high]
        chances = [chance for chance in said if low <= chance < high]
        if members:
            print(f"    said {statistics.mean(chances):.2f}: near {statistics.mean(members):.2f}, n = {len(members)}")


if __name__ == "__main__":
    print("usearch" if index.has_graph() else "usearch is not installed: every query compares all")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, nargs="?")
    parser.add_argument("--milvus", default="")
    parser.add_argument("--count", type=int, default=COUNT)
    options = parser.parse_args()
    if options.photos:
        worth(options.photos)
    else:
        scale(options.count, options.milvus)
