"""DuckDuckGo and other search engines through the library ddgs (extra `web`), which reads their result pages.

No key. The library has a client of its own that shows itself as a browser, so the gate keeps its pace, its answers and
the record, but does not check the addresses that it asks. An engine that finds nothing and one that turns it away look
alike. A server that is named for it (`--services ddgs=URL`) is an HTTP proxy that it goes through.
"""

from typing import Any

from geoagent.errors import ToolUnavailable
from geoagent.web.gate import Wire
from geoagent.web.json_answer import part
from geoagent.web.provider import DAY_S, Provider
from geoagent.web.search_results import FOUND, Hit, plain, rows
from geoagent.web.untrusted_text import clean

DDGS = Provider(
    name="ddgs",
    answers="web pages and pictures from DuckDuckGo, Brave or Mojeek; URL is a proxy to go through",
    terms="no key; those of the search engines, which may turn programs away; for a few questions only",
    base_url="https://html.duckduckgo.com/html/",
    every_s=2.0,
    keep_s=DAY_S,
)
ENGINES = {"text": "duckduckgo,brave,mojeek", "images": "duckduckgo"}
REQUEST_S = 8.0


def ddgs_pages(wire: Wire, query: str) -> list[Hit]:
    """The pages that match a query best. Raises ToolUnavailable where it is not allowed, or the search engines find
    nothing.
    """
    found = rows({"found": _ask(wire, "text", query)}, "found")
    return [
        Hit(plain(part(row, str, "title")), part(row, str, "href") or "", plain(part(row, str, "body")))
        for row in found
    ]


def ddgs_pictures(wire: Wire, query: str) -> list[Hit]:
    """The pages whose pictures match a query best.

    Raises ToolUnavailable where it is not allowed, or the search engines find nothing.
    """
    found = rows({"found": _ask(wire, "images", query)}, "found")
    return [
        Hit(
            plain(part(row, str, "title")),
            part(row, str, "url") or "",
            picture=part(row, str, "thumbnail") or part(row, str, "image") or "",
        )
        for row in found
    ]


def _ask(wire: Wire, kind: str, query: str) -> Any:
    try:
        import ddgs
        from ddgs.exceptions import DDGSException
    except ImportError as error:
        raise ToolUnavailable("ddgs is not installed; install geoagent with its extra `web`") from error

    def search(seconds: float, proxy: str | None) -> Any:
        asking = ddgs.DDGS(proxy=proxy, timeout=max(1, round(min(REQUEST_S, seconds / 2))))
        ask = asking.text if kind == "text" else asking.images
        try:
            return ask(query, region="wt-wt", backend=ENGINES[kind], max_results=FOUND)
        except DDGSException as error:
            why = "nothing was found, or the search engines turn us away"
            raise ToolUnavailable(why if "No results" in str(error) else f"{why} ({clean(error, 160)})") from error

    return wire.through(DDGS, {"kind": kind, "q": query}, search)
