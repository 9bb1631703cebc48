"""`geoagent gallery` as its user runs it."""

import json
from pathlib import Path

import pytest

from geoagent.cli.main import main
from tests.gallery.scenes import place, save


def test_add_search_and_info(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "photos").mkdir()
    for seed in range(3):
        save(place(seed), tmp_path / "photos" / f"{seed}.jpg", 10.0 * seed + 1, 5.0)
    where = ["--gallery", str(tmp_path / "g")]
    assert main(["gallery", "add", str(tmp_path / "photos"), *where]) == 0
    assert capsys.readouterr().out.split("\n")[:2] == ["kept 3", "3 added"]
    assert main(["gallery", "search", str(tmp_path / "photos" / "1.jpg"), "-k", "2", "--json", *where]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (Path(first["name"]).name, first["lat"], first["same_picture"]) == ("1.jpg", 11.0, True)
    assert not second["same_picture"]
    assert main(["gallery", "info", *where]) == 0
    assert capsys.readouterr().out.startswith("3 entries")


def test_what_is_missing_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gallery", "info"]) == 2
    assert "--gallery" in capsys.readouterr().err
    assert main(["gallery", "info", "--gallery", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
