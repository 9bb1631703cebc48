"""Reports opened in headless Chromium, wide and narrow, light and dark: complete, quiet, and nothing overlaps."""

from pathlib import Path
from typing import Any

import pytest

from geoagent.belief import Beliefs
from geoagent.eval.report.write import write_report
from geoagent.geo import Point
from tests.browser import CHROMIUM, check_file
from tests.eval.runs import LIMA, PARIS, ROME, points

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory, traced: Path, beliefs: Beliefs) -> dict[str, Path]:
    """One run with traces, and three runs of points, on a grid of a hundred places."""
    folder = tmp_path_factory.mktemp("reports")
    truths = [Point(lat=lat, lon=lon) for lat in range(-40, 60, 10) for lon in range(-170, 180, 35)]
    answers = ({}, {0: None, 1: LIMA, 2: PARIS}, {0: ROME, 5: LIMA})
    runs = [
        points(folder / f"run_{number}", {str(i): (p, given.get(i % 7, p)) for i, p in enumerate(truths)})
        for number, given in enumerate(answers)
    ]
    write_report([traced], folder / "one.html", beliefs)
    write_report(runs, folder / "three.html", beliefs)
    return {name: folder / f"{name}.html" for name in ("one", "three")}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", ["one", "three"])
def test_a_report_opens_complete_and_quiet(
    browser: Any, reports: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    check_file(browser, reports[name], width, scheme)


def test_every_link_of_the_report_leads_somewhere(browser: Any, reports: dict[str, Path]) -> None:
    page = browser.new_page()
    for path in reports.values():
        page.goto(path.as_uri())
        links = page.evaluate("[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))")
        assert len(links) > 5
        assert page.evaluate("links => links.filter(link => !document.querySelector(link))", links) == []
    page.close()
