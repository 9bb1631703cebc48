"""Pages and PDF documents of the open web as text. Needs the extra `web` (trafilatura, pypdf)."""

import io
import logging
import re
from typing import NamedTuple
from urllib.parse import urljoin

from geoagent.errors import ToolUnavailable
from geoagent.web.fetch import PAGE, Answer
from geoagent.web.gate import Wire
from geoagent.web.outside import clean
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
MAX_TEXT = 200_000
MAX_PDF_PAGES = 30
MAX_LINKS = 40
_LINK = re.compile(rb"<a\s[^>]{0,500}?href\s*=\s*[\"']([^\"'<>\s]{1,1000})[\"']", re.IGNORECASE)
MISSING = "pages cannot be read until geoagent is installed with its extra `web`"


class Page(NamedTuple):
    """A page: where it came from, its text in paragraphs, and the addresses that it links to."""

    url: str
    paragraphs: tuple[str, ...]
    links: tuple[str, ...]


def read_web_page(wire: Wire, address: str) -> Page:
    """A page by an address that an earlier result holds. Raises ToolInputError, ToolUnavailable."""
    answer = wire.read(WEB_PAGE, address)
    if answer.content_type == "application/pdf":
        return Page(answer.url, _pdf_text(answer, wire), ())
    if answer.content_type == "text/plain":
        return Page(answer.url, _paragraphs(answer.body[:MAX_TEXT].decode("utf-8", "replace")), ())
    found = (
        urljoin(answer.url, link.decode("utf-8", "replace")) for link in _LINK.findall(answer.body)[: 10 * MAX_LINKS]
    )
    found = (link for link in found if link.lower().startswith("http"))
    return Page(answer.url, _html_text(answer), tuple(dict.fromkeys(wire.supply(found).values()))[:MAX_LINKS])


def _html_text(answer: Answer) -> tuple[str, ...]:
    try:
        from trafilatura import extract
    except ImportError as error:
        raise ToolUnavailable(MISSING) from error
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it complains of every page without text
    text = extract(answer.body, include_comments=False, include_tables=True, favor_recall=True)
    return _paragraphs(text or "")


def _pdf_text(answer: Answer, wire: Wire) -> tuple[str, ...]:
    try:
        from pypdf import PdfReader
    except ImportError as error:
        raise ToolUnavailable(MISSING) from error
    parts: list[str] = []
    try:
        reader = PdfReader(io.BytesIO(answer.body))
        for number in range(min(len(reader.pages), MAX_PDF_PAGES)):
            if wire.seconds_left <= 0 or sum(map(len, parts)) > MAX_TEXT:
                break
            parts.append(reader.pages[number].extract_text())
    except Exception as error:  # pypdf raises many kinds of exceptions on damaged documents
        raise ToolUnavailable("a PDF document that cannot be read") from error
    return _paragraphs("\n".join(parts))


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (clean(line, 2000) for line in text[:MAX_TEXT].splitlines())))
