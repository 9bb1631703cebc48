"""Further files that are kept or brought, damaged in a thousand ways: each is read, made anew, or named in one line.

GEOAGENT_FUZZ=N damages N files of each kind instead.
"""

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from geoagent import GeoAgent
from geoagent.atlas.build import FILES, SUMS, cache_name, is_whole
from geoagent.case.trace import TraceFile
from geoagent.eval.answers.files import read_answers
from geoagent.eval.chains.chains import read_chains
from geoagent.eval.chains.groundedness import grounded_in
from geoagent.eval.datasets.point_tables import read_json
from geoagent.gallery.index import Graph, has_graph, load
from geoagent.gallery.sources import vectors
from geoagent.gallery.store import INDEX
from geoagent.report.chain_file import write_chains
from geoagent.runs.samples import load_samples
from geoagent.runs.trace_files import save_trace
from geoagent.serve.app import make_app
from geoagent.settings import Settings
from geoagent.web.cache import ServiceCache
from geoagent.web.fetch import Response
from tests.opened import noise
from tests.redteam.test_damaged_files import COUNT, LABELS, Kind, never, survey, written

pytestmark = pytest.mark.slow
CHAINS = "id,reasoning,conclusion\n" + "".join(f'{n},"1. A sign. 2. A road.",France\n' for n in range(5))
KEPT = Response("https://example.org/a", 200, "application/json", b"{}" * 500)


def shard(folder: Path) -> None:
    """Vectors with their places, as WebDataset packs them."""
    with tarfile.open(folder / "vectors.tar", "w") as packed:
        for number in range(4):
            vector, place = io.BytesIO(), json.dumps({"lat": number, "lon": 2.0}).encode()
            np.save(vector, np.ones(8, np.float32))
            for name, data in ((f"{number}.npy", vector.getvalue()), (f"{number}.json", place)):
                member = tarfile.TarInfo(name)
                member.size = len(data)
                packed.addfile(member, io.BytesIO(data))


def answers(folder: Path) -> None:
    kept = ServiceCache(folder / "answers.sqlite")
    kept.put("key", KEPT, 1e6)
    kept.close()


def ask_again(folder: Path) -> None:
    """What is damaged costs an answer; the next one is kept."""
    kept = ServiceCache(folder / "answers.sqlite")
    for _ in range(2):
        if kept.get("key") != KEPT:
            kept.put("key", KEPT, 1e6)
    kept.close()


def folder_of_answers(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / f"{name}.json").write_text(json.dumps({"id": name, "lat": 1.0, "lon": 2.0}))


KINDS = {
    "shard": Kind("vectors.tar", shard, lambda f: list(vectors(f / "vectors.tar", never))),
    "labels packed": Kind(
        "l.csv.gz",
        lambda f: (f / "l.csv.gz").write_bytes(gzip.compress(LABELS.encode(), mtime=0)),
        lambda f: load_samples(f / "l.csv.gz"),
    ),
    "chains as a table": Kind("c.csv", written("c.csv", CHAINS), lambda f: read_chains(f / "c.csv")),
    "answers of services": Kind("answers.sqlite", answers, ask_again),
    "a folder of answers": Kind("a.json", folder_of_answers, lambda f: read_answers(f, has_truth=False)),
    "an object of a benchmark": Kind(
        "o.json", written("o.json", '{"a": [1, {"b": "c"}]}'), lambda f: read_json(f / "o.json")
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_damaged_file_costs_one_line(name: str, tmp_path: Path) -> None:
    survey(KINDS[name], tmp_path, name, COUNT)


def test_a_damaged_line_on_how_cases_are_told_costs_one_line(tmp_path: Path) -> None:
    """The service does not start; it never tells more than it may."""

    def start(folder: Path) -> None:
        make_app(folder, Settings(), 0).state.service.cases.close()

    survey(Kind("disclosure", start, start), tmp_path, "disclosure", COUNT)


@pytest.mark.parametrize("name", [SUMS, "areas.json"])
def test_a_damaged_atlas_is_known_as_that(name: str, tmp_path: Path, cache: Path) -> None:
    """It is built anew, which takes too long to be tried here; the sums of 70 MB are the same read each time."""
    built = cache / cache_name()
    good = (built / name).read_bytes()

    def make(folder: Path) -> None:
        (folder / name).write_bytes(good)

    def read(folder: Path) -> None:
        for path in built.iterdir():
            if path.name != name:
                (folder / path.name).symlink_to(path)
        found = (folder / name).read_bytes()
        assert is_whole(folder) == (sums_in(found) == sums_in(good) if name == SUMS else found == good)

    survey(Kind(name, make, read), tmp_path, name, COUNT // 10)


def sums_in(data: bytes) -> object:
    """The sums of the files of an atlas, as far as there are any."""
    try:
        told = json.loads(data.decode("utf-8"))
        return {name: told[name] for name in FILES}
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


@pytest.mark.parametrize("read", [grounded_in, read_answers, read_chains])
def test_a_damaged_answer_that_is_measured_costs_one_line(
    read: Callable[..., object], tmp_path: Path, agent: GeoAgent
) -> None:
    """A saved trace, the line that `--json` prints, and what `--chain` writes."""
    file: TraceFile = agent.prior(noise(tmp_path, 1))

    def make(folder: Path) -> None:
        if read is grounded_in:
            save_trace(file, folder / "given.jsonl")
        elif read is read_answers:
            line = {"lat": 1.0, "lon": 2.0, **json.loads(file.prediction.model_dump_json())}
            (folder / "given.jsonl").write_text(f"{json.dumps(line)}\n")
        else:
            write_chains({"a": file}, folder / "given.jsonl")

    def measured(folder: Path) -> None:
        if read is read_answers:
            read_answers(folder / "given.jsonl", has_truth=False)
        else:
            list(read(folder / "given.jsonl"))  # type: ignore[call-overload]

    survey(Kind("given.jsonl", make, measured), tmp_path / "read", read.__name__, COUNT)


@pytest.mark.skipif(not has_graph(), reason="needs usearch")
def test_a_damaged_index_of_a_gallery_is_made_anew(tmp_path: Path) -> None:
    """Native code reads it, so that one that is not as it was written here is not read at all."""
    vectors, saved = np.eye(60, 8, dtype=np.float16) + np.float16(0.1), []

    def make(folder: Path) -> None:
        made = Graph(8)
        made.extend([vectors])
        saved.append(made.save(folder / INDEX))

    def read(folder: Path) -> None:
        assert len(load(folder / INDEX, 8, 60, saved.__contains__)) in (0, 60)

    survey(Kind(INDEX, make, read), tmp_path, INDEX, COUNT)
