"""The tool `show_picture`: shows a picture that an earlier result names."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from geoagent.errors import ToolUnavailable
from geoagent.tools.core.outside_views import outside_view
from geoagent.tools.core.picture_match import match_one
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.core.views import SHOWN_SIDE, find_view
from geoagent.tools.match_pictures import street_picture
from geoagent.web.pictures import decode
from geoagent.web.services.web_picture import WEB_PICTURE, read_web_picture

LISTING = ("street_pictures", "search_images", "reverse_image_search")


def show_picture(
    context: ToolContext,
    which: Annotated[
        str, Field(min_length=2, max_length=1000, description="number of a street picture, or address of a found page")
    ],
) -> ToolResult:
    """Show a picture that an earlier call found, to compare it with the photo by compare_views.

    It becomes a numbered view. What is in it is no clue of the photo. A street picture is compared with view 1 feature
    by feature; a fit is evidence.
    """
    listed = next((address for name, address in _found(context) if name == which), None)
    body = read_web_picture(context.wire, listed) if listed else context.wire.read(WEB_PICTURE, which).body
    if context.wire.is_shortcut(listed or which, body):
        raise ToolUnavailable("that picture is not shown in this run")
    picture = decode(body)
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    view = outside_view(context, picture, f"the picture {which}")
    text, data = f"view {view.number}: {view.outside}, shown next", {"view": view.number}
    placed = street_picture(context, which)
    if placed is None:
        return ToolResult(text=text, data=data, views=(view,))
    found = match_one(context, find_view(context, 1), picture, placed, "show_picture")
    return found.model_copy(update={"text": f"{text}; {found.text}", "data": {**data, **found.data}, "views": (view,)})


def _found(context: ToolContext) -> Iterator[tuple[str, str]]:
    """What earlier calls found: the number or page of each picture, and the picture's address."""
    for call in context.trace.calls:
        if call.tool not in LISTING or call.status != "ok":
            continue
        data: dict[str, Any] = call.data
        for row in [*(data.get("pictures") or ()), *(data.get("hits") or ())]:
            name, address = row.get("id") or row.get("page"), row.get("url") or row.get("picture")
            if isinstance(name, str) and isinstance(address, str) and address:
                yield name, address
