"""Google Custom Search JSON API: web and image search through a search engine of your own making.

100 queries a day are free, more cost 5 dollars a thousand, up to 10,000 a day. It is closed to new customers, and ends
on 1 January 2027. Whose engine is asked stands in the address that the user gives, as `cx`.
"""

from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.provider import Provider
from geoagent.web.search_results import FOUND, Hit, plain, rows

GOOGLE_CSE = Provider(
    name="google_cse",
    answers="web pages and pictures; URL is `https://www.googleapis.com/customsearch/v1?cx=ENGINE`",
    terms="key and engine; 100 queries a day free; results may not be cached; closed to new customers, "
    "ends on 1 January 2027",
    base_url=None,
    keep_s=0,
    key="query key",
)


def google_cse_pages(wire: Wire, query: str) -> list[Hit]:
    """The pages that match a query best. Raises ToolUnavailable where the service is not allowed or does not answer."""
    found = rows(read_json(wire.ask(GOOGLE_CSE, params={"q": query, "num": FOUND})), "items")
    return [
        Hit(plain(part(row, str, "title")), part(row, str, "link") or "", plain(part(row, str, "snippet")))
        for row in found
    ]


def google_cse_pictures(wire: Wire, query: str) -> list[Hit]:
    """The pages whose pictures match a query best. Raises ToolUnavailable where the service is not allowed or does not
    answer.
    """
    answer = wire.ask(GOOGLE_CSE, params={"q": query, "num": FOUND, "searchType": "image"})
    found = rows(read_json(answer), "items")
    return [
        Hit(
            plain(part(row, str, "title")),
            part(row, str, "image", "contextLink") or "",
            plain(part(row, str, "snippet")),
            part(row, str, "image", "thumbnailLink") or part(row, str, "link") or "",
        )
        for row in found
    ]
