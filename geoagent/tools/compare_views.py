"""The tool `compare_views`: shows two views beside each other in one picture."""

from geoagent.case.views import View
from geoagent.errors import ToolInputError
from geoagent.photo.rendering import places_beside, size_beside
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.core.views import SHOWN_SIDE, ViewNumber, find_single, next_number, picture_of


def compare_views(context: ToolContext, first: ViewNumber, second: ViewNumber) -> ToolResult:
    """Show two views side by side in one picture, to compare what is in them. It becomes a new numbered view."""
    if first == second:
        raise ToolInputError(f"that is view {first} twice; name two views")
    pair = find_single(context, first), find_single(context, second)
    one, other = (view.model_copy(update={"of": picture_of(context, view)}) for view in pair)
    width, height = size_beside((one.width, one.height), (other.width, other.height), SHOWN_SIDE)
    new = View(
        number=next_number(context), photo=one.photo, source=first, width=width, height=height, beside=(one, other)
    )
    places = places_beside(new)
    where = "left, {} right" if places[1][0] > 0 else "above, {} below"
    text = f"view {new.number}: view {first} {where.format(f'view {second}')}, shown next"
    return ToolResult(text=text, data={"view": new.number}, views=(new,))
