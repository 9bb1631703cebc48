"""The tool `reverse_image_search`: searches the web for the photo itself, by the service that the user has named."""

from collections.abc import Callable, Iterator, Sequence

from geoagent.case.evidence import Evidence
from geoagent.errors import ToolUnavailable
from geoagent.tools.core.places_in_pages import agreement, counted, places_named
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.core.views import ViewNumber, check_own, find_view, observation_of
from geoagent.web.gate import Wire
from geoagent.web.pictures import Upload, bare_jpeg
from geoagent.web.provider import Provider
from geoagent.web.search_results import Hit, as_data, shown, told
from geoagent.web.services.google_vision import GOOGLE_VISION, google_vision_matches
from geoagent.web.services.serpapi import SERPAPI, serpapi_matches
from geoagent.web.services.tineye import TINEYE, tineye_matches

SERVICES: tuple[tuple[Provider, Callable[[Wire, Upload], list[Hit]]], ...] = (
    (GOOGLE_VISION, google_vision_matches),
    (SERPAPI, serpapi_matches),
    (TINEYE, tineye_matches),
)


def reverse_image_search(context: ToolContext, view: ViewNumber) -> ToolResult:
    """Find pages that show the picture of a view, or one like it. Returns titles and addresses.

    Places that several sites name count as evidence. Use the whole photo, or a view of one building or landmark.
    """
    check_own(context, view)
    region = find_view(context, view)
    chosen = next(((p, search) for p, search in SERVICES if context.wire.allows(p)), None)
    if chosen is None:
        raise ToolUnavailable("no service was named for photos; the user can with --reverse-image, see docs/tools.md")
    provider, search = chosen
    photo = bare_jpeg(context.photos.render(context.refs[region.photo], region))
    hits = shown(context.wire, search(context.wire, photo))
    text = told(hits) or "no page was found that shows it"
    evidence = tuple(_evidence(context, hits, context.refs[observation_of(context, region.photo)].id))
    return ToolResult(
        text=f"{provider.name} was sent {photo.told}; {text}", data=as_data(provider, hits), evidence=evidence
    )


def _evidence(context: ToolContext, hits: Sequence[Hit], photo: str) -> Iterator[Evidence]:
    """What the pages name that show the same picture or parts of it, and those that show one like it; in one group."""
    for kind, matches, what in (
        ("same_picture", ("same", "part"), "pages that show this picture or a part of it"),
        ("similar_picture", ("like",), "pages with pictures that look like this one"),
    ):
        places = places_named([hit for hit in hits if hit.match in matches], context.belief.atlas)
        if places:
            yield Evidence(
                kind=kind,
                witness="tool:reverse_image_search",
                statement=f"{what} name {counted(places)}",
                likelihood=agreement(places),
                level="city",
                group=f"reverse_image:{photo}",
            )
