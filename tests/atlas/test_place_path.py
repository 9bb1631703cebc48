import pytest

from geoagent.atlas import Atlas
from geoagent.atlas.place_path import find_path, parts_of
from geoagent.geo import Area


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Tiergarten, Berlin", ["Tiergarten", "Berlin"]),
        ("陕西省宝鸡市陇县", ["陇县", "宝鸡市", "陕西省"]),
        ("広島県廿日市市", ["廿日市市", "広島県"]),
        ("東京", ["東京"]),
        ("New York", ["New York"]),
        (" , ", []),
    ],
)
def test_a_path_is_split_finest_first(text: str, parts: list[str]) -> None:
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    ("text", "name", "division"),
    [
        ("Paris, Texas", "Paris", "US.TX"),
        ("Springfield, IL", "Springfield", "US.IL"),
        ("Tiergarten, Berlin", "Tiergarten", "DE.16"),
        ("Tiergarten, Berlin, Germany", "Tiergarten", "DE.16"),
        ("Kamakura City, Kanagawa Prefecture, Japan", "Kamakura", "JP.19"),
        ("Soho, London", "Soho", "GB.ENG"),
        ("Brooklyn, New York", "Brooklyn", "US.NY"),
        ("Long County, Baoji, Shaanxi", "Longxian Chengguanzhen", "CN.26"),
        ("陕西省宝鸡市陇县", "Longxian Chengguanzhen", "CN.26"),
        ("Saragosa, Spain", "Zaragoza", "ES.52"),
    ],
)
def test_each_part_narrows_the_finer_ones(atlas: Atlas, text: str, name: str, division: str) -> None:
    found = find_path(atlas, text)
    assert atlas.name(found.places[0].row) == name
    assert {str(atlas.division_of(place.row)) for place in found.places} == {division}


def test_what_was_not_taken_as_written_is_told(atlas: Atlas) -> None:
    assert find_path(atlas, "Springfield, Nowhereland").unknown == ("Nowhereland",)
    misspelt = find_path(atlas, "Uppsalla, Sweden")
    assert misspelt.corrected == "uppsala"
    assert find_path(atlas, "Uppsala, Sweden").corrected is None
    nothing = find_path(atlas, "Xqzwv, Sweden")
    assert (nothing.areas, nothing.places) == ([], [])


def test_areas_are_found_too(atlas: Atlas) -> None:
    assert find_path(atlas, "Georgia").areas == [Area("GE"), Area("US", "GA")]
    assert find_path(atlas, "Georgia, United States").areas == [Area("US", "GA")]
    assert find_path(atlas, "Georgia", within=Area("GE")).areas == [Area("GE")]
