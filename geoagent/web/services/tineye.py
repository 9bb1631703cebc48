"""TinEye API: pages that show the very same photo, cropped or edited too; no others.

Searches are bought in bundles. It answers addresses without titles: what a page says has to be read.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

from geoagent.errors import ToolUnavailable
from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.multipart import multipart
from geoagent.web.pictures import Packed, Upload
from geoagent.web.provider import Provider
from geoagent.web.search_results import FOUND, Hit, plain, rows
from geoagent.web.untrusted_text import clean

TINEYE = Provider(
    name="tineye",
    answers="pages that show the very same photo, also cropped or edited",
    terms="key; searches are bought in bundles; the photo is sent to TinEye",
    base_url="https://api.tineye.com/rest",
    keep_s=0,
    key="header X-API-KEY",
    uploads=True,
)


def tineye_matches(wire: Wire, photo: Upload) -> list[Hit]:
    """The pages that show the photo, the best matches first; the photo is sent to TinEye.

    Raises ToolUnavailable where the service is not allowed or does not answer.
    """
    asked: dict[str, str | int | float] = {"limit": FOUND, "backlink_limit": 3, "sort": "score", "order": "desc"}
    sent = wire.ask(TINEYE, "/search/", asked, body=Packed(photo, *multipart("image_upload", photo.jpeg)))
    answer = read_json(sent)
    if part(answer, int, "code") not in (None, 200):
        said = " ".join(clean(text, 200) for text in part(answer, list, "messages") or [])
        raise ToolUnavailable(f"tineye: {said or 'it did not say why'}")
    return [_hit(match, link) for match in rows(answer, "results", "matches") for link in rows(match, "backlinks")]


def _hit(match: dict[str, Any], link: dict[str, Any]) -> Hit:
    page = part(link, str, "backlink") or ""
    title = plain(f"{part(match, str, 'domain') or ''} {_words(page)}")
    return Hit(title, page, picture=part(match, str, "image_url"), match="same")


def _words(address: str) -> str:
    """The words in the path of an address, which often name what a page is about."""
    try:
        path = unquote(urlsplit(address).path)
    except ValueError:
        return ""
    return " ".join("".join(ch if ch.isalnum() else " " for ch in path).split())
