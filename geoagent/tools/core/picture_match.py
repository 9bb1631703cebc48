"""Compares a picture whose place is known with a view of the photo feature by feature, and makes evidence of a fit."""

from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image

from geoagent.case.evidence import Evidence, Spot
from geoagent.case.views import View
from geoagent.errors import ImageError
from geoagent.gallery.trust import likelihood
from geoagent.geo import Point
from geoagent.photo.match_worth import TELLING, chance_of_same, times_likelier
from geoagent.photo.matching import Comparison, compare_features, find_features
from geoagent.tools.core.tool import ToolContext

NEAR_KM, FAR_KM = 0.1, 2.0
NEARBY = 0.85
"""How often two pictures of the same thing are taken within 0.1 km; else it is a tower or a hill, seen from further."""
REACH = 2.5


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


def match_evidence(view: View, matched: Sequence[Matched], tool: str) -> tuple[tuple[Evidence, ...], tuple[Spot, ...]]:
    """What pictures of known places say of where a view was taken: evidence and a spot for the one with most fitting
    features, if it shows the same thing; else two empty tuples.

    `matched` are all pictures that were compared, `tool` is the name of the tool. Pictures that do not fit speak
    against nothing, since they may look the other way.
    """
    best = max(matched, key=lambda one: one.inliers, default=None)
    if best is None or not best.tells:
        return (), ()
    chances = chances_of_match(chance_of_same(best.inliers, len(matched)))
    evidence = Evidence(
        kind="picture_match", witness=f"tool:{tool}", level="point", group=f"picture_match:{view.photo}",
        statement=f"view {view.number} shows the same thing as the picture {best.name}, taken at {best.point.lat:.5f}, "
        f"{best.point.lon:.5f}: {best.inliers} of their features fit one geometry",
        likelihood=likelihood(best.point.lat, best.point.lon, chances),
    )  # fmt: skip
    name = f"{best.point.lat:.5f}, {best.point.lon:.5f}"
    spot = Spot(name=name, point=best.point, radius_km=REACH * NEAR_KM, evidence=evidence.id)
    return (evidence,), (spot,)


def match_one(
    context: ToolContext, view: View, picture: Image.Image, placed: tuple[str, Point], tool: str
) -> tuple[str, tuple[Evidence, ...], tuple[Spot, ...]]:
    """One picture of a known place compared with a view: a sentence for the reasoner, then the evidence and the spots
    that it gives, empty where it does not fit.

    `placed` is the picture's name and the point where it was taken; `tool` is the name of the tool.
    """
    name, point = placed
    try:
        inliers = compared_with(context, view, picture, name).inliers
    except ImageError as error:
        return f"it was not compared: {error}", (), ()
    evidence, spots = match_evidence(view, [Matched(name, point, inliers)], tool)
    return told_of(inliers), evidence, spots
