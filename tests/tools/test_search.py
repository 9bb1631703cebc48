"""What the search tools make of what services find: evidence, what is left out, and what left the machine."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from geoagent import GeoAgent, Settings
from geoagent.atlas import Atlas
from geoagent.belief import Beliefs
from geoagent.belief.readout import mass
from geoagent.case.evidence import Clue
from geoagent.case.trace import Trace, extend
from geoagent.case.views import View
from geoagent.errors import ConfigError
from geoagent.photo import Photos
from geoagent.photo.hashing import picture_hash
from geoagent.testing.scripted_model import ScriptedModel, action, look
from geoagent.tools import TOOLS
from geoagent.tools.core.call import call_tool
from geoagent.tools.core.places_in_pages import places_named
from geoagent.tools.core.registry import offered
from geoagent.tools.core.tool import ToolContext
from geoagent.web.gate import Gate, Wire
from geoagent.web.search_results import Hit
from tests.internet import Hit as Request
from tests.internet import Reply, Web

SIGN = Clue(kind="text", value="Hambergs Fisk", witness="ocr", confidence=0.9)
SEEN = Clue(kind="text", value="Hambergs Fisk", witness="vlm", confidence=0.9)
FOUND = [
    ("Hambergs Fisk, Uppsala", "https://hamberg.example/", "Fish in Uppsala since 1960"),
    ("Hambergs Fisk - restaurant in Uppsala, Sweden", "https://menus.example/hambergs", "A table in Uppsala"),
    ("Fish in Gothenburg", "https://fish.example/", "Göteborg"),
    ("Hambergs in Uppsala", "https://huggingface.co/datasets/x", ""),
]


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


def searxng(rows: list[tuple[str, str, str]], **more: Any) -> Reply:
    results = [{"title": title, "url": url, "content": text, **more} for title, url, text in rows]
    return Reply(json.dumps({"query": "", "results": results}), "application/json")


@pytest.fixture
def call(web: Web, beliefs: Beliefs, photos: Path, tmp_path: Path) -> Callable[..., Trace]:
    """A call of a tool in a case whose photo shows the sign, with settings of the user's."""

    def made(name: str, arguments: dict[str, Any], **settings: Any) -> Trace:
        shown = Photos()
        photo = shown.load(str(photos / "sweden_uppsala.jpg"))
        view = View(number=1, photo=0, width=photo.ref.width, height=photo.ref.height)
        trace = extend(Trace(views=(view,)), Trace(clues=(SIGN, SEEN)))
        values = {"services": {"searxng": f"{web.url}/sx"}, "cache_dir": tmp_path, **settings}
        wire = Wire(Gate(Settings.model_validate(values), web.network), hashes=lambda: [picture_hash(photo.image)])
        context = ToolContext((photo.ref,), trace, beliefs.of(()), shown, "vlm", wire)
        return call_tool(TOOLS, name, arguments, context)

    return made


def test_sites_that_agree_on_a_place_are_weak_evidence(web: Web, call: Callable[..., Trace], beliefs: Beliefs) -> None:
    web.pages["127.0.0.1/sx/search"] = searxng(FOUND)
    added = call("search_web", {"words": "Hambergs Fisk", "clue": SIGN.id})
    (item,) = added.evidence
    assert (item.kind, item.witness, item.clues) == ("page", "tool:search_web", (SIGN.id,))
    assert "Uppsala (3 sites)" in item.statement
    assert "Gothenburg" not in item.statement
    before, after = beliefs.of(()), beliefs.of((item,))
    uppsala = before.atlas.resolve("Sweden", None, "Uppsala")
    assert uppsala
    assert 5 * mass(before, uppsala) < mass(after, uppsala) < 0.3
    supplied = next(entry["supplied"] for entry in added.calls[0].data["wire"] if "supplied" in entry)
    assert "https://hamberg.example/" in supplied


@pytest.mark.parametrize(
    ("words", "clue"),
    [("Hambergs Fisk", None), ("Hambergs Fisk Uppsala", SIGN.id), ("Hambergs Fisk", SEEN.id), ("fish Sweden", SIGN.id)],
)
def test_words_of_the_models_own_prove_nothing(
    words: str, clue: str | None, web: Web, call: Callable[..., Trace]
) -> None:
    web.pages["127.0.0.1/sx/search"] = searxng(FOUND)
    added = call("search_web", {"words": words, "clue": clue})
    assert added.calls[0].status == "ok"
    assert added.evidence == ()


def test_what_the_sign_names_does_not_count_again(atlas: Atlas) -> None:
    hits = [Hit("Pizzeria Uppsala", "https://a.example/"), Hit("Uppsala, Sweden", "https://b.example/")]
    assert {place.name for place in places_named(hits, atlas)} == {"Uppsala"}
    assert places_named(hits, atlas, but=("Pizzeria Uppsala",)) == []


def test_one_site_is_one_voice(atlas: Atlas) -> None:
    hits = [Hit(f"Uppsala, page {n}", f"https://www.a.example/{n}") for n in range(5)]
    assert places_named(hits, atlas) == []


def test_the_next_service_is_asked_where_one_fails(web: Web, call: Callable[..., Trace]) -> None:
    web.pages["127.0.0.1/sx/search"] = Reply("no", status=403)
    web.pages["127.0.0.1/brave/web/search"] = Reply(
        json.dumps({"web": {"results": [{"title": "Fish", "url": "https://fish.example/"}]}}), "application/json"
    )
    services = {"searxng": f"{web.url}/sx", "brave": f"{web.url}/brave"}
    added = call("search_web", {"words": "fish"}, services=services)
    assert added.calls[0].data["service"] == "brave"
    del web.pages["127.0.0.1/brave/web/search"]
    failed = call("search_web", {"words": "fish shop"}, services=services)
    assert failed.calls[0].status == "unavailable"
    assert "searxng" in failed.calls[0].text
    assert "brave" in failed.calls[0].text


def jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=60)
    return buffer.getvalue()


def test_a_run_without_shortcuts_drops_the_photo_itself_and_says_so(
    web: Web, call: Callable[..., Trace], photos: Path
) -> None:
    own = Image.open(photos / "sweden_uppsala.jpg").convert("RGB").resize((300, 225))
    other = Image.open(photos / "spain_zaragoza.jpg").convert("RGB")
    pages = ["copy", "other", "broken", "none"]
    rows = [
        {"title": f"Uppsala {page}", "url": f"http://{page}.example/", "img_src": f"http://{page}.example/p.jpg"}
        for page in pages
    ]
    rows.append({"title": "Uppsala data", "url": "https://huggingface.co/x", "img_src": "http://other.example/p.jpg"})
    web.pages |= {
        "127.0.0.1/sx/search": Reply(json.dumps({"results": rows}), "application/json"),
        "copy.example/p.jpg": Reply(jpeg(own), "image/jpeg"),
        "other.example/p.jpg": Reply(jpeg(other), "image/jpeg"),
        "broken.example/p.jpg": Reply(b"no picture", "image/jpeg"),
    }
    added = call("search_images", {"words": "town"}, no_shortcuts=True, online=True)
    assert [hit["page"] for hit in added.calls[0].data["hits"]] == ["http://other.example/"]
    why = {entry["dropped"]: entry["why"] for entry in added.calls[0].data["wire"] if "dropped" in entry}
    assert why["http://copy.example/"] == "the very same photo"
    assert "could not be compared" in why["http://broken.example/"]
    assert "could not be compared" in why["http://none.example/"]
    assert "data sets" in why["https://huggingface.co/x"]
    everything = call("search_images", {"words": "town"}, online=True)
    assert len(everything.calls[0].data["hits"]) == 5
    assert everything.evidence == ()


def vision(match: str, sites: int = 3) -> Callable[[Request], Reply]:
    pages = [
        {
            "url": f"https://site{n}.example/",
            "pageTitle": "Street in Uppsala, Sweden",
            match: [{"url": f"https://site{n}.example/a"}],
        }
        for n in range(sites)
    ]
    answer = json.dumps({"responses": [{"webDetection": {"pagesWithMatchingImages": pages}}]})
    return lambda request: Reply(answer, "application/json")


def test_pages_that_show_the_photo_are_strong_evidence(web: Web, call: Callable[..., Trace], beliefs: Beliefs) -> None:
    settings = {
        "services": {"google_vision": f"{web.url}/gv"}, "keys": {"google_vision": "secret-key-1"},
        "reverse_image": "google_vision",
    }  # fmt: skip
    uppsala = beliefs.atlas.resolve("Sweden", None, "Uppsala")
    assert uppsala
    reached = []
    for sites in (1, 2, 3, 6):
        web.pages["127.0.0.1/gv/images:annotate"] = vision("fullMatchingImages", sites)
        added = call("reverse_image_search", {"view": 1}, **settings)
        reached.append(mass(beliefs.of(added.evidence), uppsala))
    assert reached[0] < 0.01 < reached[1] < reached[2] < reached[3] < 0.75
    (record,) = [entry for entry in added.calls[0].data["wire"] if "sent" in entry]
    assert record["sent"].startswith("a photo of 1024 × ")
    assert f"was sent {record['sent']}" in added.calls[0].text
    assert "secret-key-1" not in added.model_dump_json()
    assert call("reverse_image_search", {"view": 1}, **settings, no_shortcuts=True).evidence == ()


def test_a_photo_is_sent_nowhere_unless_a_service_was_named(web: Web, call: Callable[..., Trace]) -> None:
    for settings in ({}, {"online": True}, {"keys": {"google_vision": "secret-key-1"}, "online": True}):
        assert "reverse_image_search" not in offered(TOOLS, Settings.model_validate(settings))
        assert call("reverse_image_search", {"view": 1}, **settings).calls[0].status == "unavailable"
    assert web.hits == []


def test_a_service_that_cannot_be_sent_photos_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="no service 'brave' takes photos; those are google_vision, serpapi, tineye"):
        offered(TOOLS, Settings(reverse_image="brave"))
    with pytest.raises(ConfigError, match="GEOAGENT_TINEYE_KEY"):
        offered(TOOLS, Settings(reverse_image="tineye"))


@pytest.mark.slow
def test_a_model_that_asks_for_more_sends_no_more(web: Web, cache: Path, atlas: Atlas, photos: Path) -> None:
    web.pages["127.0.0.1/gv/images:annotate"] = vision("partialMatchingImages")
    script = [
        look({"country": "Sweden", "probability": 0.5}, elsewhere=0.5),
        *(action("reverse_image_search", view=1, service="tineye") for _ in range(2)),
        *(action("reverse_image_search", view=number) for number in (1, 2, 1)),
        action("conclude", claims=[]),
    ]
    with ScriptedModel(script) as model:
        settings = Settings(
            vlm=model.url, cache_dir=cache, services={"google_vision": f"{web.url}/gv"},
            keys={"google_vision": "secret-key-1"}, reverse_image="google_vision",
        )  # fmt: skip
        file = GeoAgent(settings, network=web.network).trace(photos / "nowhere_plain.jpg")
    assert len(web.hits) == 1
    assert [call.status for call in file.trace.calls].count("ok") == 1
    assert any(item.kind == "same_picture" for item in file.trace.evidence)


def test_the_embedded_reasoner_asks_the_service_that_the_user_named_once(
    web: Web, cache: Path, atlas: Atlas, photos: Path
) -> None:
    web.pages["127.0.0.1/gv/images:annotate"] = vision("partialMatchingImages")
    settings = Settings(
        cache_dir=cache, services={"google_vision": f"{web.url}/gv"}, keys={"google_vision": "secret-key-1"},
        reverse_image="google_vision",
    )  # fmt: skip
    file = GeoAgent(settings, network=web.network).trace(photos / "nowhere_plain.jpg")
    assert len(web.hits) == 1
    assert file.prediction.levels[0].name == "Sweden"
