"""Every kind of file that is read back, damaged in a thousand ways: it is read, or one line names it.

GEOAGENT_FUZZ=N damages N files of each kind instead.
"""

import json
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from geoagent import GeoAgent
from geoagent.belief import Beliefs
from geoagent.belief.reliability import load_reliabilities
from geoagent.case.trace import TraceFile
from geoagent.errors import ConfigError, GeoAgentError
from geoagent.eval.answers.files import read_answers
from geoagent.eval.chains.chains import read_chains
from geoagent.files.folders import is_claimed
from geoagent.gallery.entries import Entry
from geoagent.gallery.sources import placed, vectors
from geoagent.gallery.store import GALLERY, open_gallery, open_or_make
from geoagent.geo import Point
from geoagent.photo.panorama import read_graph
from geoagent.runs.checkpoints import open_checkpoints
from geoagent.runs.run_folder import (
    Manifest,
    Result,
    answers,
    append,
    dataset_hash,
    open_run,
    read_manifest,
    read_samples,
)
from geoagent.runs.samples import Sample, load_samples
from geoagent.runs.trace_files import load_trace, save_trace
from geoagent.serve.access import kept_hash, new_token
from geoagent.serve.cases import Cases
from geoagent.serve.storage_faults import told
from geoagent.settings import read_settings_file
from tests.perceived import solve_perceived
from tests.redteam.mutations import damaged
from tests.serve.pictures import picture

pytestmark = pytest.mark.slow
COUNT = int(os.environ.get("GEOAGENT_FUZZ", "1000"))
LIMIT_S = 60.0
"""Far above what reading any of these small files takes, also on a machine that does much else."""


class Kind(NamedTuple):
    """A file that is read back: its name in a folder, who makes the folder, and who reads it."""

    name: str
    make: Callable[[Path], object]
    read: Callable[[Path], object]


@pytest.fixture(scope="module")
def trace(cache: Path) -> TraceFile:
    from geoagent import Settings

    return solve_perceived(Settings(cache_dir=cache), Path("examples/photos/france_lyon.jpg").absolute())


def written(name: str, text: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(text)


LABELS = "id,file,lat,lon,country,question\n" + "".join(f"s{n},a.jpg,{n},2.5,FR,where is it?\n" for n in range(9))
ROWS = "".join(
    json.dumps({"id": f"s{n}", "image": "a.jpg", "lat": n, "lon": 2, "country": "FR", "references": ["x"]}) + "\n"
    for n in range(9)
)
POINTS = "id,lat,lon,true_lat,true_lon\n" + "".join(f"{n},{n},2,{n},3\n" for n in range(9))
TEXTS = "".join(
    json.dumps({"index": n, "solution_str": "lat: 1.0, lon: 2.0", "ground_truth": {"lat": 1, "lon": 2}}) + "\n"
    for n in range(9)
)
SETTINGS = (
    'vlm = "http://127.0.0.1:8000/v1"\nmcp = ["server a"]\nmax_steps = 3\n[services]\nphoton = "http://127.0.0.1:1/"\n'
)
GRAPH = json.dumps({"nodes": [{"id": "a", "file": "a.jpg", "heading_deg": 10.0, "links": []}]})


def never(name: str) -> bool:
    return False


def gallery(folder: Path) -> None:
    made = open_or_make(folder, "gist-colour-1", 8)
    with made.writing():
        made.add([Entry(f"{n}.jpg", Point(lat=n, lon=2), n) for n in range(50)], np.eye(50, 8, dtype=np.float32) + 0.1)
        made.settle()


def search(folder: Path) -> None:
    opened = open_gallery(folder)
    opened.nearest(np.full(8, 8**-0.5, np.float32), 3)
    if opened.trust is not None:
        opened.trust.chances(0.5)


def cases(folder: Path) -> None:
    made = Cases(folder)
    case, _ = made.accept([picture()], ["a.png"], "", "rules", None, 9)
    made.fail(case, "no matter why")
    made.remark(case, "question", "why?", None)
    made.close()
    with sqlite3.connect(folder / "cases.sqlite") as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def look_at_cases(folder: Path) -> None:
    opened = Cases(folder)
    try:
        for case in opened.latest(9):
            opened.trace(case.id), opened.events(case.id, 0), opened.remarks(case.id)
        opened.waiting(), opened.claim()
    except (sqlite3.Error, ValueError, TypeError, LookupError) as error:
        raise ConfigError(f"{folder}: {told(error)[1]}") from error  # as the service says it
    finally:
        opened.close()


def checkpoints(folder: Path) -> None:
    with open_checkpoints(folder / "checkpoints.sqlite"):
        pass


def table(folder: Path) -> None:
    parquet.write_table(pa.Table.from_pylist([json.loads(row) for row in ROWS.splitlines()]), folder / "rows.parquet")


def vector_table(folder: Path) -> None:
    rows = [{"name": f"{n}", "lat": 1.0 * n, "lon": 2.0, "embedding": [1.0, 2.0]} for n in range(9)]
    parquet.write_table(pa.Table.from_pylist(rows), folder / "vectors.parquet")


KINDS = {
    "labels": Kind("labels.csv", written("labels.csv", LABELS), load_samples),
    "rows": Kind("rows.jsonl", written("rows.jsonl", ROWS), lambda f: load_samples(f / "rows.jsonl")),
    "table": Kind("rows.parquet", table, lambda f: load_samples(f / "rows.parquet")),
    "labels of a gallery": Kind("labels.csv", written("labels.csv", LABELS), lambda f: list(placed(f, never))),
    "vectors": Kind("vectors.parquet", vector_table, lambda f: list(vectors(f / "vectors.parquet", never))),
    "points": Kind("points.csv", written("points.csv", POINTS), lambda f: read_answers(f / "points.csv")),
    "texts": Kind("texts.jsonl", written("texts.jsonl", TEXTS), lambda f: read_answers(f / "texts.jsonl")),
    "chains": Kind("chains.jsonl", written("chains.jsonl", ROWS), lambda f: read_chains(f / "chains.jsonl")),
    "settings": Kind("a.toml", written("a.toml", SETTINGS), lambda f: read_settings_file(f / "a.toml")),
    "graph": Kind("graph.json", written("graph.json", GRAPH), read_graph),
    "reliabilities": Kind(
        "r.json", written("r.json", load_reliabilities().model_dump_json()), lambda f: load_reliabilities(f / "r.json")
    ),
    "gallery's settings": Kind("gallery.json", gallery, search),
    "gallery's record": Kind("records.bin", gallery, search),
    "gallery's trust": Kind("trust.json", gallery, search),
    "marker": Kind(".geoagent-folder", gallery, lambda f: is_claimed(f, GALLERY)),
    "token": Kind("token.sha256", new_token, kept_hash),
    "cases": Kind("cases.sqlite", cases, look_at_cases),
    "checkpoints": Kind("checkpoints.sqlite", checkpoints, checkpoints),
}


def survey(kind: Kind, folder: Path, seed: str, count: int) -> None:
    """Damage the file again and again, each time from the whole one, and read it."""
    whole, tried = folder / "whole", folder / "tried"
    whole.mkdir(parents=True)
    kind.make(whole)
    data, draw = (whole / kind.name).read_bytes(), random.Random(seed)
    for number in range(count):
        shutil.rmtree(tried, ignore_errors=True)
        shutil.copytree(whole, tried)
        content = damaged(data, draw)
        (tried / kind.name).write_bytes(content)
        began, said = time.monotonic(), ""
        try:
            kind.read(tried)
        except GeoAgentError as error:
            said = str(error)
        except Exception as error:
            keep = folder.parent / f"{kind.name}-{number}"
            keep.write_bytes(content)
            raise AssertionError(f"damage {number}, kept in {keep}: {type(error).__name__}: {error}") from error
        assert time.monotonic() - began < LIMIT_S, number
        assert "\n" not in said and len(said) < 1500, (number, said)
        assert not said or str(tried) in said, (number, said)


@pytest.mark.parametrize("name", KINDS)
def test_a_damaged_file_costs_one_line(name: str, tmp_path: Path) -> None:
    survey(KINDS[name], tmp_path, name, COUNT)


@pytest.mark.parametrize("name", ["run.json", "samples.jsonl", "results.jsonl"])
def test_a_damaged_run_costs_one_line(name: str, tmp_path: Path, trace: TraceFile, beliefs: Beliefs) -> None:
    samples = [Sample(id=i, images=(trace.photos[0].path,), country="FR") for i in ("a", "b")]

    def make(folder: Path) -> None:
        open_run(folder, Manifest(mode="agent", dataset="x", dataset_hash=dataset_hash(samples)), samples)
        append(folder, [Result(id="a", trace=trace), Result(id="b", fault="no photo")])

    def read(folder: Path) -> None:
        read_manifest(folder), read_samples(folder), answers(folder, beliefs)

    survey(Kind(name, make, read), tmp_path, name, COUNT)


def test_a_damaged_trace_costs_one_line(tmp_path: Path, trace: TraceFile, beliefs: Beliefs, agent: GeoAgent) -> None:
    def make(folder: Path) -> None:
        save_trace(trace, folder / "trace.json")

    def read(folder: Path) -> Any:
        return load_trace(folder / "trace.json", lambda: beliefs)

    survey(Kind("trace.json", make, read), tmp_path, "trace", COUNT)
