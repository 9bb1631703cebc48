"""A service that tells no place finer than the country: nothing that it sends or keeps does."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geoagent.atlas import Atlas
from geoagent.names import fold
from tests.browser import CHROMIUM, OVERLAPS
from tests.serve.conftest import Served

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
    assert not list((coarse.folder / solved).glob("photo*"))
    for path in coarse.folder.glob("checkpoints.sqlite*"):
        assert b"Zaragoza centro" not in path.read_bytes()


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


def test_its_folder_is_not_opened_as_if_it_told_all(coarse: Served, cache: Path) -> None:
    command = [sys.executable, "-m", "geoagent.cli", "serve", "--port", "0", "--data", str(coarse.folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "kept as country" in done.stderr
