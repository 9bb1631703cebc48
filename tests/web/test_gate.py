"""The way out: limits, retries, kept answers, redirects, keys; against a local server behind public addresses."""

import gzip
import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from geoagent.case.evidence import ToolCall
from geoagent.errors import ToolError, ToolInputError, ToolUnavailable
from geoagent.settings import Settings
from geoagent.tools.core.registry import offered
from geoagent.tools.core.tool import as_tool
from geoagent.web.allowed_services import is_allowed
from geoagent.web.cache import ServiceCache
from geoagent.web.fetch import JSON, Response
from geoagent.web.gate import Gate, Wire
from geoagent.web.json_answer import read_json
from geoagent.web.known_addresses import addresses_of
from geoagent.web.pace import wait_turn
from geoagent.web.pictures import Packed, bare_jpeg
from geoagent.web.provider import Provider
from geoagent.web.search_results import Hit as Found
from geoagent.web.search_results import shown
from geoagent.web.services.web_page import WEB_PAGE
from tests.internet import Hit, Reply, Web

DEMO = Provider("demo", "things", "none", "http://api.example/v1", max_bytes=10_000, keep_s=0)
KEYED = DEMO._replace(name="keyed", key="header X-Key", keep_s=100.0)
GOOD = Reply('{"found": 1}', "application/json")


@pytest.fixture
def web() -> Iterator[Web]:
    with Web({"api.example/v1": GOOD, "api.example/v1/x": GOOD}) as web:
        yield web


def wire(web: Web, folder: Path, seconds: float = 5.0, hint: str = "", **settings: Any) -> Wire:
    values = {"online": True, "cache_dir": folder, **settings}
    return Wire(Gate(Settings.model_validate(values), web.network), hint).during(seconds, (), lambda name: True)


def test_an_answer_is_recorded(web: Web, tmp_path: Path) -> None:
    way = wire(web, tmp_path)
    assert read_json(way.ask(DEMO, "/x", {"q": "ü b"})) == {"found": 1}
    assert way.log == [
        {
            "provider": "demo",
            "address": "http://api.example/v1/x?q=%C3%BC+b",
            "outcome": "answered",
            "bytes": 12,
            "sha256": hashlib.sha256(b'{"found": 1}').hexdigest(),
        }
    ]
    headers = {name.lower(): value for name, value in web.hits[0].headers.items()}
    assert headers["user-agent"].startswith("geoagent/")
    assert not {"cookie", "authorization", "referer"} & set(headers)


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Reply("no", status=401), "refuses \\(401\\)"),
        (Reply("no", status=403), "refuses \\(403\\)"),
        (Reply("no", status=404), "no answer to that \\(404\\)"),
        (Reply("no", status=500), "failed \\(500\\)"),
        (Reply("no", status=429, headers={"Retry-After": "3600"}), "asks to wait"),
        (Reply("<html>502</html>"), "answered with text/html"),
        (Reply('{"a": ', "application/json"), "cut off"),
        (Reply('{"a": ', "application/json", promised=900), "connection .* failed"),
        (Reply("", status=0), "connection .* failed"),
        (Reply("[" * 9_000, "application/json"), "cut off"),
        (Reply("x" * 10_001, "application/json"), "larger than 0.01 MB"),
        (Reply(gzip.compress(b" " * 50_000_000), "application/json", headers={"Content-Encoding": "gzip"}), "larger"),
        (Reply(b"x" * 40, "application/json", headers={"Content-Encoding": "gzip"}), "damaged"),
        (Reply(gzip.compress(b"{}")[:-9], "application/json", headers={"Content-Encoding": "gzip"}), "cut off|damaged"),
        (Reply(b"x", "application/json", headers={"Content-Encoding": "gzip, gzip"}), "comes packed"),
        (Reply(status=302, headers={"Location": "http://127.0.0.1/"}), "redirects to 127.0.0.1"),
        (Reply(status=302, headers={"Location": "http://other.example/"}), "redirects to other.example"),
        (Reply(status=302, headers={"Location": "/v1"}), "more than 5 times"),
        (Reply(status=302, headers={"Location": "file:///etc/passwd"}), "only http"),
    ],
)
def test_each_fault_is_one_line(web: Web, tmp_path: Path, reply: Reply, fault: str) -> None:
    provider = DEMO._replace(name=f"demo{abs(hash(fault))}")
    web.pages["api.example/v1"] = reply
    with pytest.raises(ToolError, match=fault) as raised:
        read_json(wire(web, tmp_path).ask(provider))
    assert "\n" not in str(raised.value)


def test_a_fault_that_passes_is_survived(web: Web, tmp_path: Path) -> None:
    faults = [Reply(status=503), Reply("", status=429, headers={"Retry-After": "0"}), GOOD]
    web.pages["api.example/v1"] = lambda hit: faults.pop(0)
    assert read_json(wire(web, tmp_path).ask(DEMO)) == {"found": 1}


def test_a_server_that_drips_is_left(web: Web, tmp_path: Path) -> None:
    over = threading.Event()

    def slow(hit: Hit) -> Reply:
        over.wait(5)
        return GOOD

    web.pages["api.example/v1"] = slow
    with pytest.raises(ToolUnavailable, match="in time"):
        wire(web, tmp_path, seconds=0.3).ask(DEMO)
    over.set()


def test_answers_are_kept_until_they_expire_and_faults_are_not(web: Web, tmp_path: Path) -> None:
    kept = DEMO._replace(keep_s=100.0)
    web.pages["api.example/v1"] = Reply(status=404)
    with pytest.raises(ToolUnavailable):
        wire(web, tmp_path).ask(kept)
    web.pages["api.example/v1"] = GOOD
    for _ in range(3):
        way = wire(web, tmp_path)
        assert read_json(way.ask(kept)) == {"found": 1}
    assert len(web.hits) == 2
    assert way.log[0]["outcome"] == "kept"
    wire(web, tmp_path).ask(kept._replace(version=2))
    assert len(web.hits) == 3


def test_the_cache_forgets_and_survives_a_damaged_file(tmp_path: Path) -> None:
    now = [1000.0]
    cache = ServiceCache(tmp_path / "a.sqlite", clock=lambda: now[0])
    answer = Response("http://a.example/", 200, "text/plain", b"x")
    cache.put("k", answer, 10.0)
    assert cache.get("k") == answer
    now[0] += 11
    assert cache.get("k") is None
    cache.close()
    (tmp_path / "b.sqlite").write_bytes(b"not a database, " * 100)
    broken = ServiceCache(tmp_path / "b.sqlite")
    broken.put("k", answer, 10.0)
    assert broken.get("k") is None


def test_a_key_goes_to_its_service_and_nowhere_else(web: Web, tmp_path: Path) -> None:
    keys = {"keyed": "hunter2hunter2", "other": "never-sent-1"}
    for form in ("header X-Key", "query key", "bearer"):
        way = wire(web, tmp_path, keys=keys)
        answer = way.ask(KEYED._replace(key=form, version=hash(form)))
        sent = f"{web.hits[-1].url} {web.hits[-1].headers}"
        assert "hunter2hunter2" in sent
        assert "never-sent-1" not in sent
        assert "hunter2" not in f"{way.log} {answer}"
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("answers.sqlite*"))
    assert b"api.example" in kept
    assert b"hunter2" not in kept
    assert way.hide("a hunter2hunter2 b") == "a ••• b"


def test_a_key_that_a_service_echoes_is_neither_read_nor_kept(web: Web, tmp_path: Path) -> None:
    body = json.dumps({"asked": "https://api.example/?key=hunter2hunter2", "cut": "hunter2hun"})
    web.pages |= {"api.example/v1": Reply(body, "application/json")}
    answer = wire(web, tmp_path, keys={"keyed": "hunter2hunter2"}).ask(KEYED)
    assert json.loads(answer.body) == {"asked": "https://api.example/?key=•••", "cut": "•••"}
    assert b"hunter2" not in b"".join(path.read_bytes() for path in tmp_path.glob("answers.sqlite*"))


def test_a_key_is_not_given_to_where_a_service_redirects(web: Web, tmp_path: Path) -> None:
    web.pages |= {
        "api.example/v1": Reply(status=307, headers={"Location": "http://thief.example/"}),
        "thief.example/": GOOD,
    }
    with pytest.raises(ToolUnavailable, match="redirects"):
        wire(web, tmp_path, keys={"keyed": "hunter2hunter2"}).ask(KEYED)
    assert [hit.url for hit in web.hits] == ["http://api.example/v1"]


def test_what_is_allowed(tmp_path: Path) -> None:
    uploads = KEYED._replace(name="eyes", uploads=True)
    nowhere, own_with_key = DEMO._replace(base_url=None), KEYED._replace(base_url=None)
    for provider, settings, allowed in [
        (DEMO, {}, False),
        (DEMO, {"online": True}, True),
        (DEMO, {"services": {"demo": "http://127.0.0.1:1"}}, True),
        (KEYED, {"online": True}, False),
        (KEYED, {"keys": {"keyed": "abcd"}}, True),
        (nowhere, {"online": True}, False),
        (nowhere, {"services": {"demo": "http://127.0.0.1:1"}}, True),
        (own_with_key, {"services": {"keyed": "http://127.0.0.1:1"}}, False),
        (own_with_key, {"keys": {"keyed": "abcd"}}, False),
        (own_with_key, {"services": {"keyed": "http://127.0.0.1:1"}, "keys": {"keyed": "abcd"}}, True),
        (uploads, {"keys": {"eyes": "abcd"}, "online": True}, False),
        (uploads, {"keys": {"eyes": "abcd"}, "reverse_image": "eyes"}, True),
        (uploads, {"online": True, "reverse_image": "eyes"}, False),
    ]:
        assert is_allowed(provider, Settings.model_validate(settings)) is allowed, (provider.name, settings)


def test_a_tool_is_offered_where_one_of_its_services_is_allowed() -> None:
    def look() -> str:
        """Look."""
        return ""

    tools = {"look": as_tool(look, providers=(DEMO, KEYED))}
    assert offered(tools, Settings()) == {}
    assert list(offered(tools, Settings(online=True))) == ["look"]
    assert list(offered(tools, Settings(keys={"keyed": "abcd"}))) == ["look"]


def test_without_permission_nothing_is_resolved(web: Web, tmp_path: Path) -> None:
    with pytest.raises(ToolUnavailable, match="not allowed"):
        wire(web, tmp_path, online=False).ask(DEMO)
    with pytest.raises(ToolUnavailable, match="not allowed"):
        Wire().ask(DEMO)
    assert web.resolved == []


def test_only_a_server_of_the_users_may_be_private(web: Web, tmp_path: Path) -> None:
    web.pages["127.0.0.1/v1/x"] = GOOD
    own = {"demo": f"{web.url}/v1"}
    assert read_json(wire(web, tmp_path, services=own).ask(DEMO, "/x")) == {"found": 1}
    with pytest.raises(ToolInputError, match="open internet"):
        wire(web, tmp_path).ask(DEMO._replace(base_url=f"{web.url}/v1"), "/x")


def test_a_photo_goes_to_a_service_for_photos_only(web: Web, tmp_path: Path) -> None:
    eyes = KEYED._replace(name="eyes", uploads=True)
    way = wire(web, tmp_path, keys={"eyes": "abcd"}, reverse_image="eyes")
    photo = Image.new("RGB", (3000, 1500), "olive")
    photo.info |= {"comment": b"taken in Uppsala", "exif": b"Exif\0\0Uppsala"}
    bare = bare_jpeg(photo)
    way.ask(eyes, body=Packed(bare, bare.jpeg))
    assert way.log[0]["sent"] == f"a photo of 1024 × 512 pixels without metadata, {len(bare.jpeg)} bytes"
    assert web.hits[0].body == bare.jpeg
    assert b"Uppsala" not in bare.jpeg
    assert len(bare_jpeg(Image.effect_noise((2000, 2000), 99)).jpeg) <= 500_000
    with pytest.raises(ToolUnavailable, match="no photo is sent to demo"):
        way.ask(DEMO, body=Packed(bare, bare.jpeg))
    with pytest.raises(ToolInputError, match="too long"):
        way.ask(DEMO, body={"picture": "x" * 30_000})
    assert len(web.hits) == 1


def test_the_pace_is_shared_and_kept() -> None:
    """Of many who may wait a second for a turn that comes once in an hour, one gets it."""

    def turn(number: int) -> float | None:
        try:
            wait_turn("paced", 3600.0, time.monotonic() + 1)
        except ToolUnavailable as error:
            return error.retry_after
        return None

    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(turn, range(4)))
    waits = [wait for wait in told if wait is not None]
    assert len(waits) == 3
    assert min(waits) > 1


def test_a_turn_that_comes_before_the_deadline_is_waited_for() -> None:
    wait_turn("soon", 0.2, time.monotonic() + 60)
    with pytest.raises(ToolUnavailable):
        wait_turn("soon", 0.2, time.monotonic())
    wait_turn("soon", 0.2, time.monotonic() + 60)


def test_addresses_come_from_results_and_not_from_questions() -> None:
    call = ToolCall(
        tool="own", arguments={"q": "http://asked.example/?leak=1"}, status="ok",
        text="nothing on http://asked.example/?leak=1, see http://found.example/a", data=None,
    )  # fmt: skip
    served = ToolCall(
        tool="search", arguments={}, status="ok", text="http://text.example/",
        data={"wire": [{"supplied": ["http://supplied.example/"]}]},
    )  # fmt: skip
    found = addresses_of([call, served], lambda name: name == "own")
    assert found == {"http://found.example/a", "http://supplied.example/"}
    assert addresses_of([call], lambda name: False) == set()


def test_what_is_supplied_is_made_up_of_whole_addresses(web: Web, tmp_path: Path) -> None:
    way = wire(web, tmp_path, no_shortcuts=True)
    found = way.supply(
        ["http://a.example/x#y", "javascript:1", "https://huggingface.co/datasets/x", "http://a.example/x"]
    )
    assert found == dict.fromkeys(("http://a.example/x#y", "http://a.example/x"), "http://a.example/x")
    assert {"supplied": ["http://a.example/x"]} in way.log
    assert {"dropped": "https://huggingface.co/datasets/x", "why": "hosts data sets and benchmarks"} in way.log


def test_reading_follows_redirects_on_the_open_internet_only(web: Web, tmp_path: Path) -> None:
    web.pages |= {
        "a.example/": Reply(status=301, headers={"Location": "http://b.example/c"}),
        "b.example/c": "<p>here</p>",
    }
    way = wire(web, tmp_path, hint="http://a.example")
    assert way.read(WEB_PAGE, "http://a.example").url == "http://b.example/c"
    assert WEB_PAGE.accepts != JSON


def test_the_file_of_answers_is_sqlite(web: Web, tmp_path: Path) -> None:
    wire(web, tmp_path).ask(DEMO._replace(keep_s=9.0))
    with sqlite3.connect(tmp_path / "answers.sqlite") as db:
        assert db.execute("SELECT COUNT(*) FROM answers").fetchone() == (1,)
    db.close()


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("https://zh.example/wiki/上海外滩", "https://zh.example/wiki/%E4%B8%8A%E6%B5%B7%E5%A4%96%E6%BB%A9"),
        ("https://例子.测试/路?问=答", "https://xn--fsqu00a.xn--0zwm56d/%E8%B7%AF?%E9%97%AE=%E7%AD%94"),
        ("https://пример.example/ул. Ленина 5", "https://xn--e1afmkfd.example/%D1%83%D0%BB.%20%D0%9B%D0%B5%D0%BD%D0%B8%D0%BD%D0%B0%205"),
        ("https://de.example/Straße\u200e", "https://de.example/Stra%C3%9Fe"),
    ],
)  # fmt: skip
def test_addresses_in_all_scripts_are_found_and_can_be_read(web: Web, tmp_path: Path, written: str, asked: str) -> None:
    way = wire(web, tmp_path)
    (hit,) = shown(way, [Found("a page", written)])
    assert hit.page == asked
    assert way.supply([written]) == {written: asked}


def test_no_result_is_dropped_without_a_line(web: Web, tmp_path: Path) -> None:
    way = wire(web, tmp_path)
    pages = [Found("", "https://a.example/"), Found("b", "ftp://b.example/"), Found("c", "https://u:p@c.example/")]
    assert shown(way, [*pages, *(Found("d", f"https://d.example/{n}") for n in range(20))]) == [
        Found("a.example", "https://a.example/"),
        *(Found("d", f"https://d.example/{n}") for n in range(7)),
    ]
    dropped = {entry["dropped"]: entry["why"] for entry in way.log if "dropped" in entry}
    assert len(dropped) == 2 + 13
    assert "only http" in dropped["ftp://b.example/"]
