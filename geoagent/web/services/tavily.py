"""Tavily: web search made for language models.

Answers titles, addresses and the passage that bears on the question. 100 requests a minute with a development key,
1,000 with one for production. Its pictures come without the pages that they stand on, so they are not asked for.
"""

from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.provider import DAY_S, Provider
from geoagent.web.search_results import FOUND, Hit, plain, rows

TAVILY = Provider(
    name="tavily",
    answers="web pages that match some words, with the passage that bears on them",
    terms="key; 100 requests a minute with a development key, 1,000 with a production key; counted in credits",
    base_url="https://api.tavily.com",
    every_s=0.6,
    keep_s=DAY_S,
    key="bearer",
)


def tavily_pages(wire: Wire, query: str) -> list[Hit]:
    """The pages that match a query best. Raises ToolUnavailable where the service is not allowed or does not answer."""
    answer = wire.ask(TAVILY, "/search", body={"query": query, "max_results": FOUND, "search_depth": "basic"})
    found = rows(read_json(answer), "results")
    return [
        Hit(plain(part(row, str, "title")), part(row, str, "url") or "", plain(part(row, str, "content"), 400))
        for row in found
    ]
