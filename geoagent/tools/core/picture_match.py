"""Compares a picture whose place is known with a view of the photo feature by feature, and makes evidence of a fit."""

from typing import Any, NamedTuple

from PIL import Image

from geoagent.belief import current
from geoagent.case.evidence import Evidence, Spot
from geoagent.case.likelihood import Kernel, Mixture, Statement
from geoagent.case.views import View
from geoagent.errors import ImageError
from geoagent.gallery.trust import likelihood
from geoagent.geo import Point
from geoagent.photo.match_worth import TELLING, chance_of_same, times_likelier
from geoagent.photo.matching import Comparison, compare_features, find_features
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.core.views import observation_of

NEAR_KM, FAR_KM = 0.1, 2.0
NEARBY = 0.85
"""How often two pictures of the same thing are taken within 0.1 km; else it is a tower or a hill, seen from further."""
REACH = 2.5
KIND, COMPARING = "picture_match", ("show_picture", "match_pictures")


class Matched(NamedTuple):
    """A picture of a known place that was compared with the photo: its `name`, the `point` where it was taken, and how
    many pairs of features fit one geometry (`inliers`).
    """

    name: str
    point: Point
    inliers: int

    @property
    def tells(self) -> bool:
        """Whether enough pairs of features fit to say that picture and photo show the same thing."""
        return times_likelier(self.inliers) >= TELLING


def compared_with(context: ToolContext, view: View, picture: Image.Image, name: str) -> Comparison:
    """A picture, called `name`, compared feature by feature with a view of the photo. Raises ImageError where one of
    them shows too few features.
    """
    photo = context.photos.render(context.refs[view.photo], view)
    return compare_features(find_features(photo, f"view {view.number}"), find_features(picture, name))


def told_of(inliers: int) -> str:
    """A sentence on what it says of a picture that `inliers` pairs of its features fit those of the photo."""
    if times_likelier(inliers) >= TELLING:
        return f"{inliers} of its features fit those of the photo in one geometry: it shows the same thing"
    return f"{inliers} of its features fit those of the photo, which says nothing of the place"


def chances_of_match(chance: float) -> dict[float, float]:
    """For two radii in km the probability that the photo was taken within them of a picture; `chance` is the
    probability that both show the same thing.
    """
    return {NEAR_KM: NEARBY * chance, FAR_KM: chance}


def compared_data(view: View, matched: Matched) -> dict[str, Any]:
    """What the data of a call keeps of a comparison, by which later calls know what was compared before."""
    return {"picture": matched.name, "photo": view.photo, "inliers": matched.inliers}


def match_evidence(
    context: ToolContext, view: View, matched: Matched, tool: str
) -> tuple[tuple[Evidence, ...], tuple[Spot, ...]]:
    """What a picture of a known place says of where a view was taken: evidence and a spot, if it shows the same thing;
    else two empty tuples.

    `tool` is the name of the tool. It is one of all pictures that were compared with the photo so far. A picture that
    was compared before counts once, as it fitted best. Pictures that do not fit speak against nothing, since they may
    look the other way.
    """
    if not matched.tells:
        return (), ()
    seen = observation_of(context, view.photo)
    point, group = matched.point, f"picture_match:{seen}"
    chance = chance_of_same(matched.inliers, len(_compared_before(context, seen) | {matched.name}))
    said = likelihood(point.lat, point.lon, chances_of_match(chance))
    earlier = _earlier(context, group, point)
    if any(_chance(item.likelihood) > _chance(said) for item in earlier):
        return (), ()
    evidence = Evidence(
        kind=KIND, witness=f"tool:{tool}", level="point", group=group,
        statement=f"view {view.number} shows the same thing as the picture {matched.name}, taken at {point.lat:.5f}, "
        f"{point.lon:.5f}: {matched.inliers} of their features fit one geometry",
        likelihood=said, supersedes=tuple(item.id for item in earlier) or None,
    )  # fmt: skip
    return (evidence,), (spot_of_match(point, NEAR_KM, evidence),)


def spot_of_match(point: Point, radius_km: float, evidence: Evidence) -> Spot:
    """The spot of a picture that shows the same thing, was taken at a point, and within a radius of which the photo was
    probably taken. It reaches as far as its kernel, so that it and not the rows around take its mass.
    """
    name = f"{point.lat:.5f}, {point.lon:.5f}"
    return Spot(name=name, point=point, radius_km=REACH * radius_km, evidence=evidence.id)


def _compared_before(context: ToolContext, seen: int) -> set[str]:
    """The names of the pictures of known places that earlier calls compared with a photo or its film."""
    return {
        call.data["picture"]
        for call in context.trace.calls
        if call.tool in COMPARING and isinstance(call.data, dict) and "picture" in call.data
        if observation_of(context, call.data["photo"]) == seen
    }


def _earlier(context: ToolContext, group: str, point: Point) -> list[Evidence]:
    """The evidence that the same comparison gave before."""
    return [
        item
        for item in current(context.trace.evidence)
        if (item.kind, item.group) == (KIND, group) and _point_of(item.likelihood) == point
    ]


def _point_of(said: Statement) -> Point | None:
    kernel = said.parts[0][1] if isinstance(said, Mixture) else None
    return Point(lat=kernel.lat, lon=kernel.lon) if isinstance(kernel, Kernel) else None


def _chance(said: Statement) -> float:
    return sum(weight for weight, _ in said.parts) if isinstance(said, Mixture) else 0.0


def match_one(
    context: ToolContext, view: View, picture: Image.Image, placed: tuple[str, Point], tool: str
) -> ToolResult:
    """One picture of a known place compared with a view: a sentence for the reasoner, with the evidence and the spots
    that it gives, none where it does not fit.

    `placed` is the picture's name and the point where it was taken; `tool` is the name of the tool.
    """
    try:
        matched = Matched(*placed, compared_with(context, view, picture, placed[0]).inliers)
    except ImageError as error:
        return ToolResult(text=f"it was not compared: {error}", data={})
    evidence, spots = match_evidence(context, view, matched, tool)
    data = compared_data(view, matched)
    return ToolResult(text=told_of(matched.inliers), data=data, evidence=evidence, spots=spots)
