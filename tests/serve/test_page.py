"""The page in headless Chromium, wide and narrow: every state, complete, quiet, usable, and nothing overlaps."""

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from geoagent.testing.scripted_model import Failure, ScriptedModel, action, look
from tests.browser import BROKEN, CHROMIUM, OVERLAPS
from tests.serve.conftest import Served
from tests.serve.pictures import picture

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")]

SPAIN = picture("Calle del Molino 8, 50003 Zaragoza", "www.mueblesebrolino.es", size=(900, 400))
LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogochunddochnochlaenger.jpg"
ARABIC = "شارع الملك فيصل الرياض.jpg"


@pytest.fixture(scope="module")
def states(service: Served) -> dict[str, str]:
    """The address of each state of the page."""

    def send(name: str, *data: bytes, hint: str = "") -> str:
        files = [("photos", (name, content)) for content in data]
        case = service.client.post("/api/cases", files=files, data={"hint": hint}).json()["id"]
        service.wait(case)
        return f"#{case}"

    found = {
        "empty": "#",
        "done": send("spain.png", SPAIN),
        "failed": send("broken.png", SPAIN[: len(SPAIN) // 2]),
        "unknown": send(ARABIC, picture(), hint="مكان ما"),
        "several": send(LONG, SPAIN, picture("Zaragoza centro"), hint="somewhere in Europe " * 20),
    }
    talked = send("said.png", SPAIN, hint="Europe")
    service.say(talked[1:], "question", "why not Mexico?")
    service.say(talked[1:], "correction", "exclude Spain")
    service.say(talked[1:], "question", "what is this")
    return {**found, "talked": talked, "cases": "#"}


@contextmanager
def listening(asked: list[str]) -> Iterator[str]:
    """A server of tiles that notes what it is asked."""

    class Tiles(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(picture(size=(256, 256)))

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tiles)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Any) -> Iterator[Callable[[str, int], Any]]:
    """Opens pages; at the end none of them has complained or asked anybody else."""
    opened: list[Any] = []
    said: list[str] = []
    asked: list[str] = []

    def open_page(url: str, width: int = 1280) -> Any:
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(url)
        opened.append(page)
        return page

    yield open_page
    for each in opened:
        each.close()
    assert said == []
    own = ("http://127.0.0.1:", "data:", "blob:http://127.0.0.1:")
    assert [url for url in asked if not url.startswith(own)] == []


def assert_in_order(page: Any, width: int) -> None:
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(BROKEN) == 0
    faults = [f for f in axe.Axe().run(page).response["violations"] if f["impact"] in ("serious", "critical")]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in faults] == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("state", ["empty", "done", "failed", "unknown", "several", "talked"])
def test_every_state_is_complete(
    page: Callable[[str, int], Any], service: Served, states: dict[str, str], state: str, width: int
) -> None:
    shown = page(f"{service.url}/{states[state]}", width)
    shown.locator(".cases li, .state:not(:empty)").first.wait_for()
    shown.wait_for_load_state("networkidle")
    assert_in_order(shown, width)
    headings = {"empty": "Where was it taken?", "failed": "broken.png", "unknown": "Not known"}
    if state in headings:
        assert shown.locator("h1").inner_text() == headings[state]
    if state == "done":
        assert "Spain" in shown.locator("h1").inner_text()
        assert shown.locator(".lead").inner_text().startswith("This photo was ")
        assert shown.locator(".point").inner_text().startswith("Centre of the likely area: ")
        assert "centre of the likely area" in shown.locator(".legend").inner_text()
        assert shown.locator(".chain li").count() > 3
        assert shown.locator(".box").count() == 2
        shown.locator("path.region").first.wait_for()
        assert shown.locator("path.region").count() == 1  # that of half would look the same
        assert shown.locator(".map-point").count() == 1
        assert "Not determined" in shown.locator(".sure").inner_text()
        assert "point:" not in shown.locator(".sure").inner_text().replace("exact point:", "")
    if state == "unknown":
        assert [shown.locator(mark).count() for mark in ("path.region", ".map-point", ".level")] == [0, 0, 0]
        assert not shown.locator(".map").is_visible()
        assert shown.locator(".point .told").inner_text() == ""
        assert shown.locator(".lead").inner_text() == "Nothing that was found tells where."
        said = shown.locator("main").inner_text()
        assert "read for text in 1 view: none" in said
        assert "connect a model that sees" in said
        assert "United States" not in said


def test_a_photo_is_dropped_solved_asked_about_corrected_and_deleted(
    page: Callable[..., Any], service: Served, tmp_path: Path
) -> None:
    (tmp_path / "street.png").write_bytes(SPAIN)
    shown = page(service.url)
    shown.locator("#drop input").set_input_files(tmp_path / "street.png")
    shown.get_by_label("What you know").fill("on a holiday")
    shown.get_by_role("button", name="Find the place").click()
    shown.wait_for_selector(".exports:not([hidden])", timeout=60_000)
    assert "Spain" in shown.locator("h1").inner_text()

    assert shown.locator(".reasons h3").all_inner_texts() == ["Strong"]
    assert "odds" not in shown.locator(".reasons").inner_text()
    shown.locator(".argument li", has_text="The web address").first.hover()
    assert shown.locator(".box.lit").count() == 1
    if not shown.locator(".chain").is_visible():
        shown.get_by_text("Details: every step of the run").click()
    shown.locator(".chain li", has_text="web address").first.hover()
    assert shown.locator(".box.lit").count() == 1
    shown.locator(".box").first.click()
    assert shown.locator(".chain li.lit").count() > 0
    assert shown.locator(".about").is_visible()
    shown.get_by_role("button", name="not that").click()

    shown.get_by_label("Your question").fill("why not Mexico?")
    shown.get_by_role("button", name="Ask").click()
    shown.wait_for_selector(".remarks .cite", timeout=60_000)
    shown.get_by_label("Your question").fill("exclude Spain")
    shown.get_by_role("button", name="Correct", exact=True).click()
    shown.locator("h1:not(:has-text('Spain'))").wait_for(timeout=60_000)
    shown.wait_for_selector("text=Decided again", timeout=60_000)
    shown.get_by_role("button", name="Take back: exclude Spain").click()
    shown.locator("h1:has-text('Spain')").wait_for(timeout=60_000)
    shown.get_by_role("button", name="Explain it simply").click()
    shown.locator(".remarks .said", has_text="Explain it simply").wait_for()
    assert_in_order(shown, 1280)

    shown.on("dialog", lambda dialog: dialog.accept())
    shown.get_by_role("button", name="Delete").click()
    shown.wait_for_selector("#cases-title")
    assert shown.locator(".cases li", has_text="on a holiday").count() == 0


def test_a_model_that_fails_is_said_and_work_is_shown_as_it_goes(
    serve: Callable[..., Served], page: Callable[..., Any], tmp_path: Path
) -> None:
    waits = Failure(500, delay_s=2.0)
    with ScriptedModel([look({"country": "Spain", "probability": 0.8}), waits, action("conclude", claims=[])]) as model:
        model_arguments = ("--vlm", model.url, "--model", "scripted")
        service = serve(tmp_path / "data", *model_arguments)
        service.ready()
        case = service.post(SPAIN).json()["id"]
        shown = page(f"{service.url}/#{case}", 390)
        shown.wait_for_selector(".progress:not([hidden])")
        shown.wait_for_selector(".box", timeout=60_000)
        assert_in_order(shown, 390)
        shown.wait_for_selector(".exports:not([hidden])", timeout=60_000)
        assert shown.locator("select[name=reasoner]").count() == 0
        shown.goto(service.url)
        assert shown.get_by_label("Who looks").input_value() == "model"


def test_a_degraded_answer_says_so(serve: Callable[..., Served], page: Callable[..., Any], tmp_path: Path) -> None:
    with ScriptedModel([look({"country": "Spain", "probability": 0.8}), Failure(0)]) as model:
        service = serve(tmp_path / "data", "--vlm", model.url, "--model", "scripted")
        case = service.solve(picture("www.mueblesebrolino.es", size=(900, 400)))["id"]
        shown = page(f"{service.url}/#{case}")
        shown.wait_for_selector(".state.degraded")
        assert "The model server failed on the way" in shown.locator(".state").inner_text()
        assert_in_order(shown, 1280)


def test_the_page_asks_for_the_token(serve: Callable[..., Served], page: Callable[..., Any], tmp_path: Path) -> None:
    token = serve(tmp_path / "data", "token").url
    service = serve(tmp_path / "data")
    shown = page(service.url)
    shown.get_by_label("Token").fill(token)
    shown.get_by_role("button", name="Go on").click()
    shown.wait_for_selector(".drop")
    shown.reload()
    shown.wait_for_selector(".drop")


def test_what_was_left_quickly_touches_nothing_that_is_shown(page: Callable[..., Any], service: Served) -> None:
    slow, other = (str(service.solve(SPAIN, hint=hint)["id"]) for hint in ("the slow one", "the other one"))
    shown = page(service.url)
    shown.wait_for_selector("#cases-title")
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    held: list[Any] = []
    shown.route(f"**/api/cases/{slow}", lambda route: held.append(route))

    def leave_while_it_loads(hash_: str, then: str) -> None:
        with shown.expect_request(f"**/api/cases/{slow}"):
            shown.evaluate("hash => { location.hash = hash }", slow)
        shown.evaluate("hash => { location.hash = hash }", hash_)
        shown.wait_for_selector(then)
        with shown.expect_response(f"**/api/cases/{slow}"):
            held.pop().continue_()
        shown.wait_for_timeout(300)

    leave_while_it_loads("", "#cases-title")
    assert (shown.locator("h1").inner_text(), shown.title()) == ("Where was it taken?", "geoagent")
    leave_while_it_loads(other, ".exports:not([hidden])")
    assert "the other one" in shown.locator(".kicker .asked").inner_text()
    assert shown.locator(".chain li").count() > 3
    assert [url for url in asked if f"{slow}/events" in url] == []
    shown.on("dialog", lambda dialog: dialog.accept())
    shown.get_by_role("button", name="Delete").click()
    shown.wait_for_selector("#cases-title")
    assert service.client.get(f"/api/cases/{slow}").status_code == 200
    assert service.client.get(f"/api/cases/{other}").status_code == 404


def test_of_several_photos_it_is_asked_whether_they_show_one_place(
    page: Callable[..., Any], service: Served, tmp_path: Path
) -> None:
    files = [tmp_path / name for name in ("first.png", "second.png")]
    for file, text in zip(files, ("www.mueblesebrolino.es", "www.systembolaget.se"), strict=True):
        file.write_bytes(picture(text, size=(500, 300)))
    shown = page(service.url)
    shown.locator("#drop input").set_input_files(files)
    shown.get_by_label("What you know").fill("two apart")
    assert shown.get_by_role("button", name="One place: one answer").is_visible()
    assert_in_order(shown, 1280)
    shown.get_by_role("button", name="Separate: an answer for each").click()
    shown.locator("td.status.done").nth(1).wait_for(timeout=60_000)
    shown.locator(".map-photo").first.wait_for()
    assert_in_order(shown, 1280)
    shown.get_by_role("button", name="Photo").click()
    shown.get_by_role("button", name="Photo").click()
    assert shown.locator("tbody th").all_inner_texts() == ["second.png", "first.png"]
    with shown.expect_download() as saved:
        shown.get_by_role("link", name="Table as CSV").click()
    assert '"first.png","Spain",' in Path(saved.value.path()).read_text()
    made = [case for case in service.client.get("/api/cases").json() if case["hint"] == "two apart"]
    assert sorted(service.wait(case["id"])["where"] for case in made) == ["Spain", "Sweden"]


def test_a_file_that_is_no_photo_costs_its_own_case_alone(service: Served, browser: Any, tmp_path: Path) -> None:
    (tmp_path / "street.png").write_bytes(picture("SYSTEMBOLAGET", size=(500, 300)))
    (tmp_path / "notes.txt").write_text("no picture")
    shown = browser.new_page()
    shown.goto(service.url)
    shown.locator("#drop input").set_input_files([tmp_path / "street.png", tmp_path / "notes.txt"])
    shown.get_by_role("button", name="Separate: an answer for each").click()
    shown.wait_for_selector(".exports:not([hidden])", timeout=60_000)
    assert shown.locator("#notice").inner_text().startswith("1 of 2 photos were not taken: notes.txt: ")
    shown.close()


def test_a_picture_is_pasted(page: Callable[..., Any], service: Served) -> None:
    shown = page(service.url)
    shown.wait_for_selector("#cases-title")
    data = base64.b64encode(picture("SYSTEMBOLAGET", size=(500, 300))).decode()
    shown.evaluate(
        """data => {
          const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0)), clipboardData = new DataTransfer();
          clipboardData.items.add(new File([bytes], "pasted.png", { type: "image/png" }));
          document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }""",
        data,
    )
    assert shown.locator(".chosen li").inner_text().startswith("pasted.png")
    assert shown.get_by_role("button", name="Find the place").is_enabled()


def test_a_case_at_work_says_what_is_done_and_is_cancelled(
    serve: Callable[..., Served], page: Callable[..., Any], tmp_path: Path
) -> None:
    with ScriptedModel([Failure(500, delay_s=30.0)]) as model:
        service = serve(tmp_path / "data", "--vlm", model.url, "--model", "scripted")
        service.ready()
        case = service.post(SPAIN).json()["id"]
        shown = page(f"{service.url}/#{case}", 390)
        shown.wait_for_selector(".stages .now", timeout=60_000)
        shown.wait_for_selector(".box", timeout=60_000)
        assert_in_order(shown, 390)
        shown.get_by_role("button", name="Cancel").click()
        shown.locator(".state", has_text="Cancelled").wait_for()
        assert shown.locator(".state").inner_text() == "Cancelled: there is no answer."
        assert not shown.locator(".progress").is_visible()
        assert_in_order(shown, 390)
        assert service.client.get(f"/api/cases/{case}").json()["fault"] == "cancelled"


def test_streets_are_fetched_only_once_somebody_clicks_for_them(
    serve: Callable[..., Served], browser: Any, tmp_path: Path
) -> None:
    asked: list[str] = []
    with listening(asked) as tiles:
        service = serve(tmp_path / "data", tiles=f"{tiles}/{{z}}/{{x}}/{{y}}.png", tiles_credit="© a <b>tester</b>")
        case = service.solve(picture("www.mueblesebrolino.es", size=(500, 300)))["id"]
        shown = browser.new_page(viewport={"width": 1280, "height": 900})
        said: list[str] = []
        shown.on("console", lambda message: said.append(message.text))
        shown.goto(f"{service.url}/#{case}")
        shown.locator("path.region").first.wait_for()
        assert asked == []
        shown.get_by_role("button", name="Show streets").click()
        shown.locator(".leaflet-tile-loaded[src]").first.wait_for()
        assert asked
        assert "© a <b>tester</b>" in shown.locator(".leaflet-control-attribution").inner_text()
        shown.get_by_role("button", name="Hide streets").click()
        assert shown.locator(".leaflet-tile[src]").count() == 0
        assert said == []
        shown.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_api_has_a_page(page: Callable[..., Any], service: Served, width: int) -> None:
    shown = page(f"{service.url}/docs", width)
    shown.locator("summary").first.wait_for()
    shown.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert_in_order(shown, width)
    assert "POST /api/cases/{case_id}/cancel" in shown.locator("main").inner_text()


def test_a_clue_has_one_number_on_page_and_in_report(
    page: Callable[..., Any], serve: Callable[..., Served], tmp_path: Path
) -> None:
    seen = (
        {"kind": "vegetation", "value": "plane trees"},
        {"kind": "sign", "value": "a blank field", "view": 1, "box": [0.7, 0.8, 0.95, 0.95]},
    )
    answers = [look({"country": "Spain", "probability": 0.8}, clues=seen), action("conclude", claims=[])]
    with ScriptedModel(answers) as model:
        service = serve(tmp_path / "data", "--vlm", model.url, "--model", "scripted")
        service.ready()
        case = service.post(SPAIN).json()["id"]
        service.wait(case)
        shown = page(f"{service.url}/#{case}")
        shown.locator(".box").first.wait_for()
        numbers = "Object.fromEntries([...document.querySelectorAll('.box')].map(box => [box.title, box.textContent]))"
        on_page = shown.evaluate(numbers)
        report = page(f"{service.url}/api/cases/{case}/report")
        listed = """Object.fromEntries([...document.querySelectorAll('.clues > li')].map(
            clue => [clue.querySelector('.what p').textContent, clue.querySelector('.number').textContent]))"""
        in_report = report.evaluate(listed)
        assert len(on_page) >= 3 and "plane trees" in in_report
        assert on_page == {value: number for value, number in in_report.items() if value in on_page}


@pytest.mark.parametrize("width", [1280, 390])
def test_the_map_shows_the_answer_in_its_middle_even_if_it_opens_before_there_is_one(
    page: Callable[..., Any], service: Served, states: dict[str, str], width: int
) -> None:
    shown = page("about:blank", width)

    def late(route: Any) -> None:
        time.sleep(1)
        route.continue_()

    shown.route("**/map", late)
    shown.goto(f"{service.url}/{states['done']}")
    shown.locator(".map-point").wait_for(state="attached")
    shown.wait_for_timeout(600)  # whatever moves comes to rest
    frame, point = (shown.locator(mark).bounding_box() for mark in (".map-frame", ".map-point"))
    assert abs(point["x"] + point["width"] / 2 - frame["x"] - frame["width"] / 2) < 0.2 * frame["width"]
    assert abs(point["y"] + point["height"] / 2 - frame["y"] - frame["height"] / 2) < 0.2 * frame["height"]
    assert shown.locator(".radius").count() == 0
    assert shown.locator(".legend li").count() >= 3
