"""Prints what a gallery of 6,000 vectors finds with its own index and with Milvus, as JSON.

Usage: search_both.py WORK_FOLDER
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
from geoagent.errors import ToolUnavailable
from geoagent.gallery.entries import Entry
from geoagent.gallery.milvus import MilvusIndex
from geoagent.gallery.store import FolderGallery, open_gallery, open_or_make
from geoagent.geo import Point

COUNT, MORE, DIMENSION, ASKED = 6000, 500, 64, 60


def main(work: Path) -> dict[str, Any]:
    """What both find, and what becomes of the collection meanwhile."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(200, DIMENSION))
    vectors = (centres[np.arange(COUNT + MORE) % 200] + 0.5 * rng.normal(size=(COUNT + MORE, DIMENSION))).astype("f4")
    server = str(work / "milvus.db")
    own = _filled(open_or_make(work / "own", "some-encoder", DIMENSION, work / "cache"), vectors[:COUNT])
    shared = _filled(open_or_make(work / "shared", "some-encoder", DIMENSION, None, server), vectors[:COUNT])
    queries = [own.vector(number) for number in range(0, COUNT, COUNT // ASKED)]
    pairs = [(own.nearest(query, 10), shared.nearest(query, 10)) for query in queries]
    found = {
        "first_alike": sum(one[0] == other[0] for one, other in pairs) / len(pairs),
        "ten_alike": sum(len(set(one) & set(other)) for one, other in pairs) / (10 * len(pairs)),
        "trust_alike": own.trust == shared.trust,
        "index_files": [path.name for path in (work / "shared").iterdir() if "index" in path.name],
    }
    again = open_gallery(work / "shared", None, server)
    with again.writing():
        again.add(_entries(COUNT, MORE), vectors[COUNT:])
    own_number = COUNT + MORE - 1
    found["added_is_found"] = again.nearest(again.vector(own_number), 1)[0].number == own_number
    found["held"] = len(MilvusIndex(server, again._digest(), DIMENSION, len(again)))
    found["held_of_a_shorter_record"] = len(MilvusIndex(server, again._digest(), DIMENSION, COUNT))
    lost = open_gallery(work / "shared", None, server)
    found["made_anew"] = lost.nearest(lost.vector(3), 1)[0].number == 3
    try:
        open_gallery(work / "shared", None, "http://127.0.0.1:1").nearest(queries[0], 1)
    except ToolUnavailable as error:
        found["away"] = str(error)
    return found


def _filled(gallery: FolderGallery, vectors: Any) -> FolderGallery:
    with gallery.writing():
        for at in range(0, len(vectors), 1000):
            gallery.add(_entries(at, 1000), vectors[at : at + 1000])
        gallery.settle()
    return gallery


def _entries(start: int, count: int) -> list[Entry]:
    return [Entry(f"photo {n}", Point(lat=n % 90, lon=n % 180 / 2), None) for n in range(start, start + count)]


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
