"""What the service deletes: what it was asked to, by names of its own, and never a photo for want of a row."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from geoagent.errors import ConfigError
from geoagent.files.folders import MARKER
from geoagent.serve.cases import Cases
from tests.serve.conftest import Served
from tests.serve.pictures import picture

Start = Callable[..., Served]


def accepted(folder: Path) -> str:
    """A case that was taken in before the service ended."""
    cases = Cases(folder)
    case_id, _ = cases.accept([picture()], ["a.png"], "", "rules", None, 10)
    cases.close()
    return case_id


def lose(folder: Path) -> None:
    for path in folder.glob("cases.sqlite*"):
        path.unlink()


def empty(folder: Path) -> None:
    lose(folder)
    (folder / "cases.sqlite").touch()


@pytest.mark.parametrize("end", [lose, empty])
@pytest.mark.slow
def test_a_lost_database_takes_no_photo(serve: Start, tmp_path: Path, end: Callable[[Path], None]) -> None:
    folder = tmp_path / "data"
    case_id = accepted(folder)
    photo = (folder / case_id / "photo-1").read_bytes()
    end(folder)
    service = serve(folder)
    service.ready()
    assert (folder / case_id / "photo-1").read_bytes() == photo
    service.process.terminate()
    _, told = service.process.communicate(timeout=60)
    (line,) = [line for line in told.splitlines() if case_id in line]
    assert "are kept" in line


def test_a_request_that_did_not_get_as_far_as_a_case_leaves_no_photo(tmp_path: Path) -> None:
    cases = Cases(tmp_path)
    with cases._writing() as db:  # as a crash leaves it
        db.execute("INSERT INTO arriving VALUES ('00000000000000aa')")
    for name in ("00000000000000aa", "00000000000000bb"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "photo-1").write_bytes(b"a photo")
    assert cases.forget_strays() == ["00000000000000bb"]
    assert not (tmp_path / "00000000000000aa").exists()
    assert (tmp_path / "00000000000000bb" / "photo-1").exists()
    cases.close()


def test_deleting_a_case_leaves_what_is_not_of_the_case(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    case_id = accepted(tmp_path / "data")
    cases = Cases(tmp_path / "data")
    folder = tmp_path / "data" / case_id
    for name in ("photo-1.jpg", "report.html", "answer.md", ".answer.md.01234567.part", "photo-of-mine.jpg"):
        (folder / name).write_text("x")
    assert cases.delete(case_id)
    assert [path.name for path in folder.iterdir()] == ["photo-of-mine.jpg"]
    assert "photo-of-mine.jpg" in caplog.text
    cases.close()


def test_a_case_folder_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    case_id = accepted(tmp_path / "data")
    (tmp_path / "data" / case_id).rename(tmp_path / "elsewhere")
    (tmp_path / "data" / case_id).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="a link to another folder"):
        Cases(tmp_path / "data")
    assert (tmp_path / "elsewhere" / "photo-1").exists()


def test_a_folder_from_before_the_marker_gets_it(tmp_path: Path) -> None:
    case_id = accepted(tmp_path)
    made = json.loads((tmp_path / MARKER).read_text())
    (tmp_path / MARKER).unlink()
    cases = Cases(tmp_path)
    assert json.loads((tmp_path / MARKER).read_text()) == made
    cases.close()
    (tmp_path / MARKER).unlink()
    reader = Cases(tmp_path)  # its schema may still stand in the log alone
    (tmp_path / MARKER).unlink()
    Cases(tmp_path).close()
    assert reader.find(case_id) is not None
    reader.close()
