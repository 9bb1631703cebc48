"""Reads pages, documents and pictures of the web in a process of its own (`geoagent.limited_process`), since they may
explode.

Pages need the extra `web` (trafilatura, pypdf).
"""

import io
import logging
import re
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from PIL import Image

from geoagent.errors import ToolUnavailable
from geoagent.web.untrusted_text import clean

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_PIXELS = 25_000_000
MAX_TEXT = 200_000
MAX_PDF_PAGES = 30
MAX_LINKS = 400
_LINK = re.compile(rb"<a\s[^>]{0,500}?href\s*=\s*[\"']([^\"'<>\s]{1,1000})[\"']", re.IGNORECASE)
MISSING = "pages cannot be read until geoagent is installed with its extra `web`"


def page(given: dict[str, Any], body: bytes) -> Iterator[Any]:
    """Yield the paragraphs of a page or document, and the addresses that it links to, as {"paragraphs": …, "links":
    …}.

    This runs in the process of its own. `body` is the content, `given` has its "content_type" and its "url". Raises
    ToolUnavailable for what cannot be read.
    """
    kind, links = given["content_type"], list[str]()
    if kind == "application/pdf":
        text = _pdf_text(body)
    elif kind == "text/plain":
        text = body[:MAX_TEXT].decode("utf-8", "replace")
    else:
        text, links = _html_text(body), list(_links(given["url"], body))
    paragraphs = filter(None, (clean(line, 2000) for line in text[:MAX_TEXT].splitlines()))
    yield {"paragraphs": list(paragraphs), "links": links}


def picture(given: dict[str, Any], body: bytes) -> Iterator[Any]:
    """Yield the size of a picture as {"size": (width, height)}, then its pixels as RGB bytes.

    This runs in the process of its own. `body` is the content; `given` is not used. Raises ToolUnavailable for what is
    no picture, and for more than 25 megapixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of sizes that are refused here
            with Image.open(io.BytesIO(body), formats=FORMATS) as file:
                if file.width * file.height > MAX_PIXELS:
                    raise ToolUnavailable(f"a picture of {file.width} × {file.height} pixels is too large")
                image = file.convert("RGB")
    except ToolUnavailable:
        raise
    except Exception as error:  # Pillow's decoders raise many kinds of exceptions on damaged data
        raise ToolUnavailable("a picture that cannot be read") from error
    yield {"size": image.size}
    yield image.tobytes()


def _links(base: str, body: bytes) -> Iterator[str]:
    """The addresses that a page links to; one that is malformed does not cost the others."""
    for number, link in enumerate(_LINK.finditer(body)):
        if number == MAX_LINKS:
            return
        try:
            address = urljoin(base, link[1].decode("utf-8", "replace"))
        except ValueError:
            continue
        if address.lower().startswith("http"):
            yield address


def _html_text(body: bytes) -> str:
    try:
        from trafilatura import extract
    except ImportError as error:
        raise ToolUnavailable(MISSING) from error
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # it complains of every page without text
    try:
        return extract(body, include_comments=False, include_tables=True, favor_recall=True) or ""
    except Exception as error:  # it and the parser below it raise many kinds of exceptions on damaged pages
        raise ToolUnavailable("a page that cannot be read") from error


def _pdf_text(body: bytes) -> str:
    try:
        from pypdf import PdfReader
    except ImportError as error:
        raise ToolUnavailable(MISSING) from error
    parts: list[str] = []
    try:
        reader = PdfReader(io.BytesIO(body))
        for number in range(min(len(reader.pages), MAX_PDF_PAGES)):
            if sum(map(len, parts)) > MAX_TEXT:
                break
            parts.append(reader.pages[number].extract_text())
    except Exception as error:  # pypdf raises many kinds of exceptions on damaged documents
        raise ToolUnavailable("a PDF document that cannot be read") from error
    return "\n".join(parts)
