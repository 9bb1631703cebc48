"""Google Cloud Vision, web detection: pages that show the photo, parts of it, or pictures like it.

1,800 requests a minute by default; billed by Google Cloud per photo. The photo is sent to Google.
"""

import base64
import json
from typing import Any

from geoagent.errors import ToolUnavailable
from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.pictures import Packed, Upload
from geoagent.web.provider import Provider
from geoagent.web.search_results import FOUND, Hit, Match, plain, rows
from geoagent.web.untrusted_text import clean

GOOGLE_VISION = Provider(
    name="google_vision",
    answers="pages that show the photo or a part of it (web detection)",
    terms="key of a Google Cloud project, billed; 1,800 requests a minute; the photo is sent to Google",
    base_url="https://vision.googleapis.com/v1",
    keep_s=0,
    key="header X-Goog-Api-Key",
    uploads=True,
)


def google_vision_matches(wire: Wire, photo: Upload) -> list[Hit]:
    """The pages that show the photo, or parts of it; the photo is sent to Google.

    Raises ToolUnavailable where the service is not allowed or does not answer.
    """
    answer = read_json(wire.ask(GOOGLE_VISION, "/images:annotate", body=Packed(photo, *_request(photo.jpeg))))
    first = next(iter(rows(answer, "responses")), {})
    fault = part(first, str, "error", "message")
    if fault:
        raise ToolUnavailable(f"google_vision: {clean(fault, 200)}")
    return [_hit(row) for row in rows(first, "webDetection", "pagesWithMatchingImages")]


def _request(jpeg: bytes) -> tuple[bytes, str]:
    asked = {
        "image": {"content": base64.b64encode(jpeg).decode()},
        "features": [{"type": "WEB_DETECTION", "maxResults": 2 * FOUND}],
    }
    return json.dumps({"requests": [asked]}).encode(), "application/json"


def _hit(row: dict[str, Any]) -> Hit:
    full, partial = rows(row, "fullMatchingImages"), rows(row, "partialMatchingImages")
    match: Match = "same" if full else "part"
    picture = part(next(iter(full or partial), {}), str, "url")
    return Hit(plain(part(row, str, "pageTitle")), part(row, str, "url") or "", picture=picture, match=match)
