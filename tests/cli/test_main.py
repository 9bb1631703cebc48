"""The command as its user runs it: in a process of its own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from PIL import ExifTags, Image

from geoagent.atlas import Atlas
from geoagent.testing.scripted_model import Failure, ScriptedModel, look


@pytest.fixture
def run(cache: Path, atlas: Atlas, tmp_path: Path):  # type: ignore[no-untyped-def]
    def geoagent(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "geoagent.cli", *map(str, arguments)],
            env={**os.environ, "GEOAGENT_CACHE_DIR": str(cache), **environment},
            cwd=tmp_path, capture_output=True, encoding="utf-8", errors="replace", timeout=300,
        )  # fmt: skip

    return geoagent


def test_solve(run, photos: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = run("solve", photos / "france_lyon.jpg", "--trace", tmp_path / "t.json")
    assert done.returncode == 0, done.stderr
    assert "France" in done.stdout
    assert "Why:" in done.stdout
    assert "Not determined:" in done.stdout
    assert done.stderr == f"wrote {tmp_path / 't.json'}\n"  # progress is for a terminal
    shown = run("trace", "show", tmp_path / "t.json")
    assert shown.stdout == done.stdout


@pytest.mark.slow
def test_nothing_found_is_told_as_that(run, photos: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = run("solve", "--quiet", photos / "nowhere_plain.jpg", "--trace", tmp_path / "t.json")
    assert done.returncode == 0
    assert "Tried: read for text in 1 view: none; looked" in done.stdout
    assert "connect a model" in done.stdout
    assert run("trace", "show", tmp_path / "t.json").stdout == done.stdout
    kept = run("solve", "--quiet", photos / "nowhere_plain.jpg", "--out", tmp_path / "run").stdout
    assert kept == "nowhere_plain.jpg: not known; complete\n"
    for text in (done.stdout, kept):
        assert not re.search(r"United States|%|\d\.\d{4}, ", text)


def test_json_follows_the_published_schema(run, photos: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = run("solve", "--json", "--quiet", photos / "nowhere_plain.jpg", "--trace", tmp_path / "t.json")
    assert done.stderr == ""
    for name, text in (("prediction", done.stdout), ("trace", (tmp_path / "t.json").read_text())):
        schema = json.loads(run("schema", name).stdout)
        jsonschema.Draft202012Validator(schema).validate(json.loads(text))


@pytest.mark.slow
def test_bad_photos_are_named_and_the_others_solved(run, photos: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    whole = (photos / "france_lyon.jpg").read_bytes()
    (tmp_path / "half.jpg").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "no.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(200))
    (tmp_path / "bomb.gif").write_bytes(
        b"GIF89a" + b"\x60\xea" * 2 + b"\0\0\0," + b"\0" * 4 + b"\x60\xea" * 2 + b"\0\2\0;"
    )
    (tmp_path / "empty.jpg").touch()
    os.mkfifo(tmp_path / "pipe.jpg")
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    (tmp_path / "no photos").mkdir()
    bad = [
        "missing.jpg",
        tmp_path / "no photos",
        "half.jpg",
        "text.jpg",
        "no.heic",
        "bomb.gif",
        "empty.jpg",
        "pipe.jpg",
        "/dev/zero",
    ]
    bad += ["dot.png", "https://example.org/a.jpg"]
    done = run("solve", "--quiet", "--json", *bad, photos / "france_lyon.jpg")
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert sorted(line.split(": ")[1] for line in lines) == sorted(map(str, bad))
    assert all(line.startswith("geoagent: ") and "<" not in line and len(line) < 200 for line in lines)
    assert json.loads(done.stdout)["levels"][0]["name"] == "France"


@pytest.mark.slow
def test_photos_of_one_place_are_one_case(run, photos: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    two = [photos / "france_lyon.jpg", photos / "spain_zaragoza.jpg"]
    options = ["--same-place", "--quiet", "--json", "--hint", "in Europe"]
    done = run("solve", two[0], "none.jpg", two[1], *options, "--trace", "t.json")
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["geoagent: none.jpg: no such file"]
    (line,) = done.stdout.splitlines()
    prediction, trace = json.loads(line), json.loads((tmp_path / "t.json").read_text())
    assert trace["prediction"] == prediction
    assert [Path(photo["path"]) for photo in trace["photos"]] == two
    assert prediction["photos"] == [photo["id"] for photo in trace["photos"]]
    assert "contradict each other" in prediction["notes"][0]
    assert run("solve", "none.jpg", "--same-place").returncode == 2


@pytest.mark.slow
def test_direct_asks_once_for_photos_of_one_place(run, photos: Path) -> None:  # type: ignore[no-untyped-def]
    two = [photos / "france_lyon.jpg", photos / "spain_zaragoza.jpg"]
    with ScriptedModel([look({"country": "Chile", "probability": 0.8})]) as model:
        done = run("solve", *two, "--same-place", "--direct", "--json", "--quiet", "--vlm", model.url)
    assert (done.returncode, len(done.stdout.splitlines()), len(model.requests)) == (0, 1, 1)


@pytest.mark.slow
def test_the_position_in_the_file_counts_where_it_is_allowed(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (59.0, 51.0, 29.16), 3: "E", 4: (17.0, 38.0, 20.04)})
    Image.new("RGB", (64, 64), "grey").save(tmp_path / "a.jpg", exif=exif)
    default, allowed = run("solve", "--quiet", "a.jpg"), run("solve", "--quiet", "--allow-exif-gps", "a.jpg")
    assert "Where: not known" in default.stdout
    assert "This file holds a position; it was not used. --allow-exif-gps uses it." in default.stdout
    assert "Uppsala" in allowed.stdout
    assert "  point   59.85810, 17.63890" in allowed.stdout
    assert (
        run("solve", "--quiet", "a.jpg", GEOAGENT_ALLOW_EXIF_GPS="1").stdout.splitlines()[:8]
        == allowed.stdout.splitlines()[:8]
    )


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--vlm", "localhost:8000"], "http"),
        (["--direct"], "--vlm"),
        (["--max-steps", "-1"], "max_steps"),
        (["--timeout", "0"], "timeout_s"),
    ],
)
def test_bad_settings_are_one_line(run, photos: Path, arguments: list[str], fault: str) -> None:  # type: ignore[no-untyped-def]
    done = run("solve", photos / "france_lyon.jpg", *arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert fault in done.stderr


def test_a_trace_that_cannot_be_written_is_said_before_any_work(run, photos: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    done = run("solve", photos / "france_lyon.jpg", "--trace", tmp_path / "none" / "t.json")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


@pytest.mark.slow
def test_two_photos_of_one_name_keep_two_traces(run, photos: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        Image.new("RGB", (64, 64), "red" if folder == "a" else "blue").save(tmp_path / folder / "x.png")
    assert run("solve", "--quiet", "a/x.png", "b/x.png", "--trace", "traces").returncode == 0
    assert len(list((tmp_path / "traces").glob("*.json"))) == 2


def test_a_cache_that_cannot_be_used_is_one_line(run, photos: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file").touch()
    done = run("solve", photos / "france_lyon.jpg", "--quiet", GEOAGENT_CACHE_DIR=str(tmp_path / "file"))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


@pytest.mark.slow
def test_a_terminal_without_bars_and_a_name_with_escapes(run, photos: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    name = tmp_path / "a\x1b]0;owned\x07.jpg"
    name.write_bytes((photos / "france_lyon.jpg").read_bytes())
    done = run("solve", "--quiet", name, PYTHONIOENCODING="latin-1")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout


@pytest.mark.slow
def test_a_server_that_dies_is_exit_code_3_and_the_answer_still_comes(run, photos: Path) -> None:  # type: ignore[no-untyped-def]
    with ScriptedModel([look({"country": "France", "probability": 0.5}), Failure(500)]) as model:
        done = run("solve", photos / "nowhere_plain.jpg", "--vlm", model.url)
    assert done.returncode == 3
    assert "France" in done.stdout
    assert "degraded" in done.stdout


@pytest.mark.slow
def test_a_server_that_is_not_there(run, photos: Path) -> None:  # type: ignore[no-untyped-def]
    done = run("solve", photos / "france_lyon.jpg", "--vlm", "http://127.0.0.1:9/v1", "--quiet")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_direct(run, photos: Path) -> None:  # type: ignore[no-untyped-def]
    with ScriptedModel([look({"country": "Chile", "probability": 0.8})]) as model:
        done = run("solve", photos / "france_lyon.jpg", "--direct", GEOAGENT_VLM=model.url)
    assert done.returncode == 0
    assert "Chile" in done.stdout


@pytest.mark.slow
def test_doctor(run) -> None:  # type: ignore[no-untyped-def]
    done = run("doctor")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "Ready. Begin with: geoagent photo.jpg"
    assert "rapidocr" not in done.stdout
    assert "rapidocr" in run("doctor", "--details").stdout
    with ScriptedModel([""]) as model:
        assert "serves scripted" in run("doctor", "--vlm", model.url).stdout
        wrong = run("doctor", "--vlm", model.url, "--model", "other")
    assert wrong.returncode == 2
    assert "does not serve other" in wrong.stdout


@pytest.mark.slow
def test_a_damaged_trace_is_refused(run, photos: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run("solve", "--quiet", photos / "france_lyon.jpg", "--trace", "t.json")
    text = (tmp_path / "t.json").read_text()
    (tmp_path / "edited.json").write_text(text.replace("69003 LYON", "10115 BERLIN"))
    (tmp_path / "half.json").write_text(text[:500])
    for name in ("edited.json", "half.json", "missing.json"):
        done = run("trace", "show", name)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_the_arguments_are_written_as_chains_that_eval_reads(run, photos: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    names = ("nowhere_plain", "spain_zaragoza")
    files = [photos / f"{name}.jpg" for name in names]
    done = run("solve", "--quiet", "--details", *files, "--chain", tmp_path / "c.jsonl")
    assert (done.returncode, done.stdout.count("The log:")) == (0, 2)
    rows = [json.loads(line) for line in (tmp_path / "c.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == list(names)
    assert rows[1]["conclusion"][-1] == "So the photo was almost certainly taken in Zaragoza, Aragon."
    (tmp_path / "kept.jsonl").write_text("mine")
    refused = run("solve", "--quiet", files[0], "--chain", tmp_path / "kept.jsonl")
    assert (refused.returncode, (tmp_path / "kept.jsonl").read_text()) == (2, "mine")
    assert run("solve", "--quiet", files[0], "--chain", tmp_path / "c.txt").returncode == 2
