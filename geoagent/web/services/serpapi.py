"""SerpApi, Google Lens: pages with pictures that look like the photo.

The photo is uploaded to SerpApi (at most 500 kB, kept there for 10 minutes), which shows it to Google Lens. The free
plan has 250 searches a month and 50 an hour.
"""

from geoagent.errors import ToolUnavailable
from geoagent.web.gate import Wire
from geoagent.web.json_answer import part, read_json
from geoagent.web.multipart import multipart
from geoagent.web.pictures import Packed, Upload
from geoagent.web.provider import Provider
from geoagent.web.search_results import FOUND, Hit, plain, rows
from geoagent.web.untrusted_text import clean

SERPAPI = Provider(
    name="serpapi",
    answers="pages with pictures that look like the photo (Google Lens)",
    terms="key; free plan 250 searches a month, 50 an hour; the photo is sent to SerpApi and from there to Google",
    base_url="https://serpapi.com",
    keep_s=0,
    key="query api_key",
    uploads=True,
)


def serpapi_matches(wire: Wire, photo: Upload) -> list[Hit]:
    """The pages whose pictures look most like the photo, which is sent to SerpApi.

    Raises ToolUnavailable where the service is not allowed or does not answer.
    """
    uploaded = read_json(wire.ask(SERPAPI, "/image", body=Packed(photo, *multipart("image", photo.jpeg))))
    image_id = part(uploaded, str, "image_id")
    if not image_id:
        raise ToolUnavailable(
            f"serpapi did not take the photo: {clean(part(uploaded, str, 'error') or 'no reason', 200)}"
        )
    asked = {"engine": "google_lens", "type": "visual_matches", "image_id": image_id}
    answer = read_json(wire.ask(SERPAPI, "/search.json", asked))
    fault = part(answer, str, "error")
    if fault:
        raise ToolUnavailable(f"serpapi: {clean(fault, 200)}")
    return [
        Hit(
            plain(part(row, str, "title")),
            part(row, str, "link") or "",
            picture=part(row, str, "thumbnail"),
            match="like",
        )
        for row in rows(answer, "visual_matches")[: 2 * FOUND]
    ]
