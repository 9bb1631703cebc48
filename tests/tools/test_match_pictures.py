"""Pictures of known places compared with the photo: they overturn a wrong leader, or say nothing."""

import json
from pathlib import Path

import pytest
from PIL import Image

from geoagent.belief import Beliefs
from geoagent.belief.readout import rank_countries
from geoagent.case.likelihood import Mixture
from geoagent.case.trace import Trace, extend
from geoagent.case.views import FilmFrame, PhotoRef, View
from geoagent.gallery.additions import add
from geoagent.gallery.encoder import EmbeddedEncoder
from geoagent.gallery.store import open_gallery
from geoagent.photo import Photos, load_photo
from geoagent.photo.match_worth import chance_of_same
from geoagent.settings import Settings
from geoagent.tools import TOOLS, ToolContext, call_tool
from geoagent.tools.core.tool import Tool
from geoagent.tools.search_gallery import gallery_tool
from geoagent.web.gate import Gate, Wire
from tests.gallery.scenes import place, save
from tests.internet import Reply, Web
from tests.opened import says
from tests.photo.test_matching import aslant


class Case:
    """A photo that seems to be of Spain and is of Brazil."""

    def __init__(self, beliefs: Beliefs, path: Path, wire: Wire | None = None) -> None:
        ref = load_photo(path).ref
        view = View(number=1, photo=0, width=ref.width, height=ref.height)
        self.beliefs, self.wire = beliefs, wire or Wire()
        self.refs: tuple[PhotoRef, ...] = (ref,)
        self.trace = Trace(views=(view,), evidence=(says(kind="language", ES=1.0, elsewhere=0.05),))

    def call(self, tools: dict[str, Tool], tool: str, **arguments: object) -> Trace:
        belief = self.beliefs.of(self.trace.evidence, self.trace.spots)
        context = ToolContext(self.refs, self.trace, belief, Photos(), "vlm:scripted", self.wire)
        added = call_tool(tools, tool, dict(arguments), context)
        self.trace = extend(self.trace, added)
        return added

    def leader(self) -> str:
        return rank_countries(self.beliefs.of(self.trace.evidence, self.trace.spots), 1)[0].name


def mixture(added: Trace) -> Mixture:
    likelihood = added.evidence[0].likelihood
    assert isinstance(likelihood, Mixture)
    return likelihood


def test_frames_of_one_film_are_one_observation(beliefs: Beliefs, scene: Path, tmp_path: Path) -> None:
    add(tmp_path / "g", scene / "known", None, lambda held: None)
    tools = {"search_gallery": gallery_tool(open_gallery(tmp_path / "g"), EmbeddedEncoder())}
    photo = load_photo(scene / "photo.png").ref
    frames = [photo.model_copy(update={"frame": FilmFrame(film="a.mp4", sha256="0" * 64, at_s=n)}) for n in (1, 2)]
    other = photo.model_copy(update={"frame": FilmFrame(film="b.mp4", sha256="1" * 64, at_s=1)})
    case = Case(beliefs, scene / "photo.png")
    case.refs = (photo, *frames, other)
    views = tuple(View(number=n + 1, photo=n, width=photo.width, height=photo.height) for n in range(4))
    case.trace = Trace(views=views)
    groups = [case.call(tools, "search_gallery", view=n + 1).evidence[0].group for n in range(4)]
    assert groups == ["gallery:0", "gallery:1", "gallery:1", "gallery:3"]


@pytest.fixture(scope="module")
def scene(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of a street, and in the folder `known` another of the same street beside photos of elsewhere."""
    folder = tmp_path_factory.mktemp("scene")
    with Image.open(photos / "brazil_curitiba.jpg") as file:
        street = file.convert("RGB").crop((320, 200, 1280, 960))
    street.save(folder / "photo.png")
    (folder / "known").mkdir()
    save(aslant(street), folder / "known" / "street.jpg")
    for seed in range(4):
        save(place(seed), folder / "known" / f"{seed}.jpg")
    rows = ["file,lat,lon", "street.jpg,-25.4284,-49.2733", *(f"{n}.jpg,{40 + n},-3.7" for n in range(4))]
    (folder / "known" / "labels.csv").write_text("\n".join(rows))
    return folder


def test_a_gallery_photo_that_shows_the_same_thing_overturns_a_wrong_leader(
    beliefs: Beliefs, scene: Path, tmp_path: Path
) -> None:
    add(tmp_path / "g", scene / "known", None, lambda held: None)
    tool = gallery_tool(open_gallery(tmp_path / "g"), EmbeddedEncoder())
    case = Case(beliefs, scene / "photo.png")
    assert case.leader() == "Spain"
    added = case.call({"search_gallery": tool}, "search_gallery", view=1)
    assert [item.kind for item in added.evidence] == ["gallery_match"]
    assert added.calls[0].data["agreeing"][0]["name"] == "street.jpg"
    assert case.leader() == "Brazil"

    stranger = save(place(77), tmp_path / "stranger.jpg")
    abstaining = Case(beliefs, stranger)
    none = abstaining.call({"search_gallery": tool}, "search_gallery", view=1)
    assert none.calls[0].data["compared"] == 5
    assert not none.evidence
    assert abstaining.leader() == "Spain"


def test_a_street_picture_is_compared_where_it_is_shown(beliefs: Beliefs, scene: Path, tmp_path: Path) -> None:
    row = {
        "id": "77", "computed_geometry": {"coordinates": [-49.2733, -25.4284]}, "captured_at": 1_564_500_000_000,
        "thumb_1024_url": "http://pictures.example/77.jpg",
    }  # fmt: skip
    known = {"77": scene / "known" / "street.jpg", "78": scene / "known" / "1.jpg"}
    rows = [row | {"id": key, "thumb_1024_url": f"http://pictures.example/{key}.jpg"} for key in known]
    pages = {f"pictures.example/{key}.jpg": Reply(path.read_bytes(), "image/jpeg") for key, path in known.items()}
    with Web({"127.0.0.1/images": Reply(json.dumps({"data": rows}), "application/json"), **pages}) as web:
        settings = Settings(services={"mapillary": web.url}, keys={"mapillary": "k"}, online=True, cache_dir=tmp_path)
        case = Case(beliefs, scene / "photo.png", Wire(Gate(settings, web.network)))
        case.call(dict(TOOLS), "street_pictures", lat=-25.4284, lon=-49.2733)
        other = case.call(dict(TOOLS), "show_picture", which="78")
        assert "says nothing of the place" in other.calls[0].text
        assert not other.evidence
        assert case.leader() == "Spain"
        added = case.call(dict(TOOLS), "show_picture", which="77")
        assert [item.kind for item in added.evidence] == ["picture_match"]
        assert case.leader() == "Brazil"
        again = case.call(dict(TOOLS), "match_pictures", view=1, other=added.views[0].number)
        assert again.calls[0].data["inliers"] > 20
        assert [item.supersedes for item in again.evidence] == [(added.evidence[0].id,)]
        chance = sum(weight for weight, _ in mixture(again).parts)
        assert chance == pytest.approx(chance_of_same(again.calls[0].data["inliers"], 2), abs=1e-4)
        assert case.call(dict(TOOLS), "match_pictures", view=1, other=1).calls[0].status == "invalid"
