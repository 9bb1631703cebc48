"""Brave Search API: web and image search with an index of its own.

Answers titles, addresses and descriptions. The free plan allows one query a second and 2,000 a month; paid plans more.
Without a country the service takes the United States: `country=ALL` asks everywhere.
"""

from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.provider import Provider
from geoagent.web.search_results import FOUND, Hit, plain, rows

BRAVE = Provider(
    name="brave",
    answers="web pages and pictures that match some words, from an index of its own",
    terms="key; free plan 1 query/s and 2,000 a month; its terms restrict storing results, so none are kept",
    base_url="https://api.search.brave.com/res/v1",
    every_s=1.0,
    keep_s=0,
    key="header X-Subscription-Token",
)


def brave_pages(wire: Wire, query: str) -> list[Hit]:
    """The pages that match a query best. Raises ToolUnavailable where the service is not allowed or does not answer."""
    answer = wire.ask(BRAVE, "/web/search", {"q": query, "count": FOUND, "country": "ALL"})
    found = rows(read_json(answer), "web", "results")
    return [
        Hit(plain(part(row, str, "title")), part(row, str, "url") or "", plain(part(row, str, "description")))
        for row in found
    ]


def brave_pictures(wire: Wire, query: str) -> list[Hit]:
    """The pages whose pictures match a query best. Raises ToolUnavailable where the service is not allowed or does not
    answer.
    """
    answer = wire.ask(BRAVE, "/images/search", {"q": query, "count": 2 * FOUND, "country": "ALL"})
    found = rows(read_json(answer), "results")
    return [
        Hit(
            plain(part(row, str, "title")),
            part(row, str, "url") or "",
            picture=part(row, str, "thumbnail", "src") or "",
        )
        for row in found
    ]
