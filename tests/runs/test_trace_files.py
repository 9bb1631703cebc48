"""Traces in files: what was edited does not load, whatever was edited and whoever reads it."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent, Settings, TraceFile
from geoagent.belief import Beliefs
from geoagent.belief.reliability import AT_ITS_WORD
from geoagent.cli.main import main
from geoagent.errors import ConfigError, TraceError
from geoagent.eval.chains.chains import read_chains
from geoagent.privacy.disclosure import disclose
from geoagent.runs.run_folder import Result, answers, append, manifest_of, open_run, read_results
from geoagent.runs.samples import Sample
from geoagent.runs.trace_files import digest, load_trace, save_trace

Edit = Callable[[dict[str, Any]], object]
HINT = "somewhere in France"


@pytest.fixture(scope="module")
def file(agent: GeoAgent) -> TraceFile:
    return agent.trace(Path(__file__).parents[2] / "examples" / "photos" / "france_lyon.jpg", hint=HINT)


@pytest.fixture
def shown(cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))

    def show(path: Path, *flags: str) -> tuple[int, str, list[str]]:
        code = main(["trace", "show", str(path), *flags])
        said = capsys.readouterr()
        return code, said.out, said.err.splitlines()

    return show


def edited(file: TraceFile, folder: Path, edit: Edit, seal: str = "kept") -> Path:
    """A saved trace that somebody has edited; `seal` says what became of its hash: kept, made anew,
    stripped, or stripped in the form of version 1, which had none."""
    path = folder / "edited.json"
    save_trace(file, path)
    data = json.loads(path.read_text())
    edit(data)
    if seal != "kept":
        del data["sha256"]
    if seal == "old":
        as_version_1(data)
    if seal == "anew":
        data["sha256"] = digest(data)
    path.write_text(json.dumps(data))
    return path


def as_version_1(data: dict[str, Any]) -> None:
    """A trace as version 1 wrote it: without an argument, and nothing says what a step renders or claims, what failed,
    or what the reasoner can do."""
    data["schema_version"] = "1"
    del data["reasoner"], data["prediction"]["failure"], data["prediction"]["argument"]
    data["trace"]["cases"] = data["trace"].pop("spots")
    for clue in data["trace"]["clues"]:
        del clue["focal_mm"]
    for step in (*data["trace"]["steps"], *data["prediction"]["chain"]):
        del step["renders"], step["claim"]
        content = {name: value for name, value in step.items() if name != "id"}
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        step["id"] = f"s{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def mexico(data: dict[str, Any]) -> None:
    level = {"level": "country", "name": "Mexico", "code": "MX", "probability": 0.999, "stated": True}
    data["prediction"]["levels"] = [level]
    data["prediction"]["undetermined"] = []


def moved(data: dict[str, Any]) -> None:
    data["prediction"]["point"] = {"lat": 19.43, "lon": -99.13}


def noted(data: dict[str, Any]) -> None:
    data["prediction"]["notes"] = ["Mexico >99 %"]


def hinted(data: dict[str, Any]) -> None:
    data["hint"] = "somewhere in Mexico"


def stepped(data: dict[str, Any]) -> None:
    for chain in (data["prediction"]["chain"], data["trace"]["steps"]):
        chain[0] = {**chain[0], "id": "", "statement": "A sign reads Mexico >99 %"}


def rival(data: dict[str, Any]) -> None:
    data["prediction"]["alternatives"][0] |= {"key": "MX", "name": "Mexico"}


def chained(data: dict[str, Any]) -> None:
    data["prediction"]["chain"] = data["prediction"]["chain"][1:]


def photographed(data: dict[str, Any]) -> None:
    data["prediction"]["photo"] = "0" * 64


def priced(data: dict[str, Any]) -> None:
    data["prediction"]["usage"]["seconds"] = 0.001


def set_up(data: dict[str, Any]) -> None:
    data["settings"]["model"] = "another"


def foretold(data: dict[str, Any]) -> None:
    data["geoagent"] = "9.9"


ANY = [mexico, moved, noted, hinted, stepped, rival, chained, photographed, priced, set_up, foretold]
IN_THE_RECORD = [mexico, moved, hinted, stepped, rival, chained, photographed]


def test_a_saved_trace_loads_as_it_was(file: TraceFile, beliefs: Beliefs, tmp_path: Path) -> None:
    for name, whole in (("exact", file), *((to, disclose(file, to, beliefs)) for to in ("city", "country"))):
        save_trace(whole, tmp_path / name)
        assert load_trace(tmp_path / name, lambda: beliefs) == (whole, "")


@pytest.mark.parametrize("edit", ANY)
def test_an_edited_trace_is_refused(file: TraceFile, shown: Any, tmp_path: Path, edit: Edit) -> None:
    code, out, err = shown(edited(file, tmp_path, edit))
    assert (code, out, len(err)) == (2, "", 1)
    assert "edited" in err[0]


@pytest.mark.parametrize("seal", ["anew", "stripped"])
@pytest.mark.parametrize("edit", IN_THE_RECORD)
def test_what_the_record_says_otherwise_is_refused(
    file: TraceFile, shown: Any, tmp_path: Path, edit: Edit, seal: str
) -> None:
    for flags in ([], ["--json"], ["--report", str(tmp_path / "r.html")]):
        code, out, err = shown(edited(file, tmp_path, edit, seal), *flags)
        assert (code, out, len(err)) == (2, "", 1)
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize("edit", [mexico, moved, stepped, chained])
def test_an_edited_coarse_trace_is_refused(file: TraceFile, beliefs: Beliefs, tmp_path: Path, edit: Edit) -> None:
    for seal in ("kept", "anew", "stripped"):
        path = edited(disclose(file, "city", beliefs), tmp_path, edit, seal)
        with pytest.raises(TraceError, match="edited"):
            load_trace(path, lambda: beliefs)


def test_an_edit_of_what_stands_in_no_record_is_not_shown_without_a_hash(
    file: TraceFile, shown: Any, tmp_path: Path
) -> None:
    code, out, err = shown(edited(file, tmp_path, noted, "old"))
    assert (code, len(err)) == (0, 1)
    assert "no hash" in err[0]
    assert "Mexico" not in out
    assert "France" in out


def test_a_trace_without_a_hash_shows_what_its_evidence_gives(
    file: TraceFile, beliefs: Beliefs, tmp_path: Path
) -> None:
    loaded, said = load_trace(edited(file, tmp_path, lambda data: None, "old"), lambda: beliefs)
    assert "no hash" in said
    assert loaded.trace == file.trace
    assert loaded.prediction == file.prediction.model_copy(update={"notes": (said,), "argument": ()})


@pytest.mark.parametrize("seal", ["kept", "anew"])
def test_what_another_version_made_shows_what_its_evidence_gives(
    file: TraceFile, beliefs: Beliefs, tmp_path: Path, seal: str
) -> None:
    """Who says that another version made a trace, and computes its hash anew, must not have the answer believed."""
    old = file.model_copy(update={"geoagent": "0.0.1"})
    if seal == "kept":
        with pytest.raises(TraceError, match="edited"):
            load_trace(edited(old, tmp_path, mexico), lambda: beliefs)
        return
    loaded, said = load_trace(edited(old, tmp_path, mexico, seal), lambda: beliefs)
    assert "0.0.1" in said and "not the one that it held" in said
    assert loaded.prediction.levels == file.prediction.levels
    assert "Mexico" not in str([level.name for level in loaded.prediction.levels if level.stated])
    loaded, said = load_trace(edited(old, tmp_path, lambda data: None, seal), lambda: beliefs)
    assert "0.0.1" in said and "held" not in said
    save_trace(file, tmp_path / "t.json")
    loaded, said = load_trace(tmp_path / "t.json", lambda: Beliefs(beliefs.atlas, AT_ITS_WORD))
    assert "other reliabilities" in said
    assert loaded.prediction.notes == (said,)


def test_the_hash_is_that_of_the_documented_form(file: TraceFile, tmp_path: Path) -> None:
    save_trace(file, tmp_path / "t.json")
    data = json.loads((tmp_path / "t.json").read_text())
    said = data.pop("sha256")
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert said == hashlib.sha256(text.encode()).hexdigest()


def finished(file: TraceFile, folder: Path, beliefs: Beliefs) -> Path:
    """A run of two photos that are solved."""
    samples = [Sample(id=name, country="FR", images=("photo.jpg",)) for name in ("a", "b")]
    open_run(folder, manifest_of(Settings(), "test", samples, "agent"), samples)
    append(folder, [Result(id=name, trace=file) for name in ("a", "b")])
    return folder / "results.jsonl"


def edit_line(path: Path, edit: Edit, seal: str) -> None:
    first, *rest = path.read_text().splitlines()
    data = json.loads(first)
    edit(data)
    if seal != "kept":
        del data["sha256"]
    if seal == "old":
        as_version_1(data["trace"])
    if seal == "anew":
        data["sha256"] = digest(data)
    path.write_text("\n".join([json.dumps(data), *rest, ""]))


def of_its_trace(edit: Edit) -> Edit:
    return lambda data: edit(data["trace"])


@pytest.mark.parametrize("seal", ["kept", "anew", "stripped"])
@pytest.mark.parametrize("edit", [mexico, moved, hinted, stepped])
def test_an_edited_answer_of_a_run_is_refused(
    file: TraceFile, beliefs: Beliefs, cache: Path, tmp_path: Path, edit: Edit, seal: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    run = tmp_path / "run"
    edit_line(finished(file, run, beliefs), of_its_trace(edit), seal)
    out = str(tmp_path / "out.md")
    for command in (
        ["score"],
        ["misses"],
        ["report", "--out", out],
        ["calibrate", "--out", out],
        ["compare", str(run)],
    ):
        code = main(["eval", command[0], str(run), *command[1:]])
        said = capsys.readouterr()
        assert (code, said.out, len(said.err.splitlines())) == (2, "", 1)
        assert "edited" in said.err
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_no_part_of_a_line_of_a_run_can_be_edited(file: TraceFile, beliefs: Beliefs, tmp_path: Path) -> None:
    edits: list[Edit] = [
        lambda data: data.update(id="b"),
        lambda data: data.update(point={"lat": 19.4, "lon": -99.1}),
        lambda data: data.update(country="Mexico"),
        lambda data: data.update(trace=None),
        of_its_trace(noted),
    ]
    for number, edit in enumerate(edits):
        path = finished(file, tmp_path / str(number), beliefs)
        assert len(read_results(path.parent)) == 2
        edit_line(path, edit, "kept")
        with pytest.raises(ConfigError, match="line 1: it was edited"):
            read_results(path.parent)


def test_a_chain_is_not_taken_from_an_edited_trace(file: TraceFile, beliefs: Beliefs, tmp_path: Path) -> None:
    path = finished(file, tmp_path / "run", beliefs)
    assert read_chains(path)[0].points == read_chains(edited(file, tmp_path, lambda data: None))[0].points
    edit_line(path, of_its_trace(noted), "kept")
    for edited_file in (path, edited(file, tmp_path, noted)):
        with pytest.raises(ConfigError, match="edited"):
            read_chains(edited_file)


def test_an_old_run_is_judged_by_what_its_evidence_gives(
    file: TraceFile, beliefs: Beliefs, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = finished(file, tmp_path / "run", beliefs)
    edit_line(path, of_its_trace(noted), "old")
    found = answers(path.parent, beliefs)
    assert (found["a"].trace.prediction.levels, found["b"].trace) == (file.prediction.levels, file)  # type: ignore[union-attr]
    assert "Mexico" not in str(found["a"])
    (told,) = caplog.messages
    assert "1 of 2" in told and "no hash" in told


def test_a_folder_in_the_place_of_a_trace_says_what_to_name(tmp_path: Path, beliefs: Beliefs) -> None:
    with pytest.raises(TraceError, match="name a trace or a bundle"):
        load_trace(tmp_path, beliefs)
