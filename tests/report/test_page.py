"""The report of one answer in headless Chromium, in every state: complete, quiet, accessible, not overlapping."""

import json
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
from tests.report.states import NAMES, placed, states

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
    found["placed"] = folder / "placed.html"
    write_report(placed(agent, done), found["placed"], lambda: beliefs)
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
    page.hover(".argument li:has-text('The web address')")
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
    regions = "[...document.querySelectorAll('#moving path.region')].map(path => path.getAttribute('d').length)"
    end, drawn = page.evaluate(leaders), page.evaluate(regions)
    assert len(drawn) == 1  # one place holds both shares
    page.focus("#moment")
    page.keyboard.press("Home")
    assert page.inner_text("#came") == "Before any evidence"
    assert page.evaluate(leaders)[0] == "United States20 %"
    assert page.evaluate(regions) == []  # before any evidence nothing is drawn
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#came").startswith("Step 2: 4 texts in Latin script")
    assert page.evaluate("document.querySelector('.chain .now').id") == "step-2"
    page.keyboard.press("End")
    assert page.evaluate(leaders) == end
    page.wait_for_function(f"JSON.stringify({regions}) === '{json.dumps(drawn, separators=(',', ':'))}'")
    page.close()


def test_a_page_works_without_its_script(browser: Any, pages: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(pages["done"].as_uri())
    assert page.locator("#moment").is_visible() is False
    assert page.locator("#leaders li").first.inner_text().startswith("Spain")
    assert page.locator("#map-close .region.r90").is_visible()
    assert page.locator("#moving").is_visible() is False
    context.close()


def test_paper_shows_the_picture_of_the_map_and_every_reason(browser: Any, pages: dict[str, Path]) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(pages["done"].as_uri())
    page.emulate_media(media="print")
    assert page.locator("#map-close").is_visible()
    assert page.locator("#moving").is_visible() is False
    page.close()


def test_the_map_moves_by_keyboard_and_shows_what_a_sentence_points_to(browser: Any, pages: dict[str, Path]) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.goto(pages["placed"].as_uri())
    where = "document.querySelector('#moving .map-point').getBoundingClientRect().x"
    before = page.evaluate(where)
    page.focus("#moving")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"{where} < {before}")
    page.get_by_role("button", name="Show the whole answer").click()
    assert page.locator("#moving .evidence-dot").count() == 0
    page.click("details.log > summary")
    page.hover("#log li:has-text('the map knows this shop')")
    assert page.locator("#moving .evidence-dot").count() == 1
    assert page.locator("#moving path.evidence").count() == 1
    dots = page.locator("#moving .map-place").all()
    northern = min(dots, key=lambda dot: dot.bounding_box()["y"])
    northern.hover()
    assert page.locator("#log li.on", has_text="the map knows this shop").count() == 1
    page.close()


def test_the_photo_is_enlarged_and_comes_back(browser: Any, pages: dict[str, Path]) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(pages["done"].as_uri())
    wide = "document.querySelector('.picture').getBoundingClientRect().width"
    before = page.evaluate(wide)
    page.get_by_role("button", name="Enlarge").click()
    assert page.evaluate(wide) > 1.5 * before
    page.keyboard.press("Escape")
    assert page.evaluate(wide) == before
    page.close()
