"""How a command line is understood: photos without a command, slips, groups of help."""

from pathlib import Path

import pytest

from geoagent.cli.main import COMMANDS, GROUPS, main, with_command


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    try:
        code = main(words)
    except SystemExit as end:
        code = int(str(end.code))
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.mark.parametrize(
    ("words", "is_solve"),
    [
        (["photo.jpg"], True), (["missing.HEIC", "--json"], True), (["./x"], True), (["--quiet", "a.jpg"], True),
        (["https://pictures.example/a"], True), (["here"], True), (["übung ß.jpg"], True), (["./solve"], True),
        (["solve"], False), (["doctor"], False), (["--help"], False), (["-h"], False), (["--version"], False),
        (["slove"], False), (["trace", "show"], False),
    ],
)  # fmt: skip
def test_what_is_no_command_but_names_a_photo_is_solved(
    words: list[str], is_solve: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    assert with_command(words) == (["solve", *words] if is_solve else words)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("slove", "a"), "did you mean solve?"), (("Solve",), "did you mean solve?"),
        (("picks",), "did you mean pics?"),
        (("doctr",), "did you mean doctor?"), (("trace", "shwo", "x"), "did you mean show?"),
        (("eval", "scoer"), "did you mean score?"), (("solve", "a.jpg", "--jsno"), "did you mean --json?"),
        (("solve", "a.jpg", "--alow-exif"), "did you mean --allow-exif-gps?"),
        (("a.jpg", "--reprot=x.html"), "did you mean --report?"), (("doctor", "--detials"), "did you mean --details?"),
        (("solve", "a.jpg", "--export", "klm"), "did you mean kml?"), (("pics/aa.jpg",), "did you mean pics/a.jpg?"),
    ],
)  # fmt: skip
def test_a_slip_is_answered_by_what_was_meant_in_one_line(
    words: tuple[str, ...], meant: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    (tmp_path / "pics").mkdir()
    (tmp_path / "pics" / "a.jpg").touch()
    code, out, err = told(capsys, *words)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert meant in err


def test_a_photo_whose_name_begins_with_a_dash_is_no_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-x.jpg").touch()
    assert with_command(["-x.jpg", "--json"]) == ["solve", "./-x.jpg", "--json"]
    assert with_command(["-y.jpg"]) == ["solve", "-y.jpg"]


def test_nothing_like_it_is_no_guess(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = told(capsys, "xyzzy")
    assert code == 2
    assert "did you mean" not in err


def test_nothing_at_all_is_told_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = told(capsys)
    assert (code, err) == (0, "")
    assert "geoagent photo.jpg" in out and len(out.splitlines()) <= 12


def test_the_help_names_every_command_in_its_group(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = told(capsys, "--help")
    assert code == 0
    for group, names in GROUPS.items():
        assert f"{group}:\n" in out
        assert all(f"\n  {name} " in out for name in names)
    assert len(set(COMMANDS)) == len(COMMANDS)
    assert told(capsys, "solve", "--help")[1].startswith("usage: geoagent [solve] PHOTO… [options]\n")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("a.jpg", "--bundle", "c.tar"), "ends in .zip"), (("a.jpg", "--write-position", "c.png"), ".xmp"),
        (("a.jpg", "b.jpg", "--bundle", "c.zip"), "one answer"), (("a.jpg", "--with-photo"), "--bundle FILE.zip"),
        (("a.jpg", "--bundle", "c.zip", "--disclose", "city"), "--disclose"),
        (("a.jpg", "--export", "kml", "--out", "run"), "--out"), (("http://a.example/x.jpg", "--out", "run"), "--out"),
        (("a.jpg", "--export", "kml", "--into", "a.jpg"), "--into"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_before_any_work(
    words: tuple[str, ...], fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "a.jpg").touch()
    (tmp_path / "b.jpg").touch()
    code, out, err = told(capsys, *words)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert fault in err
    assert not (tmp_path / "cache").exists()
