"""Pages and PDF documents of the open web, read as text. Needs the extra `web` (trafilatura, pypdf)."""

from typing import NamedTuple

from geoagent.errors import ToolUnavailable
from geoagent.limited_process import ApartError, Limit, TookTooLong, apart
from geoagent.web.fetch import PAGE
from geoagent.web.gate import Wire
from geoagent.web.provider import DAY_S, Provider

WEB_PAGE = Provider(
    name="web_page",
    answers="the text of a page or PDF document, and the addresses that it links to",
    terms="those of each site; one request a second to each",
    base_url="",
    accepts=PAGE,
    every_s=1.0,
    keep_s=DAY_S,
    max_bytes=8_000_000,
)
MAX_LINKS = 40
READING_S = 30.0
"""What reading one page may take."""


class Page(NamedTuple):
    """A page: the address that it came from, its text in paragraphs, and up to 40 addresses that it links to."""

    url: str
    paragraphs: tuple[str, ...]
    links: tuple[str, ...]


def read_web_page(wire: Wire, address: str) -> Page:
    """The text and links of the page at an address; its links may then be read too.

    Raises ToolInputError for an address that stands in no earlier result, ToolUnavailable where it cannot be read.
    """
    answer = wire.read(WEB_PAGE, address)
    limit = min(READING_S, wire.seconds_left)
    given = {"content_type": answer.content_type, "url": answer.url}
    try:
        with apart("geoagent.web.parsing:page", given, answer.body, Limit(limit, limit)) as done:
            found = done.data
    except ApartError as error:
        raise ToolUnavailable(str(error)) from error
    except TookTooLong as error:
        raise ToolUnavailable(f"a page that takes more than {limit:.0f} s to read, or too much memory") from error
    links = tuple(dict.fromkeys(wire.supply(found["links"]).values()))[:MAX_LINKS]
    return Page(answer.url, tuple(found["paragraphs"]), links)
