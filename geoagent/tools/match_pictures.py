"""The tool `match_pictures`: compares two views feature by feature, to tell whether they show the same thing."""

from collections.abc import Sequence

from geoagent.case.views import PhotoRef, View
from geoagent.errors import ImageError, ToolInputError
from geoagent.geo import Point
from geoagent.photo.match_worth import times_likelier
from geoagent.tools.core.picture_match import Matched, compared_data, compared_with, match_evidence, told_of
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.core.views import ViewNumber, check_own, find_single, picture_of


def match_pictures(context: ToolContext, view: ViewNumber, other: ViewNumber) -> ToolResult:
    """Say whether two views show the same thing, by details that fit one geometry.

    `other` is a picture from outside or another photo. Of a street picture whose place is known a fit is evidence.
    """
    if view == other:
        raise ToolInputError(f"that is view {view} twice; name two views")
    check_own(context, view)
    own, against = find_single(context, view), find_single(context, other)
    picture = context.photos.render(picture_of(context, against), against)
    try:
        found = compared_with(context, own, picture, f"view {other}")
    except ImageError as error:
        raise ToolInputError(str(error)) from error
    placed = position_of(context, against)
    matched = Matched(*placed, found.inliers) if placed else None
    evidence, spots = match_evidence(context, own, matched, "match_pictures") if matched else ((), ())
    data = {
        **(compared_data(own, matched) if matched else {"inliers": found.inliers}),
        "pairs": len(found.fits),
        "times_likelier": round(times_likelier(found.inliers), 2),
    }
    return ToolResult(text=f"view {other}: {told_of(found.inliers)}", data=data, evidence=evidence, spots=spots)


def has_several(refs: Sequence[PhotoRef]) -> bool:
    """Whether a case has several photos, which can be compared; a street picture is compared when it is shown."""
    return len(refs) > 1


def position_of(context: ToolContext, view: View) -> tuple[str, Point] | None:
    """The number and the place of the street picture that a view shows; None where the view shows anything else."""
    shown = next(
        (c.arguments.get("which") for c in context.trace.calls if c.tool == "show_picture" and _shows(c.data, view)),
        None,
    )
    return street_picture(context, shown) if isinstance(shown, str) else None


def _shows(data: object, view: View) -> bool:
    return isinstance(data, dict) and view.outside is not None and data.get("view") in (view.number, view.source)


def street_picture(context: ToolContext, number: str) -> tuple[str, Point] | None:
    """The street picture with a number, as its number and its place, if an earlier call of `street_pictures` listed it;
    None otherwise.
    """
    for call in context.trace.calls:
        if call.tool == "street_pictures" and call.status == "ok" and isinstance(call.data, dict):
            for row in call.data.get("pictures", ()):
                if row["id"] == number:
                    return number, Point.model_validate(row["point"])
    return None
