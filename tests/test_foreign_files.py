"""Files that others made are read as data: no objects, no files of this machine, no more than memory holds."""

import base64
import json
import sqlite3
from pathlib import Path
from typing import Any

import ormsgpack
import pytest

from geoagent import GeoAgent
from geoagent.belief import Beliefs
from geoagent.case.trace import Trace
from geoagent.case.views import PhotoRef
from geoagent.errors import ConfigError
from geoagent.eval.report.write import write_report
from geoagent.gallery.store import open_gallery, open_or_make
from geoagent.geo import Point
from geoagent.runs.checkpoints import OwnNouns, open_checkpoints
from geoagent.runs.run_folder import Manifest, Result, append, dataset_hash, open_run
from geoagent.runs.samples import Sample, load_samples
from geoagent.serve.cases import Cases


def packed(code: int, *values: Any) -> tuple[str, bytes]:
    return "msgpack", ormsgpack.packb(ormsgpack.Ext(code, ormsgpack.packb(values)))


@pytest.mark.parametrize(
    "kept",
    [
        packed(0, "os", "system", "true"),
        packed(1, "pathlib", "Path", ["/"]),
        packed(2, "geoagent.case.evidence", "PhotoRef", {"path": "/", "id": "", "width": 1, "height": 1}),
        packed(5, "geoagent.settings", "Settings", {"vlm": "http://127.0.0.1:9"}, "model_validate_json"),
        packed(5, "geoagent.case.evidence", "PhotoRef", {"path": 7}, "model_validate_json"),
        packed(5, "geoagent.case.trace", "Trace", {"clues": [{"anything": 1}]}, "model_validate_json"),
        ("json", b'{"lc": 1, "type": "secret", "id": ["GEOAGENT_API_KEY"]}'),
        ("json", b"{}"),
        ("pickle", b"cos\nsystem\n(S'true'\ntR."),
    ],
)
def test_a_checkpoint_makes_nothing_but_our_own_nouns(kept: tuple[str, bytes]) -> None:
    with pytest.raises(ValueError, match=r"ext_hook failed|which geoagent does not write"):
        OwnNouns().loads_typed(kept)


def test_what_we_keep_comes_back() -> None:
    state = {"photos": (PhotoRef(path="a.jpg", id="b", width=1, height=1),), "trace": Trace(), "hint": "x"}
    back = OwnNouns().loads_typed(OwnNouns().dumps_typed(state))
    assert back == {**state, "photos": list(state["photos"])}


def test_a_case_whose_checkpoint_is_another_s_says_so(agent: GeoAgent, tmp_path: Path) -> None:
    with open_checkpoints(tmp_path / "checkpoints.sqlite") as saver:
        kind, value = packed(0, "os", "system", "true")
        row = ("case", "1", kind, value, b"{}")
        saver.conn.execute(
            "INSERT INTO checkpoints (thread_id, checkpoint_id, type, checkpoint, metadata) VALUES (?,?,?,?,?)", row
        )
        with pytest.raises(ConfigError, match="damaged"):
            GeoAgent(agent.settings, checkpointer=saver).kept("case")


@pytest.fixture
def private(tmp_path: Path, photos: Path) -> Path:
    """A picture of this machine that nobody named."""
    path = tmp_path / "private.jpg"
    path.write_bytes((photos / "spain_zaragoza.jpg").read_bytes())
    return path


@pytest.mark.parametrize("name", ["../private.jpg", "{private}", "http://example.org/a.jpg", "link.jpg", "a\0b", ".."])
@pytest.mark.parametrize("kind", ["folder", "csv", "jsonl"])
def test_a_dataset_names_only_files_of_its_own_folder(tmp_path: Path, private: Path, name: str, kind: str) -> None:
    folder, name = tmp_path / "dataset", name.format(private=private)
    folder.mkdir()
    (folder / "link.jpg").symlink_to(private)
    row = {"id": "one", "file": name, "lat": 1, "lon": 2}
    (folder / "labels.csv").write_text(",".join(row) + "\n" + ",".join(map(str, row.values())) + "\n")
    (folder / "rows.jsonl").write_text(json.dumps(row) + "\n")
    path = {"folder": folder, "csv": folder / "labels.csv", "jsonl": folder / "rows.jsonl"}[kind]
    with pytest.raises(ConfigError, match=r"is not a file in|no file name|not a table"):
        load_samples(path)


def test_a_report_shows_no_picture_that_was_not_solved(
    tmp_path: Path, private: Path, photos: Path, agent: GeoAgent, beliefs: Beliefs
) -> None:
    file = agent.prior(photos / "france_lyon.jpg")
    for image, shown in ((photos / "france_lyon.jpg", 1), (private, 0)):
        samples = [Sample(id="one", images=(str(image),), country="FR", point=Point(lat=45.7, lon=4.8))]
        run = tmp_path / image.stem
        open_run(run, Manifest(mode="agent", dataset="x", dataset_hash=dataset_hash(samples)), samples)
        append(run, [Result(id="one", trace=file)])
        write_report([run], tmp_path / "report.html", beliefs)
        assert (tmp_path / "report.html").read_text().count("data:image/jpeg;base64,") == shown
        pixels = base64.b64encode(image.read_bytes()[:30]).decode()
        assert pixels not in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("table", ["cases", "deleted"])
@pytest.mark.parametrize("case_id", ["../private", "/tmp", "", "0123456789ABCDEF", "0123456789abcdef\n"])
def test_a_folder_of_cases_leads_nowhere_else(tmp_path: Path, table: str, case_id: str) -> None:
    Cases(tmp_path).close()
    with sqlite3.connect(tmp_path / "cases.sqlite") as db:
        if table == "deleted":
            db.execute("INSERT INTO deleted VALUES (?)", (case_id,))
        else:
            row = (case_id, 1.0, "", "", "rules", "[]")
            db.execute("INSERT INTO cases (id, created, fingerprint, hint, reasoner, names) VALUES (?,?,?,?,?,?)", row)
    db.close()
    with pytest.raises(ConfigError, match="did not make"):
        Cases(tmp_path)


@pytest.mark.parametrize("dimension", [0, -1, 10**12, "x", None])
def test_a_gallery_of_impossible_vectors_is_refused(tmp_path: Path, dimension: Any) -> None:
    open_or_make(tmp_path, "gist-colour-1", 512)
    (tmp_path / "gallery.json").write_text(json.dumps({"encoder": "gist-colour-1", "dimension": dimension}))
    with pytest.raises(ConfigError, match="cannot be read"):
        open_gallery(tmp_path)


def test_a_gallery_s_trust_that_is_none_counts_for_nothing(tmp_path: Path) -> None:
    open_or_make(tmp_path, "gist-colour-1", 512)
    trust = {"examples": 1, "mean": 0, "scale": 0, "lowest": 0, "highest": 1, "curves": []}
    (tmp_path / "trust.json").write_text(json.dumps(trust))
    assert open_gallery(tmp_path).trust is None
