"""Makes evidence of coordinates that are written in a photo: on a sign, or stamped on the picture by a camera."""

from collections.abc import Iterator, Sequence

from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import Kernel, Mixture
from geoagent.geo import Point
from geoagent.reading.coordinates import SURE, Half, find_half, find_positions, joined

LEAST_KM = 0.3
"""The least spread of a photo round the coordinates that it shows."""
SIGN_KM = 3.0
"""The spread round coordinates on a sign, which may speak of a place nearby."""


def read_positions(texts: Sequence[Clue]) -> Iterator[Evidence]:
    """One piece of evidence for each point that the texts write as coordinates.

    A latitude and a longitude in two lines of one photo make one point.
    """
    halves: dict[int | None, list[tuple[Half, Clue]]] = {}
    told = set[tuple[float, float]]()
    for clue in texts:
        positions = find_positions(clue.value)
        for position in positions:
            where = (round(position.point.lat, 3), round(position.point.lon, 3))
            if where not in told:
                told.add(where)
                spread = max(position.within_km, LEAST_KM if position.stamp else SIGN_KM)
                yield _evidence((clue,), position.text, position.point, spread, position.chance, stamp=position.stamp)
        half = None if positions else find_half(clue.value)
        if half:
            halves.setdefault(clue.view, []).append((half, clue))
    for members in halves.values():
        if len(members) == 2:
            (first, one), (second, other) = members
            point = joined(first, second)
            if point:
                spread = max(first.within_km, second.within_km, LEAST_KM)
                yield _evidence((one, other), f"{one.value} {other.value}", point, spread, SURE, stamp=True)


def without_stamps(evidence: Sequence[Evidence], no_shortcuts: bool) -> list[Evidence]:
    """The evidence; with `no_shortcuts`, without what a camera stamped on the picture."""
    return [item for item in evidence if not (no_shortcuts and item.kind == "stamp")]


def _evidence(
    clues: tuple[Clue, ...], text: str, point: Point, spread_km: float, chance: float, *, stamp: bool
) -> Evidence:
    whose = "a camera's stamp on the picture" if stamp else "coordinates in the photo"
    kernel = Kernel(lat=point.lat, lon=point.lon, sigma_km=round(spread_km, 3))
    return Evidence(
        kind="stamp" if stamp else "coordinates",
        witness=clues[0].witness,
        statement=f'"{text[:100]}": {whose}, {point.lat:.4f}, {point.lon:.4f}',
        likelihood=Mixture(parts=((chance, kernel),)),
        level="city",
        group="position",
        clues=tuple(clue.id for clue in clues),
        quote=text[:200],
    )
