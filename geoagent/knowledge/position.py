"""From the position in a photo's file to evidence; only where the user allows it."""

from geoagent.atlas import Atlas
from geoagent.evidence import Case, Clue, Evidence
from geoagent.geo import Point
from geoagent.likelihood import Kernel

FIX_KM = 0.02
"""The standard deviation of a satellite fix, along any direction, in km."""
CASE_KM = 0.1
"""How far the photographer may have gone since the fix."""


def position_trace(point: Point, photo: int, atlas: Atlas) -> tuple[Clue, Evidence, Case]:
    """The position in the file of a photo as a clue, as evidence, and as a case at the point.

    It holds inside the area that it lies in, however near the border is; the open sea is no area.
    """
    name = f"{point.lat:.5f}, {point.lon:.5f}"
    clue = Clue(kind="metadata", value=f"position in the file of photo {photo}: {name}", view=photo, witness="exif")
    here = atlas.at(point)
    within = here.place.key if here.row is not None else None
    likelihood = Kernel(lat=point.lat, lon=point.lon, sigma_km=FIX_KM, within=within)
    evidence = Evidence(
        kind="position", witness="exif", statement=f"the file of photo {photo} gives the position {name}",
        likelihood=likelihood, level="point", group="position", clues=(clue.id,),
    )  # fmt: skip
    return clue, evidence, Case(name=name, point=point, radius_km=CASE_KM, evidence=evidence.id)
