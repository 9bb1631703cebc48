"""Wikipedia: articles by search, with their first words, coordinates and Wikidata items (MediaWiki action API)."""

import math
from typing import NamedTuple

from geoagent.geo import Point
from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.provider import Provider
from geoagent.web.untrusted_text import clean

WIKIPEDIA = Provider(
    name="wikipedia",
    answers="articles that match some words: title, first words, coordinates, Wikidata item; in any of its languages",
    terms="open, no key; one request at a time and a contact in the User-Agent are asked for; texts are CC BY-SA 4.0",
    base_url="https://{language}.wikipedia.org/w/api.php",
    every_s=0.2,
)
FOUND = 5
EXTRACT = 600


class Article(NamedTuple):
    """An article of Wikipedia: its title, address and first words, its coordinates on Earth, and its id in Wikidata
    (`item`).

    `point` and `item` are None where it has none.
    """

    title: str
    url: str
    extract: str
    point: Point | None
    item: str | None


def articles(wire: Wire, query: str, language: str = "en") -> list[Article]:
    """The articles that match a query best, at most five, in the Wikipedia of a language; their addresses may then be
    read.

    Raises ToolUnavailable where the service is not allowed or does not answer.
    """
    answer = wire.ask(
        WIKIPEDIA,
        parts={"language": language},
        params={
            "action": "query", "format": "json", "formatversion": 2, "generator": "search", "gsrsearch": query,
            "gsrlimit": FOUND, "prop": "extracts|coordinates|pageprops|info", "exintro": 1, "explaintext": 1,
            "exchars": EXTRACT, "exlimit": FOUND, "colimit": FOUND, "ppprop": "wikibase_item", "inprop": "url",
        },
    )  # fmt: skip
    pages = part(read_json(answer), list, "query", "pages") or []
    pages = [page for page in pages if isinstance(page, dict)]
    pages.sort(key=lambda page: page["index"] if isinstance(page.get("index"), int) else FOUND)
    found = [_article(page) for page in pages[:FOUND]]
    urls = wire.supply(article.url for article in found)
    return [article._replace(url=urls[article.url]) for article in found if article.title and article.url in urls]


def _article(page: dict[str, object]) -> Article:
    return Article(
        title=clean(part(page, str, "title") or "", 200),
        url=part(page, str, "fullurl") or "",
        extract=clean(part(page, str, "extract") or "", EXTRACT),
        point=_point(page),
        item=part(page, str, "pageprops", "wikibase_item"),
    )


def _point(page: dict[str, object]) -> Point | None:
    first = next(iter(part(page, list, "coordinates") or []), None)
    if not isinstance(first, dict) or first.get("globe", "earth") != "earth":
        return None
    lat, lon = part(first, (int, float), "lat"), part(first, (int, float), "lon")
    if lat is None or lon is None or not (math.isfinite(lat) and math.isfinite(lon)) or abs(lat) > 90 or abs(lon) > 180:
        return None
    return Point(lat=lat, lon=lon)
