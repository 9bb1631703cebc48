"""Case bundles: packed, checked and shown; whatever is changed in one is told in one line, and nothing is unpacked."""

import hashlib
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from geoagent import GeoAgent, TraceFile
from geoagent.belief import Beliefs
from geoagent.errors import ConfigError, TraceError
from geoagent.report.bundle import read_bundle, write_bundle
from tests.command import geoagent
from tests.report.states import PHOTOS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("case") / "my secret folder"
    folder.mkdir()
    shutil.copy(PHOTOS / "nowhere_plain.jpg", folder / "a photo é.jpg")
    return folder


@pytest.fixture(scope="module")
def file(agent: GeoAgent, folder: Path) -> TraceFile:
    return agent.prior(folder / "a photo é.jpg")


@pytest.fixture(scope="module")
def packed(file: TraceFile, folder: Path, beliefs: Beliefs) -> Path:
    write_bundle(file, folder / "case.zip", beliefs, with_photo=True)
    return folder / "case.zip"


def test_it_holds_what_a_second_person_needs_and_no_folder_of_this_machine(packed: Path, folder: Path) -> None:
    found = read_bundle(packed)
    photo = (folder / "a photo é.jpg").read_bytes()
    assert found.photos == {1: photo}
    assert found.record["photos"][0]["sha256"] == hashlib.sha256(photo).hexdigest()
    assert found.record["looked_at"][0]["sha256"].startswith(found.record["photos"][0]["pixels"])
    with zipfile.ZipFile(packed) as inside:
        assert all(b"secret" not in inside.read(name) for name in inside.namelist())
        assert {
            "trace.json",
            "report.html",
            "report.md",
            "record.json",
            "CHECK.txt",
            "SHA256SUMS",
            "photo-1.jpg",
        } == set(inside.namelist())


def test_the_sums_are_those_that_sha256sum_checks(packed: Path, tmp_path: Path) -> None:
    if shutil.which("sha256sum") is None:
        pytest.skip("no sha256sum here")
    with zipfile.ZipFile(packed) as inside:
        inside.extractall(tmp_path)
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)


def test_show_checks_it_and_reports_from_it_where_nothing_else_is(packed: Path, cache: Path, tmp_path: Path) -> None:
    shutil.copy(packed, tmp_path / "theirs.zip")
    shown = geoagent(cache, tmp_path, "trace", "show", "theirs.zip", "--report", "r.html")
    assert (shown.returncode, shown.stdout) == (0, "")
    assert "6 files fit their hashes" in shown.stderr and "a photo é.jpg: in the bundle" in shown.stderr
    assert "data:image/" in (tmp_path / "r.html").read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.html", "theirs.zip"]


def test_without_the_photo_its_hash_is_there_all_the_same(file: TraceFile, beliefs: Beliefs, tmp_path: Path) -> None:
    write_bundle(file, tmp_path / "b.zip", beliefs)
    write_bundle(file, tmp_path / "b.zip", beliefs)  # an earlier one is written over
    assert read_bundle(tmp_path / "b.zip").photos == {}
    with zipfile.ZipFile(tmp_path / "b.zip") as inside:
        assert b"data:image/jpeg" not in inside.read("report.html")  # the report shows it no more than the rest
    with pytest.raises(ConfigError, match=r"\.zip"):
        write_bundle(file, tmp_path / "b.tar", beliefs)


def rewritten(packed: Path, to: Path, change: Callable[[dict[str, bytes]], None], sums: bool = False) -> Path:
    """A bundle with something changed in it; with `sums` its list of hashes is made to fit."""
    with zipfile.ZipFile(packed) as inside:
        files = {name: inside.read(name) for name in inside.namelist()}
    change(files)
    if sums:
        listed = (f"{hashlib.sha256(d).hexdigest()}  {n}\n" for n, d in sorted(files.items()) if n != "SHA256SUMS")
        files["SHA256SUMS"] = "".join(listed).encode()
    with zipfile.ZipFile(to, "w") as out:
        for name, data in files.items():
            out.writestr(name, data)
    return to


@pytest.mark.parametrize(
    ("change", "sums", "said"),
    [
        (lambda files: files.update({"report.md": b"other"}), False, "report.md is not as it was packed"),
        (lambda files: files.pop("report.md"), False, "report.md was taken out"),
        (lambda files: files.update({"extra.txt": b""}), False, "extra.txt is not as it was packed"),
        (lambda files: files.update({"../evil.txt": b""}), True, "has a path"),
        (lambda files: files.update({"/etc/passwd": b""}), True, "has a path"),
        (lambda files: files.update({"a\\b": b""}), True, "has a path"),
        (lambda files: files.update({f"x{n}": b"" for n in range(300)}), True, "too many files"),
        (lambda files: files.pop("trace.json"), True, "lacks"),
        (lambda files: files.update({"record.json": b"[]"}), True, "record.json is not one of this version"),
        (lambda files: files.update({"record.json": b"[" * 100_000}), True, "record.json is not one of this version"),
        (lambda files: files.update({"photo-1.jpg": b"another"}), True, "photo 1 is not the one that is recorded"),
    ],
)
def test_what_was_changed_is_told(
    packed: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], sums: bool, said: str
) -> None:
    with pytest.raises(TraceError, match=said) as error:
        read_bundle(rewritten(packed, tmp_path / "x.zip", change, sums))
    assert len(str(error.value).splitlines()) == 1


def test_an_edited_trace_is_refused_though_its_hash_in_the_list_fits(packed: Path, cache: Path, tmp_path: Path) -> None:
    def edit(files: dict[str, bytes]) -> None:
        trace = json.loads(files["trace.json"])
        trace["hint"] = "somewhere else"
        files["trace.json"] = json.dumps(trace).encode()

    rewritten(packed, tmp_path / "x.zip", edit, sums=True)
    shown = geoagent(cache, tmp_path, "trace", "show", "x.zip")
    assert (shown.returncode, len(shown.stderr.splitlines())) == (2, 1)
    assert "x.zip: it was edited or damaged" in shown.stderr


def test_a_bomb_is_read_no_further_than_the_limit(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for name in ("trace.json", "record.json", "SHA256SUMS"):
            out.writestr(name, bytes(10_000_000))
    with pytest.raises(TraceError, match="is not read"):
        read_bundle(tmp_path / "x.zip", most_bytes=1_000_000)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 neither"])
def test_what_is_no_bundle_is_one_line(cache: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    shown = geoagent(cache, tmp_path, "trace", "show", "x.zip")
    assert (shown.returncode, len(shown.stderr.splitlines()), shown.stdout) == (2, 1, "")
