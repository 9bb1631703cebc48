"""SearXNG: a metasearch server of your own, which asks other search engines.

Its settings must list `json` among `search.formats`, or it refuses with 403; most public servers do not.
"""

from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.provider import DAY_S, Provider
from geoagent.web.search_results import Hit, plain, rows

SEARXNG = Provider(
    name="searxng",
    answers="web pages and pictures that match some words, from the search engines that the server asks",
    terms="a server of yours (AGPL-3.0) with `json` among its `search.formats`; those of the engines that it asks",
    base_url=None,
    keep_s=DAY_S,
)


def searxng_pages(wire: Wire, query: str) -> list[Hit]:
    """The pages that match a query best. Raises ToolUnavailable where the server is not configured or does not
    answer.
    """
    answer = wire.ask(SEARXNG, "/search", {"q": query, "format": "json", "language": "all"})
    found = rows(read_json(answer), "results")
    return [
        Hit(plain(part(row, str, "title")), part(row, str, "url") or "", plain(part(row, str, "content")))
        for row in found
    ]


def searxng_pictures(wire: Wire, query: str) -> list[Hit]:
    """The pages whose pictures match a query best. Raises ToolUnavailable where the server is not configured or does
    not answer.
    """
    asked = {"q": query, "format": "json", "language": "all", "categories": "images"}
    found = rows(read_json(wire.ask(SEARXNG, "/search", asked)), "results")
    return [
        Hit(
            plain(part(row, str, "title")),
            part(row, str, "url") or "",
            plain(part(row, str, "content")),
            part(row, str, "thumbnail_src") or part(row, str, "img_src") or "",
        )
        for row in found
    ]
