"""Names of files that are made of other names fit into what file systems take."""

import pytest

from geoagent.plain_text import file_name, short_name


@pytest.mark.parametrize("name", ["a" * 300, "🏝" * 62, "é" * 100, "日" * 90])
def test_names_are_cut_by_bytes_between_letters(name: str) -> None:
    for cut in (short_name(name), file_name(name)):
        assert cut in name
        assert 60 <= len(cut.encode()) <= 180


def test_a_name_that_fits_stays() -> None:
    assert short_name("märz \udcff") == "märz \udcff"
    assert file_name("märz.jpg") == "märz.jpg"
