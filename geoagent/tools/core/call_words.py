"""Calls of tools in plain words: the name of the tool, what was asked, and a check that would settle something."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

NAMES = {
    "zoom": "closer look", "adjust": "look with other brightness or contrast", "rectify": "look at a straightened part",
    "measure": "measurement", "colours": "colours", "compare_views": "comparison of two views",
    "match_pictures": "comparison of two pictures", "look": "look in a direction", "move": "step to another panorama",
    "read_text": "text reading", "lookup_place": "search for a place by name", "whats_at": "what lies at a point",
    "observe": "what is seen", "compare_candidates": "comparison of places", "check_claim": "check of a claim",
    "lookup_encyclopedia": "encyclopedia", "find_address": "search for an address on the map",
    "address_at": "address at a point", "map_features": "search for things on the map",
    "map_combination": "search for things near each other on the map",
    "street_pictures": "street pictures near a point",
    "show_picture": "look at a picture", "show_map": "look at a map", "zoom_map": "search on maps from above",
    "elevation": "height above the sea", "weather_on": "weather of a day", "sun": "place of the sun",
    "read_page": "web page", "search_web": "web search", "search_images": "image search",
    "reverse_image_search": "search by the picture", "ask_prior": "opinion of a trained model",
    "consult_guide": "guidebook", "search_gallery": "search among known photos",
}  # fmt: skip
"""What the built-in tools do, as a person would call it."""
LEFT_OUT = frozenset({"view", "views", "box", "boxes", "clue", "clues", "magnify"})
"""Arguments that say where in a picture, or on what a call rests: page and report show that themselves."""
WITH = {
    "within": "within {}", "near": "near {}", "within_m": "within {} m", "heading": "towards {}°",
    "pitch": "tilted by {}° from level", "fov": "{}° wide",
    "lat": "latitude {}", "lon": "longitude {}", "radius_km": "within {} km",
}  # fmt: skip
"""How arguments are told that do not speak for themselves."""
WRITTEN = frozenset({"query", "words", "name", "street", "town", "title", "text", "address", "phrase", "looking_for"})
"""Arguments that hold what was written, to the letter."""
OUTCOMES = {"ok": "", "invalid": " (refused)", "unavailable": " (no answer)"}
_ID = re.compile(r"[a-z][0-9a-f]{12}")


def called(tool: str) -> str:
    """The plain name of a tool; a tool of somebody's own is called by its name."""
    return NAMES.get(tool, tool.replace("_", " "))


def asked(arguments: Mapping[str, Any]) -> str:
    """What a call asked, in words, without ids and places in pictures; "" where that is all."""
    told = (_value(name, value) for name, value in arguments.items() if name not in LEFT_OUT)
    return ", ".join(filter(None, told))


def call_in_words(tool: str, arguments: Mapping[str, Any]) -> str:
    """A call in words: "web search: Muebles Ebrolino"."""
    said = asked(arguments)
    return f"{called(tool)}: {said}" if said else called(tool)


def check_in_words(tool: str, arguments: Mapping[str, Any], expected: tuple[str, str], names: Sequence[str]) -> str:
    """A check that would tell two places apart, in words.

    `expected` are the answers that are expected in each of them ("" for none), `names` is what they are called.
    """
    if question := arguments.get("question"):
        answers = [f"{_plain(answer)} in {name}" for answer, name in zip(expected, names, strict=True) if answer]
        return f"{_plain(question)}: mostly {', '.join(answers)}" if answers else _plain(question)
    return call_in_words(tool, arguments)


def _value(name: str, value: Any) -> str:
    """A value of an argument in words; what somebody wrote, such as the words of a search, stands as it was written."""
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, (_value("", part) for part in value)))
    if isinstance(value, dict):
        return ", ".join(filter(None, (_value(str(key), part) for key, part in value.items())))
    if value is None or isinstance(value, bool) or (name not in WRITTEN and _ID.fullmatch(str(value))):
        return ""
    return WITH.get(name, "{}").format(str(value) if name in WRITTEN else _plain(value))


def _plain(value: Any) -> str:
    """A value as it is written, names of the tables ("plate_shape") as words."""
    text = str(value)
    return text.replace("_", " ") if " " not in text and "/" not in text else text
