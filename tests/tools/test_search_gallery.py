"""The gallery as a tool: offered where one is set, its hits evidence, the very same picture dropped where asked."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent, Settings
from geoagent.case.evidence import Evidence
from geoagent.case.trace import TraceFile
from geoagent.errors import ConfigError
from geoagent.gallery.additions import add
from geoagent.geo import Point, distance_km
from tests.gallery.scenes import another_look, place, save

PLACES = [(5.0 + 2 * (n % 25), 5.0 + 4 * (n // 25)) for n in range(50)]
"""50 places in Africa and Europe, each with two photos."""


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("gallery"))


def made(folder: Path) -> Path:
    (folder / "photos").mkdir(parents=True)
    for seed, (lat, lon) in enumerate(PLACES):
        save(place(seed), folder / "photos" / f"{seed}a.jpg", lat, lon)
        save(another_look(place(seed), seed), folder / "photos" / f"{seed}b.jpg", lat, lon)
    add(folder / "g", folder / "photos", None, lambda held: None)
    return folder


def solved(cache: Path, gallery: Path | None, photo: Path, **settings: Any) -> TraceFile:
    return GeoAgent(Settings(cache_dir=cache, gallery=gallery, **settings)).trace(photo)


def hits(file: TraceFile) -> list[Evidence]:
    return [item for item in file.trace.evidence if item.witness == "tool:search_gallery"]


def test_the_tool_is_offered_only_where_a_gallery_is_set(agent: GeoAgent, cache: Path, gallery: Path) -> None:
    assert "search_gallery" not in agent.resources.tools
    assert "search_gallery" in GeoAgent(Settings(cache_dir=cache, gallery=gallery / "g")).resources.tools
    with pytest.raises(ConfigError, match="no gallery"):
        GeoAgent(Settings(cache_dir=cache, gallery=gallery / "none")).resources  # noqa: B018


def test_the_same_picture_gives_its_place(cache: Path, atlas: object, gallery: Path) -> None:
    file = solved(cache, gallery / "g", gallery / "photos" / "7a.jpg")
    (found,) = hits(file)
    assert found.kind == "same_picture"
    assert file.prediction.point is not None
    assert distance_km(file.prediction.point, Point(lat=PLACES[7][0], lon=PLACES[7][1])) < 1


@pytest.mark.slow
def test_a_likeness_counts_for_what_it_was_worth_in_the_gallery(cache: Path, atlas: object, tmp_path: Path) -> None:
    gallery = made(tmp_path / "kept")
    shutil.rmtree(gallery / "photos")  # so that none is compared detail by detail
    photo = save(another_look(another_look(place(7), 300), 301), tmp_path / "new.jpg")
    (found,) = hits(solved(cache, gallery / "g", photo))
    assert found.kind == "gallery_hit"
    weights = [weight for weight, _ in getattr(found.likelihood, "parts", ())]
    assert 0.3 < sum(weights) < 1

    (unknown,) = hits(solved(cache, gallery / "g", save(place(1000), tmp_path / "unknown.jpg")))
    assert sum(weight for weight, _ in getattr(unknown.likelihood, "parts", ())) < 0.3


def test_the_model_is_shown_places_and_unlike_ones_and_no_file_names(cache: Path, atlas: object, gallery: Path) -> None:
    file = solved(cache, gallery / "g", gallery / "photos" / "7a.jpg")
    (call,) = [call for call in file.trace.calls if call.tool == "search_gallery"]
    assert "most like it:" in call.text
    assert "deliberately unlike:" in call.text
    assert ".jpg" not in call.text
    like, unlike = call.data["like"], call.data["unlike"]
    assert len(unlike) == 3
    assert min(row["similarity"] for row in like) > max(row["similarity"] for row in unlike)


def test_no_shortcuts_drops_the_very_same_picture_and_records_it(cache: Path, atlas: object, gallery: Path) -> None:
    file = solved(cache, gallery / "g", gallery / "photos" / "7a.jpg", no_shortcuts=True)
    (call,) = [call for call in file.trace.calls if call.tool == "search_gallery"]
    dropped = [entry for entry in call.data["wire"] if "dropped" in entry]
    assert [Path(entry["dropped"]).name for entry in dropped] == ["7a.jpg"]
    assert dropped[0]["why"] == "the very same photo"
    assert all(item.kind != "same_picture" for item in hits(file))
    assert all("7a.jpg" not in row["name"] for row in call.data["like"])
