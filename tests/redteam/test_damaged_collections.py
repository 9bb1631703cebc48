"""Every kind of file of others that measuring and solving read, damaged in a thousand ways: read, or one line.

GEOAGENT_FUZZ=N damages N files of each kind instead.
"""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent
from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.eval.chains.answer_cache import JudgeCache
from geoagent.eval.chains.judge_agreement import read_people
from geoagent.eval.chains.pairing import read_pairs
from geoagent.eval.datasets.recipes import load
from geoagent.eval.datasets.responses import read_labels
from geoagent.eval.datasets.votes import read_votes
from geoagent.eval.report.board import read_entries
from geoagent.reading.evidence_file import read_evidence
from geoagent.reading.tables.user_tables import use_folder
from geoagent.report.bundle import read_bundle, write_bundle
from tests.eval.chains.georc_folder import write_challenge
from tests.eval.datasets.test_recipes import FORMS, put
from tests.opened import noise
from tests.redteam.test_damaged_files import COUNT, Kind, survey, written

pytestmark = pytest.mark.slow
EVIDENCE = json.dumps([
    {"name": "a mast", "witness": "radio", "reliability": 0.7, "kernels": [{"lat": 59.9, "lon": 17.6, "km": 5.0}]},
    {"name": "a network", "witness": "ip", "reliability": 0.5, "areas": [{"area": "SE.21", "weight": 2.0}]},
])  # fmt: skip
ROW = {"explains": "a stop of the Blue Line", "areas": {"SE.21": 0.9}, "words": ["blå linjen"], "source": "unsourced"}
TABLE = {
    "name": "bus_stops", "kind": "sign", "question": "Which operator's sign?", "visible": 0.1, "witness": "text",
    "answers": {"blue line": ROW},
}  # fmt: skip
PEOPLE = "id,precision,recall\nABC_1,40,50\nABC_2,10,20\n"
VOTES = "model_a,model_b,winner\nx,y,model_a\ny,x,tie\n"
LABELS = "id,Q1,Q2\na,A,B\nb,B,C\n"
BOARD = json.dumps({
    "board": 1, "name": "x", "dataset": "d", "dataset_hash": "h", "samples": 2, "mode": "agent", "model": "",
    "geoagent": "1", "figures": {},
})  # fmt: skip


def evidence(atlas: Atlas) -> Kind:
    return Kind("given.json", written("given.json", EVIDENCE), lambda f: read_evidence(f / "given.json", atlas))


def knowledge(atlas: Atlas) -> Kind:
    """Tables of a person's own; one beside the damaged one is at fault, so that none is kept for other tests."""

    def make(folder: Path) -> None:
        (folder / "bus_stops.json").write_text(json.dumps(TABLE))
        (folder / "other.json").write_text(json.dumps({**TABLE, "name": "other", "answers": {"a": {"areas": {}}}}))

    return Kind("bus_stops.json", make, lambda folder: use_folder(folder, atlas))


@pytest.mark.parametrize("kind", [evidence, knowledge])
def test_what_a_person_adds_costs_one_line(kind: Callable[[Atlas], Kind], tmp_path: Path, atlas: Atlas) -> None:
    survey(kind(atlas), tmp_path, kind.__name__, COUNT)


@pytest.mark.parametrize("name", FORMS)
def test_a_damaged_benchmark_costs_one_line(name: str, tmp_path: Path, atlas: Atlas) -> None:
    kind = Kind(FORMS[name][0], lambda folder: put(folder, name), lambda folder: load(name, folder, lambda: atlas))
    survey(kind, tmp_path, name, COUNT)


@pytest.mark.parametrize(
    "file", ["Human_Expert_1.txt", "whole_rounds_metadata.json", "candidate_reasoning_chain_gpt4_1.txt"]
)
def test_a_damaged_folder_of_chains_costs_one_line(file: str, tmp_path: Path) -> None:
    def make(folder: Path) -> None:
        folder.rmdir()
        write_challenge(folder)

    survey(Kind(file, make, lambda folder: read_pairs(folder, None)), tmp_path, file, COUNT)


def judged(folder: Path) -> None:
    kept = JudgeCache(folder / "judge.sqlite")
    kept.put("question", "answer")
    kept.close()


OTHERS = {
    "people": Kind("people.csv", written("people.csv", PEOPLE), lambda f: read_people(f / "people.csv")),
    "votes": Kind("votes.csv", written("votes.csv", VOTES), lambda f: read_votes(f / "votes.csv")),
    "labels of responses": Kind("labels.csv", written("labels.csv", LABELS), lambda f: read_labels(f / "labels.csv")),
    "board": Kind("board.jsonl", written("board.jsonl", BOARD), lambda f: read_entries(f / "board.jsonl")),
    "judge's answers": Kind("judge.sqlite", judged, judged),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_damaged_collection_costs_one_line(name: str, tmp_path: Path) -> None:
    survey(OTHERS[name], tmp_path, name, COUNT)


def test_a_damaged_bundle_costs_one_line(tmp_path: Path, agent: GeoAgent, beliefs: Beliefs) -> None:
    file = agent.prior(noise(tmp_path, 1))

    def read(folder: Path) -> Any:
        return read_bundle(folder / "case.zip")

    def make(folder: Path) -> None:
        write_bundle(file, folder / "case.zip", beliefs)

    survey(Kind("case.zip", make, read), tmp_path / "packed", "bundle", COUNT)


@pytest.mark.parametrize("part", ["trace.json", "record.json", "SHA256SUMS"])
def test_a_damaged_part_of_a_bundle_costs_one_line(
    part: str, tmp_path: Path, agent: GeoAgent, beliefs: Beliefs
) -> None:
    """The part is damaged before it is packed again, so that it is unpacked whole."""
    write_bundle(agent.prior(noise(tmp_path, 1)), tmp_path / "case.zip", beliefs)
    with zipfile.ZipFile(tmp_path / "case.zip") as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}

    def read(folder: Path) -> None:
        with zipfile.ZipFile(folder / "case.zip", "w") as packed:
            for name, data in parts.items():
                packed.writestr(name, (folder / part).read_bytes() if name == part else data)
        read_bundle(folder / "case.zip")

    survey(Kind(part, lambda folder: (folder / part).write_bytes(parts[part]), read), tmp_path / part, part, COUNT)
