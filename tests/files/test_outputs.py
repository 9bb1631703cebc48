"""What a command writes goes over nothing else: not over what it reads, not over other files, under no name or link."""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from geoagent import GeoAgent
from geoagent.belief import Beliefs
from geoagent.cli.main import main, parser
from geoagent.errors import ConfigError
from geoagent.eval.calibration.diagram import diagram_output, draw_reliability
from geoagent.eval.report.write import report_output
from geoagent.eval.report.write import write_report as write_run_report
from geoagent.files import outputs as writing
from geoagent.files.outputs import Form, Output
from geoagent.report.audit import FORMS as AUDITS
from geoagent.report.write import FORMS as REPORTS
from geoagent.report.write import write_report
from geoagent.runs.trace_files import save_trace
from tests import command
from tests.browser import CHROMIUM
from tests.eval.runs import LIMA, PARIS, ROME, points

FOREIGN = {
    ".json": b'{"gamma": 3, "photos": ["by hand"]}\n',
    ".html": b"<!doctype html><p>My holidays, located with geoagent answer</p>\n",
    ".md": b"# Geolocation report\n\nby hand\n",
    ".geojson": b'{"type": "FeatureCollection", "features": []}\n',
    ".csv": b"id,lat,lon\n1,2,3\n",
    ".jsonl": b'{"id": "1", "lat": 2}\n',
    ".svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>\n",
    ".png": b"\x89PNG\r\n\x1a\nby another program",
    ".jpg": b"\xff\xd8\xff by a camera",
    ".webp": b"RIFF....WEBP",
    ".parquet": b"PAR1 by another program PAR1",
    ".onnx": b"\x08\x07 by another program",
    ".kml": b'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>geoagent answer</name></Document></kml>',
    ".gpx": b'<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="another program"/>',
    ".xmp": b'<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="another program"/>',
    ".pdf": b"%PDF-1.7\n% geoagent answer, by another program\n%%EOF\n",
    ".zip": b"PK\x03\x04 by another program",
}
"""Files that are not ours, with what a careless look would take for a sign that they are."""


class Writer(NamedTuple):
    """A command with a flag that names a file to write, and the files that it reads."""

    command: tuple[str, ...]
    flag: str
    suffix: str
    reads: tuple[str, ...]
    more: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{' '.join(self.command[:2])} {self.flag} {self.suffix}"


SHADOW = ("--sun-height", "30", "--time", "2024-06-01 12:00", "--utc")
RUN = ("run/run.json", "run/samples.jsonl", "run/results.jsonl")
REPORTED = (".html", ".md", ".csv", ".parquet")
WRITERS = [
    Writer(("solve", "photo.jpg"), "--trace", ".json", ("photo.jpg", "settings.toml")),
    Writer(("solve", "photo.jpg"), "--chain", ".jsonl", ("photo.jpg", "settings.toml")),
    Writer(("solve", "photo.jpg", "other.jpg", "--same-place"), "--trace", ".json", ("other.jpg",)),
    Writer(("verify", "photo.jpg", "--place", "Lisbon"), "--trace", ".json", ("photo.jpg", "settings.toml")),
    Writer(("sun", "photo.jpg", "--allow-exif-gps", *SHADOW), "--geojson", ".geojson", ("photo.jpg",)),
    Writer(("find", "a cafe.", "--extract", "photo.jpg"), "--geojson", ".geojson", ("photo.jpg",)),
    Writer(("match", "photo.jpg", "other.jpg"), "--draw", ".png", ("photo.jpg", "other.jpg")),
    *(Writer(("solve", "photo.jpg"), "--report", suffix, ("photo.jpg",)) for suffix in REPORTS),
    *(Writer(("solve", "photo.jpg"), "--write-position", suffix, ("photo.jpg",)) for suffix in (".jpg", ".xmp")),
    Writer(("solve", "photo.jpg"), "--bundle", ".zip", ("photo.jpg",)),
    *(Writer(("trace", "show", "trace.json"), "--report", s, ("trace.json", "photo.jpg")) for s in REPORTS),
    *(Writer(("audit", "photo.jpg"), "--report", suffix, ("photo.jpg",)) for suffix in AUDITS),
    *(Writer(("audit", "photo.jpg"), "--redact", suffix, ("photo.jpg",)) for suffix in (".jpg", ".png", ".webp")),
    Writer(("eval", "score", "run"), "--samples", ".jsonl", RUN),
    *(Writer(("eval", "report", "run"), "--out", suffix, (*RUN, "photo.jpg")) for suffix in REPORTED),
    Writer(("eval", "board", "run"), "--out", ".html", RUN),
    Writer(("eval", "board", "run"), "--results", ".jsonl", RUN, ("--out", "new.html")),
    Writer(("eval", "calibrate", "run"), "--out", ".json", RUN),
    *(Writer(("eval", "calibrate", "run"), "--diagram", s, RUN, ("--out", "new.json")) for s in (".svg", ".png")),
    *(Writer(("export", kind, "run"), "--out", ".jsonl", RUN) for kind in ("sft", "dpo", "grpo")),
    Writer(("export", "sft", "run"), "--out", ".parquet", RUN, ("--format", "verl")),
    Writer(("prior", "embed", "photos"), "--out", ".parquet", ("photos/a.jpg", "photos/labels.csv")),
]
"""Every flag that names a file to write; `test_every_flag_is_known` fails for one that is missing."""
IN_FOLDERS = {
    "solve --out",
    "solve --into",
    "eval run --out",
    "eval import --out",
    "serve --data",
    "gallery add --gallery",
}
IN_FOLDERS |= {
    "prior train locdiff --out",
    "prior train geoclip --out",
    "prior export --prior-weights",
    "eval chain --write-georc",
}
"""Flags that name a folder of our own, or that is written in: `test_folders` and below."""
READ = {
    "solve --gallery",
    "solve --guide",
    "solve --ranges",
    "resume --guide",
    "verify --guide",
    "solve --elevation",
    "solve --knowledge",
    "solve --evidence",
    "solve --prior-weights",
    "eval run --from",
    "eval import --from",
    "eval datasets --from",
    "eval earthwhere --from",
    "eval geobrowse --questions",
    "eval disclosure --labels",
    "eval disclosure --places",
    "eval run --reliabilities",
}
READ |= {"solve --extract", "verify --extract", "resume --extract", "find --extract"}
READ |= {"skyline --elevation", "skyline --mask"}
READ |= {"gallery search --gallery", "gallery info --gallery", "prior train locdiff --data"}
READ |= {"prior train geoclip --data", "prior train geoclip --weights"}
READ |= {"prior embed --prior-weights", "eval chain --photos", "eval chain --human"}
READ |= {f"verify --{name}" for name in ("gallery", "elevation", "knowledge", "evidence", "prior-weights")}
READ |= {f"resume --{name}" for name in ("gallery", "elevation", "knowledge", "evidence", "prior-weights", "photos")}


def flags_of(parser: argparse.ArgumentParser, name: str = "") -> Iterator[str]:
    """Each option of a command and of those below it that takes a path."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, below in action.choices.items():
                yield from flags_of(below, f"{name} {word}".strip())
        elif action.type is Path and action.option_strings:
            yield f"{name} {action.option_strings[-1]}"


def test_every_flag_is_known() -> None:
    found = set(flags_of(parser()))
    words = (" ".join(word for word in writer.command[:2] if "." not in word and word != "run") for writer in WRITERS)
    written = {f"{name} {writer.flag}" for name, writer in zip(words, WRITERS, strict=True)}
    written = {name.replace("prior embed photos", "prior embed") for name in written}
    assert found == written | IN_FOLDERS | READ


@pytest.fixture
def place(tmp_path: Path, photos: Path, agent: GeoAgent, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that the commands read; the cache folder is not there yet."""
    for name in ("photo.jpg", "other.jpg"):
        shutil.copy(photos / "nowhere_plain.jpg", tmp_path / name)
    (tmp_path / "photos").mkdir()
    shutil.copy(photos / "nowhere_plain.jpg", tmp_path / "photos" / "a.jpg")
    (tmp_path / "photos" / "labels.csv").write_text("file,lat,lon\na.jpg,1,2\n")
    (tmp_path / "settings.toml").write_text("max_steps = 3\n")
    monkeypatch.chdir(tmp_path)
    save_trace(agent.prior("photo.jpg"), tmp_path / "trace.json")
    points(tmp_path / "run", {"a": (PARIS, PARIS), "b": (ROME, LIMA)})
    rows = [json.loads(line) for line in (tmp_path / "run" / "samples.jsonl").read_text().splitlines()]
    rows[0]["images"] = [str(tmp_path / "photo.jpg")]
    (tmp_path / "run" / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GEOAGENT_CONFIG", str(tmp_path / "settings.toml"))
    return tmp_path


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(writer: Writer, path: str, capsys: pytest.CaptureFixture[str], *more: str) -> str:
    """The line with which the command refuses to write there, before it has begun anything."""
    before = content(Path.cwd())
    assert main([*writer.command, *writer.more, writer.flag, path, *more]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 1
    assert content(Path.cwd()) == before  # nor was an atlas built in the cache
    return shown.err


@pytest.mark.slow
@pytest.mark.parametrize("writer", WRITERS, ids=str)
def test_another_file_stays(place: Path, writer: Writer, capsys: pytest.CaptureFixture[str]) -> None:
    needs(writer)
    for suffix, data in {**FOREIGN, "itself": FOREIGN[writer.suffix]}.items():
        (place / f"there{writer.suffix}").write_bytes(data)
        assert "--force" in refused(writer, f"there{writer.suffix}", capsys), suffix
    (place / f"link{writer.suffix}").symlink_to(place / f"there{writer.suffix}")
    assert "--force" in refused(writer, f"link{writer.suffix}", capsys)
    (place / f"folder{writer.suffix}").mkdir()
    refused(writer, f"folder{writer.suffix}", capsys, "--force")
    assert "--force" not in refused(writer, f"nowhere/new{writer.suffix}", capsys)


@pytest.mark.slow
@pytest.mark.parametrize("writer", WRITERS, ids=str)
def test_what_is_read_stays(place: Path, writer: Writer, capsys: pytest.CaptureFixture[str]) -> None:
    needs(writer)
    for number, name in enumerate(writer.reads):
        there = place / name
        (place / f"soft{number}{writer.suffix}").symlink_to(there)
        (place / f"hard{number}{writer.suffix}").hardlink_to(there)
        names = [f"soft{number}{writer.suffix}", f"hard{number}{writer.suffix}"]
        for path in [*names, *([name, f"run/../{name}"] if there.suffix == writer.suffix else [])]:
            assert "which is read" in refused(writer, path, capsys, "--force")
            refused(writer, path, capsys)


def needs(writer: Writer) -> None:
    if writer.suffix == ".pdf" and CHROMIUM is None:
        pytest.skip("no Chromium is installed")
    if "--diagram" in writer.flag:
        pytest.importorskip("matplotlib")
    if writer.command[0] == "prior":
        pytest.importorskip("pyarrow")
        pytest.importorskip("torch")


def test_two_outputs_are_two_files(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = Writer(("solve", "photo.jpg"), "--trace", ".json", (), ("--report", "new.json"))
    assert "what --trace writes" in refused(both, "run/../new.json", capsys)
    pytest.importorskip("matplotlib")
    drawn = Writer(("eval", "calibrate", "run"), "--out", ".json", (), ("--diagram", "new.svg"))
    assert "what --out writes" in refused(drawn, "new.svg", capsys)


def test_in_a_folder_of_answers_another_file_stays(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = Writer(("solve", "photo.jpg", "other.jpg", "--quiet"), "--trace", ".json", ())
    (place / "mine").mkdir()
    (place / "mine" / "1-photo.jpg.json").write_bytes(FOREIGN[".json"])
    assert "is not empty and holds no folder of answers" in refused(command, "mine", capsys, "--force")
    (place / "mine" / "1-photo.jpg.json").unlink()
    (place / "mine" / "2-other.jpg.json").symlink_to(place / "photo.jpg")
    refused(command, "mine", capsys, "--force")


def test_a_tower_goes_over_no_other_file(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for package in ("torch", "safetensors", "onnx", "onnxscript"):
        pytest.importorskip(package)
    (place / "clip").mkdir()
    (place / "clip" / "model.safetensors").write_bytes(b"weights")
    (place / "clip" / "geoagent-tower-float32.onnx").write_bytes(FOREIGN[".onnx"])
    command = Writer(("prior", "export"), "--prior-weights", ".onnx", ())
    assert "--force" in refused(command, "clip", capsys)
    (place / "clip" / "geoagent-tower-float32.onnx").unlink()
    (place / "clip" / "geoagent-tower-float32.onnx").hardlink_to(place / "clip" / "model.safetensors")
    assert "which is read" in refused(command, "clip", capsys, "--force")


def geoagent(cache: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    return command.geoagent(cache, Path.cwd(), *arguments)


def on_a_full_disk(cache: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """A command that can write 500 bytes to a file."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))

    return subprocess.run(
        [sys.executable, "-m", "geoagent.cli", *map(str, arguments)],
        env={**os.environ, "GEOAGENT_CACHE_DIR": str(cache)}, capture_output=True, text=True, preexec_fn=limit,
    )  # fmt: skip


def test_an_earlier_output_is_written_over(place: Path, cache: Path) -> None:
    command = ["solve", "photo.jpg", "--quiet", "--trace", "t.json", "--report", "r.html"]
    assert geoagent(cache, *command).returncode == 0
    (place / "r.html").chmod(0o640)
    (place / "latest.html").symlink_to("r.html")
    of_before = '<p class="kicker">geoagent 0.1.0</p><footer><p>Maps: Natural Earth (public domain); near by, GLOBE and'
    (place / "r.html").write_text(of_before)
    again = geoagent(cache, *command[:-1], "latest.html")
    assert (again.returncode, again.stderr) == (0, "")
    assert b'content="geoagent answer"' in (place / "r.html").read_bytes()
    assert (place / "latest.html").is_symlink()
    assert (place / "r.html").stat().st_mode & 0o777 == 0o640
    swapped = geoagent(cache, *command[:3], "--trace", "r.html", "--report", "t.json")
    assert (swapped.returncode, "--force" in swapped.stderr) == (2, True)


def test_with_force_another_file_is_written_over(place: Path, cache: Path) -> None:
    (place / "t.json").write_bytes(FOREIGN[".json"])
    done = geoagent(cache, "solve", "photo.jpg", "--quiet", "--trace", "t.json", "--force")
    assert done.returncode == 0, done.stderr
    assert "prediction" in json.loads((place / "t.json").read_text())


@pytest.mark.slow
def test_pages_of_audits_and_copies(place: Path, cache: Path) -> None:
    command = ["audit", "photo.jpg", "--redact", "copy.png", "--report", "r.png", "--json"]
    assert geoagent(cache, *command).returncode == 0
    copy = (place / "copy.png").read_bytes()
    assert geoagent(cache, *command[:2], *command[4:]).returncode == 0
    again = geoagent(cache, *command)  # a copy is pixels alone: it cannot be told from a photo of yours
    assert (again.returncode, (place / "copy.png").read_bytes()) == (2, copy)
    assert "--redact: copy.png is there already" in again.stderr
    assert geoagent(cache, *command, "--force").returncode == 0


def test_every_form_is_known_again(place: Path, agent: GeoAgent, beliefs: Beliefs) -> None:
    file = agent.prior("photo.jpg")
    for suffix in REPORTS.keys() - {".pdf"}:  # which takes a browser: tests/report/test_pdf.py
        for _ in range(2):
            write_report(file, place / f"new{suffix}", lambda: beliefs)
    for suffix in (".html", ".md", ".csv"):
        for _ in range(2):
            write_run_report([place / "run"], place / f"run{suffix}", beliefs)
        text = (place / f"run{suffix}").read_text().replace('content="geoagent evaluation"', 'content=""')
        (place / f"run{suffix}").write_text(text)  # as it was before pages named what made them
        writing.check(report_output([place / "run"], place / f"run{suffix}"))
    with pytest.raises(ConfigError, match="--force"):
        writing.check(report_output([place / "run"], place / "new.html"))
    save_trace(file, place / "t.json")
    save_trace(file, place / "t.json")
    with pytest.raises(ConfigError, match="--force"):
        write_report(file, place / "t.json", lambda: beliefs)


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_a_diagram_is_known_again(place: Path, suffix: str) -> None:
    figure = pytest.importorskip("matplotlib.figure")
    curve = [0.1, 0.5, 0.9] * 10, [0.0, 1.0, 1.0] * 10
    for _ in range(2):
        draw_reliability({"before": curve}, diagram_output(place / f"d{suffix}"), "test")
    figure.Figure().savefig(place / f"e{suffix}")
    with pytest.raises(ConfigError, match="--force"):
        draw_reliability({"before": curve}, diagram_output(place / f"e{suffix}"), "test")


def test_scores_and_reliabilities_are_known_again(place: Path, cache: Path) -> None:
    for _ in range(2):
        done = geoagent(cache, "eval", "score", "run", "--samples", "scores.jsonl")
        assert done.returncode == 0, done.stderr
    shutil.copy(Path(__file__).parents[2] / "geoagent" / "data" / "reliabilities.json", place / "r.json")
    done = geoagent(cache, "eval", "calibrate", "run", "--out", "r.json")
    assert "--force" not in done.stderr


def test_what_was_there_outlives_a_disk_that_is_full(place: Path, cache: Path) -> None:
    assert geoagent(cache, "trace", "show", "trace.json", "--report", "r.json").returncode == 0
    before = (place / "r.json").read_bytes()
    names = sorted(path.name for path in place.iterdir())
    done = on_a_full_disk(cache, "trace", "show", "trace.json", "--report", "r.json")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert (place / "r.json").read_bytes() == before
    assert sorted(path.name for path in place.iterdir()) == names


def test_an_empty_file_a_pipe_and_a_device_take_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "empty").touch(mode=0o600)
    os.mkfifo(tmp_path / "pipe")
    form = Form("thing", lambda path: False)
    writing.write(Output(tmp_path / "empty", form), "text")
    assert (tmp_path / "empty").read_text() == "text"
    with subprocess.Popen(["cat", tmp_path / "pipe"], stdout=subprocess.PIPE) as reader:
        writing.write(Output(tmp_path / "pipe", form), "text")
        assert reader.communicate()[0] == b"text"
    (tmp_path / "null").symlink_to(os.devnull)
    writing.write(Output(tmp_path / "null", form), "text")
    assert not Path(os.devnull).is_file()
    (tmp_path / "later").symlink_to(tmp_path / "target")
    writing.write(Output(tmp_path / "later", form), "text")
    assert (tmp_path / "target").read_text() == "text"
