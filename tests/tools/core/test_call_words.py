"""Calls of tools in plain words: each tool has a name, and no id, box or field name is told."""

from geoagent.tools import TOOLS
from geoagent.tools.core.call_words import NAMES, call_in_words, check_in_words


def test_every_tool_has_a_plain_name() -> None:
    assert set(TOOLS) <= set(NAMES)
    assert all("_" not in name for name in NAMES.values())
    assert call_in_words("my_own_tool", {}) == "my own tool"


def test_what_was_asked_is_told_without_ids_and_boxes() -> None:
    arguments = {"names": ["Apotek", "Linnea"], "area": "Uppsala, Sweden", "within_m": 100, "clues": ["c0123456789ab"]}
    told = "search for things on the map: Apotek, Linnea, Uppsala, Sweden, within 100 m"
    assert call_in_words("map_features", arguments) == told
    assert call_in_words("zoom", {"view": 1, "box": [0.1, 0.2, 0.3, 0.4]}) == "closer look"
    assert call_in_words("observe", {"question": "plate_shape", "answer": "long"}) == "what is seen: plate shape, long"


def test_a_check_says_what_is_expected_where() -> None:
    said = check_in_words("observe", {"question": "plate_shape"}, ("long", "short"), ("Spain", "Mexico"))
    assert said == "plate shape: mostly long in Spain, short in Mexico"
    assert check_in_words("read_text", {"question": "language"}, ("fr", ""), ("Belgium", "France")).endswith(
        "fr in Belgium"
    )
