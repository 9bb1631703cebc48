"""What a search of a region says of where in it the photo was taken, not whether it was taken there."""

import math
from collections.abc import Sequence

from geoagent.atlas import Atlas
from geoagent.belief.density import every_row, in_patches
from geoagent.case.likelihood import Likelihood, Mixture, Patch, Patches
from geoagent.geo import KM_PER_DEG, Point


def where_in(
    region: Likelihood, outside: Likelihood, prior: float, found: Sequence[tuple[float, Likelihood]]
) -> Mixture:
    """The places `found` in a region, each with its share of it; what the shares leave of 1 is anywhere in the region.

    `prior` is the probability of the region beforehand, which it keeps, and `outside` a likelihood of 1 in the rest of
    the world.
    """
    left = max(0.0, 1.0 - math.fsum(share for share, _ in found))
    places = tuple((prior * share, place) for share, place in found)
    return Mixture(parts=(*places, (prior * left, region), (1 - prior, outside)))


def where_in_patches(region: Patches, atlas: Atlas, found: Sequence[tuple[float, Likelihood]]) -> Mixture:
    """As `where_in`, of a region made of rectangles, in which the atlas must have places (`prior_of`)."""
    nothing = tuple(part.model_copy(update={"weight": 0.0}) for part in region.parts)
    return where_in(region, Patches(parts=nothing, elsewhere=1.0), prior_of(region, atlas), found)


def prior_of(region: Patches, atlas: Atlas) -> float:
    """The probability beforehand of a region made of rectangles; 0 where the atlas has no place near it."""
    return math.fsum(atlas.prior * in_patches(region, every_row(atlas)))


def square_around(centre: Point, half_km: float) -> Patches:
    """The square round a point, of twice `half_km` on each side; on both sides of the 180th meridian two rectangles."""
    high = half_km / KM_PER_DEG
    south, north = max(-90.0, centre.lat - high), min(90.0, centre.lat + high)
    wide = min(180.0, high / max(0.05, math.cos(math.radians(centre.lat))))
    west, east = centre.lon - wide, centre.lon + wide
    spans = [(max(west, -180.0), min(east, 180.0))]
    spans += [(west + 360.0, 180.0)] if west < -180.0 else [(-180.0, east - 360.0)] if east > 180.0 else []
    return Patches(parts=tuple(Patch(south=south, north=north, west=left, east=right) for left, right in spans))
