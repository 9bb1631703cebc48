"""The record of a gallery survives what can happen to it, and searches find what comparing all would."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from geoagent.errors import ConfigError
from geoagent.gallery import append_log, index
from geoagent.gallery.entries import Entry
from geoagent.gallery.store import INDEX, RECORDS, FolderGallery, open_gallery, open_or_make
from geoagent.geo import Point

ROOT = Path(__file__).parents[2]
DIMENSION = 32


def entries(start: int, count: int) -> list[Entry]:
    return [
        Entry(f"photo {n}", Point(lat=n % 90, lon=n % 180 / 2), n if n % 2 else None)
        for n in range(start, start + count)
    ]


def vectors(start: int, count: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Vectors in clusters, the same for the same numbers."""
    centres = np.random.default_rng(0).normal(size=(50, DIMENSION))
    rows = [
        centres[n % 50] + 0.3 * np.random.default_rng(n + 1).normal(size=DIMENSION) for n in range(start, start + count)
    ]
    return np.array(rows, dtype=np.float32)


def filled(folder: Path, count: int = 40, at_once: int = 10) -> FolderGallery:
    gallery = open_or_make(folder, "some-encoder", DIMENSION, folder.with_name("cache"))
    with gallery.writing():
        for start in range(0, count, at_once):
            gallery.add(entries(start, at_once), vectors(start, at_once))
        gallery.settle()
    return gallery


def test_what_was_added_is_found_again(tmp_path: Path) -> None:
    filled(tmp_path / "g")
    gallery = open_gallery(tmp_path / "g")
    assert len(gallery) == 40
    assert [gallery.entry(n) for n in range(40)] == entries(0, 40)
    own = gallery.vector(17)
    hits = gallery.nearest(own, 3)
    assert hits[0].number == 17
    assert hits[0].similarity == pytest.approx(1, abs=1e-3)
    assert hits[0].similarity >= hits[1].similarity >= hits[2].similarity
    assert len(gallery.nearest(own, 1000)) == 40
    with gallery.writing(), pytest.raises(ConfigError, match="32 finite"):
        gallery.add(entries(40, 1), np.zeros((1, DIMENSION), np.float32))


def test_an_empty_gallery_finds_nothing(tmp_path: Path) -> None:
    gallery = open_or_make(tmp_path / "g", "some-encoder", DIMENSION)
    assert gallery.nearest(vectors(0, 1)[0], 5) == []
    with gallery.writing():
        gallery.settle()
    assert gallery.trust is None


@pytest.mark.parametrize("left", [1, 19, 60, 500])
def test_a_torn_end_costs_only_what_was_not_acknowledged(tmp_path: Path, left: int) -> None:
    filled(tmp_path / "g")
    path = tmp_path / "g" / RECORDS
    whole = path.stat().st_size
    append_log.append(path, entries(40, 10), vectors(40, 10))
    with path.open("r+b") as file:
        file.truncate(whole + left)
    gallery = open_gallery(tmp_path / "g")
    assert len(gallery) == 40
    with gallery.writing():
        gallery.add(entries(40, 5), vectors(40, 5))
    assert [open_gallery(tmp_path / "g").entry(n) for n in range(45)] == entries(0, 45)


def test_zeros_at_the_end_are_what_a_crash_of_the_machine_leaves(tmp_path: Path) -> None:
    filled(tmp_path / "g")
    with (tmp_path / "g" / RECORDS).open("ab") as file:
        file.write(bytes(3000))
    assert len(open_gallery(tmp_path / "g")) == 40


@pytest.mark.parametrize("at", [0, 5, 12, 17, 22, 100, 900])
def test_damage_before_the_end_is_told_and_nothing_is_cut(tmp_path: Path, at: int) -> None:
    filled(tmp_path / "g")
    path = tmp_path / "g" / RECORDS
    content = bytearray(path.read_bytes())
    content[len(content) // 4 + at] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="damaged at byte"):
        open_gallery(tmp_path / "g")
    assert path.read_bytes() == bytes(content)


def test_one_process_adds_at_a_time_and_the_others_wait(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ADDING, str(tmp_path / "g")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    adding = [subprocess.Popen([*command, str(number)], cwd=ROOT, env=environment) for number in range(4)]
    assert [process.wait() for process in adding] == [0] * 4
    assert open_gallery(tmp_path / "g").names() == {f"{number}-{at}" for number in range(4) for at in range(3)}


ADDING = """
import sys
from pathlib import Path
from tests.gallery.test_store import DIMENSION, vectors
from geoagent.gallery.entries import Entry
from geoagent.gallery.store import open_or_make
from geoagent.geo import Point

gallery, number = open_or_make(Path(sys.argv[1]), "some-encoder", DIMENSION), int(sys.argv[2])
with gallery.writing():
    gallery.add([Entry(f"{number}-{at}", Point(lat=1, lon=2)) for at in range(3)], vectors(number, 3))
"""


def test_a_gallery_is_of_one_encoder(tmp_path: Path) -> None:
    filled(tmp_path / "g")
    with pytest.raises(ConfigError, match="use another folder"):
        open_or_make(tmp_path / "g", "other", DIMENSION)
    with pytest.raises(ConfigError, match="no gallery"):
        open_gallery(tmp_path / "elsewhere")


def test_an_index_that_was_not_made_here_or_is_damaged_is_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    count = index.EXACT + 1000
    gallery = filled(tmp_path / "g", count, 1000)
    asked = [gallery.vector(n) for n in range(0, count, 60)]
    blocks = [np.array([gallery.vector(n) for n in range(count)], np.float16)]

    def recall(searched: FolderGallery) -> float:
        same = [
            len(
                {hit.number for hit in searched.nearest(vector, 10)}
                & set(index.exact(blocks, vector, 10).numbers.tolist())
            )
            for vector in asked
        ]
        return sum(same) / (10 * len(asked))

    def made_anew(cache: Path) -> bool:
        caplog.clear()
        with caplog.at_level("INFO"):
            assert recall(open_gallery(tmp_path / "g", cache)) >= 0.98
        return "indexed" in caplog.text

    saved = tmp_path / "g" / INDEX
    assert not made_anew(tmp_path / "cache")
    assert made_anew(tmp_path / "cache of somebody else")
    damaged = bytearray(saved.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    saved.write_bytes(damaged)
    assert made_anew(tmp_path / "cache")
    saved.unlink()
    assert made_anew(tmp_path / "cache")


ADDS_WITHOUT_END = """
import sys
from pathlib import Path
from geoagent.gallery.store import open_or_make
from tests.gallery.test_store import DIMENSION, entries, vectors
gallery = open_or_make(Path(sys.argv[1]), "some-encoder", DIMENSION)
with gallery.writing():
    while True:
        gallery.add(entries(len(gallery), 7), vectors(len(gallery), 7))
        print(f"kept {len(gallery)}", flush=True)
"""


@pytest.mark.slow
def test_kill_9_during_add_loses_nothing_acknowledged(tmp_path: Path) -> None:
    kept = 0
    for kills in range(5):
        command = [sys.executable, "-c", ADDS_WITHOUT_END, tmp_path / "g"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(3 + 5 * kills)]
            process.send_signal(signal.SIGKILL)
            said += process.stdout.readlines()
        assert process.returncode == -signal.SIGKILL
        acknowledged = max(int(number) for number in re.findall(r"kept (\d+)\n", "".join(said)))
        assert acknowledged > kept
        gallery = open_gallery(tmp_path / "g")
        kept = len(gallery)
        assert kept >= acknowledged
        assert [gallery.entry(n) for n in range(kept)] == entries(0, kept)
        last = vectors(kept - 1, 1)[0]
        assert gallery.nearest(last / np.linalg.norm(last), 1)[0].number == kept - 1
