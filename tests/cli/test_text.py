"""`geoagent --text`: a post by itself, in all forms of an answer, with a model, and what is refused in one line."""

import subprocess
import sys
from pathlib import Path

import pytest

from geoagent import GeoAgent, Settings
from geoagent.cli.main import main
from geoagent.secrets import secrets_of_address
from geoagent.testing.scripted_model import ScriptedModel, look, said


@pytest.fixture(autouse=True)
def here(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_a_post_is_an_answer_that_can_be_kept_and_checked(capsys: pytest.CaptureFixture[str]) -> None:
    kept = ["--trace", "t.json", "--report", "a.html", "--bundle", "b.zip", "--export", "geojson,csv,md"]
    assert main(["--quiet", "--text", "a cafe in Alfama, Lisbon", *kept]) == 0
    told = capsys.readouterr().out
    assert told.startswith('text: "a cafe in Alfama, Lisbon"') and "The place is probably in Lisbon" in told
    assert "a cafe in Alfama" in Path("a.html").read_text()
    for file in ("t.json", "b.zip"):
        assert main(["trace", "show", file]) == 0
        assert "The place is probably in Lisbon" in capsys.readouterr().out
    assert main(["--quiet", "--text", "in Lisbon", "--disclose", "country"]) == 0
    assert "Lisbon" not in capsys.readouterr().out


def test_a_model_is_asked_once_with_the_text_alone(cache: Path) -> None:
    first = look({"country": "Portugal", "city": "Sintra", "probability": 0.9})
    with ScriptedModel([first]) as model:
        settings = Settings(vlm=model.url, model="scripted", cache_dir=cache)
        told = GeoAgent(settings).solve(text="Fog round the palace with the two chimneys")
    (request,) = model.requests
    assert "two chimneys" in said(request) and "image_url" not in str(request)
    assert told.stated and told.stated.name == "Sintra"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--text", " "], "empty text"),
        (["--text", "in Lisbon", "--out", "run"], "a run is of photos"),
        (["--text", "in Lisbon", "--write-position", "a.xmp"], "--write-position: a.xmp: there is no photo"),
        (["a.mp4", "--write-position", "a.xmp"], "not a film"),
        (["--text", "in Lisbon", "--minds", "other"], "--vlm"),
        (["--text", "in Lisbon", "--rerank", "3"], "--vlm"),
        (["--text", "in Lisbon", "--prior-weights", "none"], "no such folder"),
        (["serve", "--database", ""], "--database: empty"),
        (["--text", "in Lisbon", "a.jpg", "b.jpg"], "of which place"),
        (["--heard", "Avis"], "give both"),
        (["solve"], "nothing to solve"),
    ],
)
def test_what_cannot_be_solved_is_refused(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    complaint = capsys.readouterr().err
    assert told in complaint and "Traceback" not in complaint


def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "geoagent.cli", "schema", "trace"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "geoagent: cannot write: No space left on device\n"


def test_the_subtitles_of_a_film_are_read_and_never_written_over(capsys: pytest.CaptureFixture[str]) -> None:
    Path("film.mp4").touch()
    Path("film.srt").write_text("1")
    assert main(["film.mp4", "--trace", "film.srt", "--force", "--allow-exif-gps"]) == 2
    assert "which is read" in capsys.readouterr().err
    assert Path("film.srt").read_text() == "1"


def test_the_user_of_a_database_is_no_secret() -> None:
    assert set(secrets_of_address("postgresql://geoagent@host/cases")) <= {""}
    assert set(secrets_of_address("postgresql://geoagent:pass-word@host/cases")) & {"geoagent"} == set()
    assert "pass-word" in set(secrets_of_address("postgresql://geoagent:pass-word@host/cases"))
    assert "lone-token" in set(secrets_of_address("https://lone-token@host/v1"))
