"""Makes evidence of the positions in the photos' files, and clues of clocks and headings; only where the user allows
it.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from geoagent.atlas import Atlas
from geoagent.case.evidence import Clue, Evidence, Spot
from geoagent.case.likelihood import Kernel
from geoagent.geo import Point, distance_km, unit_vectors
from geoagent.photo.metadata import Shot
from geoagent.plain_text import joined

FIX_KM = 0.02
"""The standard deviation of a satellite fix, along any direction, in km."""
SPOT_KM = 0.1
"""How far the photographer may have gone since the fix."""
TOGETHER_KM = 0.5
"""How far apart neighbouring positions of one place may lie."""


def position_trace(positions: Mapping[int, Point], atlas: Atlas) -> tuple[list[Clue], list[Evidence], list[Spot]]:
    """The clues, evidence and spots, in that order, that positions in the photos' files give.

    `positions` has the position of each photo by the photo's number, from 1. Positions at most `TOGETHER_KM` apart, or
    linked by such steps, are one place: their mean, as wide as they scatter.
    """
    clues = {
        number: Clue(
            kind="metadata", value=f"position in the file of photo {number}: {_written(point)}", view=number,
            witness="exif",
        )
        for number, point in positions.items()
    }  # fmt: skip
    evidence, cases = list[Evidence](), list[Spot]()
    for numbers in _together(positions):
        statement, case = _place({number: positions[number] for number in numbers}, clues, atlas)
        evidence.append(statement)
        cases.append(case)
    return list(clues.values()), evidence, cases


def shot_clues(shots: Mapping[int, Shot]) -> list[Clue]:
    """Clues from the offset of the camera's clock from UTC and from its compass heading, for each photo by number.

    A heading from magnetic north is told in words alone, without `heading_deg`: the direction of a shadow must not be
    reckoned from it.
    """
    found = []
    for number, shot in shots.items():
        common = {"kind": "metadata", "view": number, "witness": "exif"}
        if shot.offset is not None:
            said = f"the clock of the camera stood at UTC{shot.offset}"
            found.append(Clue.model_validate({**common, "value": said}))
        if shot.heading_deg is not None:
            north = "magnetic north" if shot.magnetic else "north"
            said = f"the camera looked towards {shot.heading_deg:.0f}°, clockwise from {north}"
            heading_deg = None if shot.magnetic else round(shot.heading_deg, 2) % 360
            found.append(Clue.model_validate({**common, "value": said, "heading_deg": heading_deg}))
    return found


def _together(positions: Mapping[int, Point]) -> Iterator[list[int]]:
    left = sorted(positions)
    while left:
        group = [left.pop(0)]
        for member in group:  # grows on the way
            group += [n for n in left if distance_km(positions[n], positions[member]) <= TOGETHER_KM]
            left = [n for n in left if n not in group]
        yield sorted(group)


def _place(positions: Mapping[int, Point], clues: Mapping[int, Clue], atlas: Atlas) -> tuple[Evidence, Spot]:
    """Positions of one place as evidence and as a spot at their mean.

    The evidence holds inside the country of the mean, however near the border is; the open sea is none, and neither is
    a country without a row.
    """
    mean = _mean(list(positions.values()))
    off_km = np.array([distance_km(mean, point) for point in positions.values()])
    here = atlas.at(mean)
    within = here.place.key.country_area if here.row is not None and here.place.key else None
    sigma_km = float(np.hypot(FIX_KM, np.sqrt((off_km**2).mean() / 2)))
    name = _written(mean)
    files = "the file of photo {} gives" if len(positions) == 1 else "the files of photos {} give, on average,"
    evidence = Evidence(
        kind="position", witness="exif",
        statement=f"{files.format(joined([str(number) for number in positions]))} the position {name}",
        likelihood=Kernel(lat=mean.lat, lon=mean.lon, sigma_km=sigma_km, within=within),
        level="point", group="position", clues=tuple(clues[number].id for number in positions),
    )  # fmt: skip
    return evidence, Spot(name=name, point=mean, radius_km=SPOT_KM + float(off_km.max()), evidence=evidence.id)


def _mean(points: list[Point]) -> Point:
    """The middle of points on the sphere, to a centimetre."""
    x, y, z = unit_vectors([point.lat for point in points], [point.lon for point in points]).mean(axis=0)
    lat, lon = np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))
    return Point(lat=round(float(lat), 7), lon=round(float(lon), 7))


def _written(point: Point) -> str:
    return f"{point.lat:.5f}, {point.lon:.5f}"
