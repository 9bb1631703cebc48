"""The report of one answer in headless Chromium, in every state: complete, quiet, accessible, not overlapping."""

from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent
from geoagent.belief import Beliefs
from geoagent.privacy.audit import weigh
from geoagent.privacy.disclosure import disclose
from geoagent.report.audit import as_html
from geoagent.report.write import write_report
from tests.browser import CHROMIUM, check_file
from tests.report.states import NAMES, states

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, agent: GeoAgent, beliefs: Beliefs) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    every = states(agent)
    for name, file in every.items():
        found[name] = folder / f"{name}.html"
        write_report(file, found[name], lambda: beliefs)
    done = every["done"]
    found["disclosed"] = folder / "disclosed.html"
    write_report(disclose(done, "country", beliefs), found["disclosed"], lambda: beliefs)
    found["audit"] = folder / "audit.html"
    image = agent.resources.photos.load(done.photos[0].path).image
    found["audit"].write_text(as_html(image, weigh(done, beliefs, None, ("camera",))), encoding="utf-8")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", (*NAMES, "disclosed", "audit"))
def test_a_page_opens_complete_quiet_and_accessible(
    browser: Any, pages: dict[str, Path], name: str, width: int, scheme: str
) -> None:
    check_file(browser, pages[name], width, scheme)


def test_every_link_of_a_page_leads_somewhere(browser: Any, pages: dict[str, Path]) -> None:
    page = browser.new_page()
    for path in (pages[name] for name in NAMES):
        page.goto(path.as_uri())
        links = page.evaluate("[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))")
        inner = [link for link in links if link.startswith("#")]
        assert len(inner) >= 3
        assert page.evaluate("links => links.filter(link => !document.querySelector(link))", inner) == []
        assert all(link.startswith("https://") for link in links if link not in inner)
    page.close()


def test_a_step_lights_up_its_boxes_and_a_box_its_steps(browser: Any, pages: dict[str, Path]) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(pages["done"].as_uri())
    lit = "[...document.querySelectorAll('.box.on i')].map(tag => tag.textContent).sort()"
    steps = "[...document.querySelectorAll('.chain .on')].map(link => link.value)"
    page.hover(".argument li:has-text('web address')")
    assert page.evaluate(lit) == ["3"]
    page.click("details.log > summary")
    page.hover("#step-4")
    assert (page.evaluate(lit), page.evaluate(steps)) == (["3"], [4])
    page.mouse.move(0, 0)
    assert page.evaluate(lit) == []
    page.focus("#clue-3")
    assert (page.evaluate(lit), page.evaluate(steps)) == (["3"], [1, 2, 4, 6, 7])
    page.close()


def test_the_replay_goes_from_the_prior_to_the_answer(browser: Any, pages: dict[str, Path]) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(pages["done"].as_uri())
    leaders = "[...document.querySelectorAll('#leaders li')].map(item => item.textContent)"
    cells = "[...document.querySelectorAll('#map-world .cells path')].map(path => path.getAttribute('d'))"
    end, drawn = page.evaluate(leaders), page.evaluate(cells)
    page.focus("#moment")
    page.keyboard.press("Home")
    assert page.inner_text("#came") == "Before any evidence"
    assert page.evaluate(leaders)[0] == "United States20 %"
    assert page.evaluate(cells) != drawn
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#came").startswith("Step 2: 4 texts in Latin script")
    assert page.evaluate("document.querySelector('.chain .now').id") == "step-2"
    page.keyboard.press("End")
    assert page.evaluate(leaders) == end
    assert page.evaluate(cells) == drawn  # the script draws what was drawn without it
    page.close()


def test_a_page_works_without_its_script(browser: Any, pages: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(pages["done"].as_uri())
    assert page.locator("#moment").is_visible() is False
    assert page.locator("#leaders li").first.inner_text().startswith("Spain")
    assert page.locator("#map-close .cells .r50").count() == 1
    context.close()
