"""Wikidata: things by name, with what they are in a few words (MediaWiki action API, wbsearchentities)."""

from typing import NamedTuple

from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.provider import Provider
from geoagent.web.untrusted_text import clean

WIKIDATA = Provider(
    name="wikidata",
    answers="things by a name or alias in any language, with a description of a few words",
    terms="open, no key; one request at a time and a contact in the User-Agent are asked for; data are CC0",
    base_url="https://www.wikidata.org/w/api.php",
    every_s=0.2,
)
FOUND = 5


class Thing(NamedTuple):
    """An item of Wikidata: its id ("Q64"), its name in English, and a description of a few words."""

    item: str
    label: str
    description: str


def things(wire: Wire, name: str, language: str = "en") -> list[Thing]:
    """The items of Wikidata that a name or alias in a language may mean, at most five, the best first.

    Raises ToolUnavailable where the service is not allowed or does not answer.
    """
    answer = wire.ask(
        WIKIDATA,
        params={
            "action": "wbsearchentities", "format": "json", "formatversion": 2, "search": name, "language": language,
            "uselang": "en", "limit": FOUND,
        },
    )  # fmt: skip
    rows = part(read_json(answer), list, "search") or []
    found = [
        Thing(
            part(row, str, "id") or "",
            clean(part(row, str, "label") or "", 200),
            clean(part(row, str, "description") or "", 300),
        )
        for row in rows[:FOUND]
    ]
    return [thing for thing in found if thing.item and thing.label]
