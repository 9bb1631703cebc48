"""What each search service answers, as it documents it: one row a service; the tests go through all of them."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from PIL import Image

from geoagent.web.gate import Wire
from geoagent.web.pictures import bare_jpeg
from geoagent.web.provider import Provider
from geoagent.web.search_results import Hit
from geoagent.web.services.brave import BRAVE, brave_pages, brave_pictures
from geoagent.web.services.google_cse import GOOGLE_CSE, google_cse_pages, google_cse_pictures
from geoagent.web.services.google_vision import GOOGLE_VISION, google_vision_matches
from geoagent.web.services.searxng import SEARXNG, searxng_pages, searxng_pictures
from geoagent.web.services.serpapi import SERPAPI, serpapi_matches
from geoagent.web.services.tavily import TAVILY, tavily_pages
from geoagent.web.services.tineye import TINEYE, tineye_matches

PAGE = "https://town.example/hall"
PICTURE = "https://town.example/hall.jpg"
PHOTO = bare_jpeg(Image.radial_gradient("L").convert("RGB"))


class Sample(NamedTuple):
    """A service, how it is asked, its answers by path, and the hit that these hold."""

    provider: Provider
    ask: Callable[[Wire], list[Hit]]
    answers: Mapping[str, Any]
    hit: Hit

    @property
    def id(self) -> str:
        return f"{self.provider.name}-{'-'.join(path.strip('/').replace('/', '-') for path in self.answers)}"

    @property
    def settings(self) -> dict[str, Any]:
        """What the user has to set, but for the address."""
        keys = {self.provider.name: f"key-of-{self.provider.name}"} if self.provider.key else {}
        return {"keys": keys, "reverse_image": self.provider.name if self.provider.uploads else None}


TEXT = Hit("Town hall of Uppsala", PAGE, "The hall in Uppsala, Sweden")
IMAGE = Hit("Town hall of Uppsala", PAGE, picture=PICTURE)
_ROW = {"title": "Town hall of <strong>Uppsala</strong>", "url": PAGE}
_VISION = {
    "webDetection": {
        "webEntities": [{"entityId": "/m/01q_22", "score": 0.9, "description": "Uppsala"}],
        "fullMatchingImages": [{"url": PICTURE}],
        "pagesWithMatchingImages": [
            {"url": PAGE, "pageTitle": "Town hall of <b>Uppsala</b>", "fullMatchingImages": [{"url": PICTURE}]}
        ],
        "bestGuessLabels": [{"label": "uppsala", "languageCode": "en"}],
    }
}
_TINEYE = {
    "code": 200,
    "messages": [],
    "results": {
        "matches": [
            {
                "image_url": PICTURE,
                "domain": "town.example",
                "score": 88.1,
                "backlinks": [{"url": PICTURE, "backlink": PAGE, "crawl_date": "2020-01-31"}],
            }
        ]
    },
    "stats": {"total_results": 1},
}
SAMPLES = (
    Sample(
        BRAVE,
        lambda wire: brave_pages(wire, "town hall"),
        {"/web/search": {"type": "search", "web": {"results": [{**_ROW, "description": TEXT.snippet}]}}},
        TEXT,
    ),
    Sample(
        BRAVE,
        lambda wire: brave_pictures(wire, "town hall"),
        {"/images/search": {"type": "images", "results": [{**_ROW, "thumbnail": {"src": PICTURE}}]}},
        IMAGE,
    ),
    Sample(
        TAVILY,
        lambda wire: tavily_pages(wire, "town hall"),
        {"/search": {"query": "town hall", "images": [], "results": [{**_ROW, "content": TEXT.snippet, "score": 0.9}]}},
        TEXT,
    ),
    Sample(
        SEARXNG,
        lambda wire: searxng_pages(wire, "town hall"),
        {"/search": {"query": "town hall", "results": [{**_ROW, "content": TEXT.snippet, "engine": "mojeek"}]}},
        TEXT,
    ),
    Sample(
        SEARXNG,
        lambda wire: searxng_pictures(wire, "town hall"),
        {"/search": {"query": "town hall", "results": [{**_ROW, "img_src": PICTURE, "thumbnail_src": PICTURE}]}},
        IMAGE,
    ),
    Sample(
        GOOGLE_CSE,
        lambda wire: google_cse_pages(wire, "town hall"),
        {"": {"items": [{"title": TEXT.title, "link": PAGE, "snippet": TEXT.snippet}]}},
        TEXT,
    ),
    Sample(
        GOOGLE_CSE,
        lambda wire: google_cse_pictures(wire, "town hall"),
        {
            "": {
                "items": [
                    {"title": TEXT.title, "link": PICTURE, "image": {"contextLink": PAGE, "thumbnailLink": PICTURE}}
                ]
            }
        },
        IMAGE,
    ),
    Sample(
        GOOGLE_VISION,
        lambda wire: google_vision_matches(wire, PHOTO),
        {"/images:annotate": {"responses": [_VISION]}},
        IMAGE._replace(match="same"),
    ),
    Sample(
        SERPAPI,
        lambda wire: serpapi_matches(wire, PHOTO),
        {
            "/image": {"message": "Image uploaded successfully.", "image_id": "abc123"},
            "/search.json": {
                "visual_matches": [{"position": 1, "title": TEXT.title, "link": PAGE, "thumbnail": PICTURE}]
            },
        },
        IMAGE._replace(match="like"),
    ),
    Sample(
        TINEYE,
        lambda wire: tineye_matches(wire, PHOTO),
        {"/search/": _TINEYE},
        Hit("town.example hall", PAGE, picture=PICTURE, match="same"),
    ),
)  # fmt: skip


def served(sample: Sample) -> dict[str, str]:
    """The answers as JSON texts, by path."""
    return {path: json.dumps(answer) for path, answer in sample.answers.items()}
