"""A service that tells no place finer than the country: nothing that it sends or keeps does."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from geoagent.atlas import Atlas
from geoagent.plain_text import fold
from tests.browser import CHROMIUM, OVERLAPS
from tests.serve.conftest import Served
from tests.waiting import wait_until

PHOTO = Path(__file__).parent.parent.parent / "examples" / "photos" / "spain_zaragoza.jpg"
NAMES = ("zaragoza", "aragon", "molino", "50003", "ebrolino")


@pytest.fixture(scope="module")
def coarse(tmp_path_factory: pytest.TempPathFactory, cache: Path, atlas: Atlas) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("coarse") / "cases", cache, "--disclose", "country")
    served.ready()
    yield served
    assert served.stop() == 0


@pytest.fixture(scope="module")
def solved(coarse: Served) -> str:
    files = [("photos", ("zaragoza at noon.jpg", PHOTO.read_bytes()))]
    answer = coarse.client.post("/api/cases", files=files, data={"hint": "near Zaragoza in Aragon"})
    return str(coarse.wait(answer.json()["id"])["id"])


@pytest.mark.parametrize("part", ["", "/events", "/trace", "/report", "/markdown", "/geojson"])
def test_nothing_that_is_sent_tells_more_than_the_country(coarse: Served, solved: str, part: str) -> None:
    answer = coarse.client.get(f"/api/cases/{solved}{part}")
    assert answer.status_code == 200
    assert "Spain" in answer.text or '"ES"' in answer.text
    assert [name for name in NAMES if name in fold(answer.text)] == []


def test_the_list_tells_no_more_either(coarse: Served, solved: str) -> None:
    text = coarse.client.get("/api/cases").text
    assert "Spain" in text
    assert [name for name in NAMES if name in fold(text)] == []


def test_the_photo_is_neither_shown_nor_kept_nor_the_way_to_the_answer(coarse: Served, solved: str) -> None:
    assert coarse.client.get(f"/api/cases/{solved}/photos/1").status_code == 404
    wait_until(lambda: left(coarse.folder) == [])


def left(folder: Path) -> list[str]:
    """Photos, and files that hold what was known or found beyond the country; databases and their logs."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    held = [path for path in files if re.search(rb"Zaragoza|Aragon", path.read_bytes(), re.I)]
    return [path.name for path in {*held, *folder.glob("*/photo-*")}]


def test_of_a_case_that_fails_no_more_is_kept(coarse: Served) -> None:
    files = [("photos", ("zaragoza.jpg", PHOTO.read_bytes()[:20_000]))]
    answer = coarse.client.post("/api/cases", files=files, data={"hint": "near Zaragoza in Aragon"})
    assert coarse.wait(answer.json()["id"])["status"] == "failed"
    wait_until(lambda: left(coarse.folder) == [])


@pytest.mark.slow
def test_what_a_kill_left_goes_with_the_next_start(serve: Callable[..., Served], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    service = serve(folder, "--disclose", "country")
    case = service.solve()["id"]
    assert service.stop() == 0
    (folder / case / "photo-1").write_bytes(PHOTO.read_bytes())
    stray = folder / "0123456789abcdef"
    stray.mkdir()
    (stray / "photo-1").write_bytes(PHOTO.read_bytes())
    steps = sqlite3.connect(folder / "checkpoints.sqlite")
    steps.execute("INSERT INTO checkpoints (thread_id, checkpoint_id, metadata) VALUES (?, '1', 'Zaragoza')", (case,))
    steps.commit()
    steps.close()
    told = serve(folder, "--disclose", "country")
    told.ready()
    assert left(folder) == ["photo-1"]  # in a folder that no case is known of: whoever put it there is told
    assert (stray / "photo-1").exists()
    assert not (folder / case / "photo-1").exists()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_of_a_coarse_case(browser: Any, coarse: Served, solved: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for path, awaited in (("/", "Spain"), (f"/#{solved}", "The photo is not disclosed.")):
        page.goto(coarse.url + path)
        page.get_by_text(awaited).first.wait_for()
        assert page.evaluate(OVERLAPS) == []
        assert [name for name in NAMES if name in fold(page.inner_text("body"))] == []
    assert not page.locator(".talk").is_visible()
    assert said == []
    page.close()


def test_it_takes_no_questions(coarse: Served, solved: str) -> None:
    answer = coarse.client.post(f"/api/cases/{solved}/questions", json={"text": "what does the sign say?"})
    assert answer.status_code == 409
    assert "no more than the country" in answer.json()["detail"]


@pytest.mark.slow
def test_its_folder_is_not_opened_as_if_it_told_all(coarse: Served, cache: Path) -> None:
    command = [sys.executable, "-m", "geoagent.cli", "serve", "--port", "0", "--data", str(coarse.folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "kept as country" in done.stderr
