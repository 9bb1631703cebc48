"""Reads evidence of a person's own from a file: `--evidence FILE`.

An item says who says it, how far that is to be believed, and where: at points, each with how far off it may be, or in
areas. So whatever else tells of a place (the address of a computer, radio, where a phone has been) needs no code here.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from geoagent.atlas import Atlas
from geoagent.atlas.place_in_words import one_place
from geoagent.case.evidence import Clue, Evidence, LevelName, Spot
from geoagent.case.likelihood import Areas, Kernel, Likelihood, Mixture
from geoagent.case.trace import Trace
from geoagent.errors import ConfigError, reason_of
from geoagent.files.foreign_tables import read_file
from geoagent.geo import AREA_LEVELS, Area, Point
from geoagent.plain_text import percent, printable

log = logging.getLogger(__name__)

WITNESS = "given"
MOST_BYTES = 1_000_000
MOST_FAULTS = 20
"""So many faults are told one by one."""
MOST_ITEMS, MOST_PLACES = 200, 2000
POINT_KM, MOST_SPOTS = 1.0, 20
"""A point that is at most so far off is a spot of its own, if it is among the most probable."""
WIDEST_SPOT = 2.45
"""The radius that holds 95 % of a Gaussian, in standard deviations."""
REACH_KM = 100.0
"""How far from all places of the atlas a point may lie, or nine times as far as it may be off."""
TOLD = 3

Share = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class GivenPoint(_Given):
    """A point of a file of evidence, in degrees; `km` is its standard deviation along any direction, `weight` its share
    relative to the item's other places.
    """

    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    lon: Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]
    km: Annotated[float, Field(gt=0, le=20_000, allow_inf_nan=False)]
    weight: Share = 1.0


class GivenArea(_Given):
    """An area of a file of evidence, by code ("FR", "SE.28") or path ("Lyon, France"); `weight` is its share relative
    to the item's other places.
    """

    area: Annotated[str, Field(min_length=1, max_length=200)]
    weight: Share = 1.0


class Item(_Given):
    """One item of a file of evidence: what one witness says about where, as points (`kernels`) or areas that exclude
    each other.

    `reliability`, between 0 and 1, is the probability that the witness is right.
    """

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"\S")]
    witness: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,39}$")]
    reliability: Annotated[float, Field(gt=0, lt=1)]
    kernels: list[GivenPoint] = Field(default_factory=list)
    areas: list[GivenArea] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_where(self) -> "Item":
        if not self.kernels and not self.areas:
            raise ValueError("needs kernels or areas")
        return self


class PlaceShare(NamedTuple):
    """One place of an item in a file of evidence: its likelihood, its share of the item (of 1), and its description in
    words.
    """

    likelihood: Areas | Kernel
    share: float
    told: str


def read_evidence(path: Path, atlas: Atlas) -> Trace:
    """The items of a file of evidence as records: a clue and a piece of evidence for each, and spots for points that
    are exact.

    The log tells each fault in a line of its own. Raises ConfigError where there is any, or the file cannot be read.
    """
    items, faults = _items(_data(path))
    found = []
    for number, item in items:
        parts, wrong = _parts(item, atlas)
        faults += [f"{_called(number, item.name)}{fault}" for fault in wrong]
        found.append((item, parts))
    for fault in faults[:MOST_FAULTS]:
        log.error("%s: %s", path.name, fault)
    if len(faults) > MOST_FAULTS:
        log.error("%s: and %d more", path.name, len(faults) - MOST_FAULTS)
    if faults:
        raise ConfigError(f"{path}: {len(faults)} fault{'s' * (len(faults) > 1)} in the evidence; nothing was solved")
    traces = [_as_trace(item, parts, path.name, atlas) for item, parts in found]
    return Trace(
        clues=tuple(clue for trace in traces for clue in trace.clues),
        evidence=tuple(piece for trace in traces for piece in trace.evidence),
        spots=tuple(spot for trace in traces for spot in trace.spots),
    )


def digest_of(path: Path) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a file of evidence. Raises ConfigError where it cannot be
    read.
    """
    return hashlib.sha256(read_file(path, MOST_BYTES)).hexdigest()[:16]


def _data(path: Path) -> list[Any]:
    try:
        data = json.loads(read_file(path, MOST_BYTES))
    except (ValueError, RecursionError) as error:  # bytes that are no text are a ValueError too
        raise ConfigError(f"{path}: not JSON: {printable(error)[:200]}; docs/priors.md shows the form") from error
    items = data if isinstance(data, list) else [data]
    if not items or len(items) > MOST_ITEMS:
        raise ConfigError(f"{path} holds {len(items)} items; 1 to {MOST_ITEMS} can be given")
    return items


def _items(data: list[Any]) -> tuple[list[tuple[int, Item]], list[str]]:
    """The items that have the right form, by number, and the faults of the others."""
    found, faults = list[tuple[int, Item]](), list[str]()
    for number, one in enumerate(data, 1):
        if not isinstance(one, dict):
            faults.append(f"{_called(number, None)}no object with name, witness, reliability and kernels or areas")
            continue
        try:
            found.append((number, Item.model_validate(one)))
        except ValidationError as error:
            for row in error.errors():
                where = ".".join(map(str, row["loc"]))
                faults.append(
                    f"{_called(number, one.get('name'))}{printable(where)[:80]}{': ' * bool(where)}{_said(row)}"
                )
    places = sum(len(item.kernels) + len(item.areas) for _, item in found)
    if places > MOST_PLACES:
        faults.append(f"{places} kernels and areas in all; at most {MOST_PLACES} can be given")
    return found, faults


def _said(fault: Mapping[str, Any]) -> str:
    return printable(reason_of(fault))[:200].lower()


def _called(number: int, name: Any) -> str:
    named = f" ({printable(name)[:40]})" if isinstance(name, str) and name.strip() else ""
    return f"item {number}{named}: "


def _parts(item: Item, atlas: Atlas) -> tuple[list[PlaceShare], list[str]]:
    """The places of an item, and what is wrong with them."""
    total = sum(point.weight for point in item.kernels) + sum(area.weight for area in item.areas)
    found, faults = list[PlaceShare](), list[str]()
    for point in item.kernels:
        kernel = _kernel(point, atlas)
        nearest = atlas.nearest(Point(lat=kernel.lat, lon=kernel.lon))
        told = f"{kernel.lat:.5g}, {kernel.lon:.5g} give or take {point.km:g} km"
        if nearest is not None and nearest[1] > max(REACH_KM, 9 * point.km):
            faults.append(f"{told}: no place of the atlas lies there, but open sea; widen km or correct the point")
        found.append(PlaceShare(kernel, point.weight / total, told))
    for area in item.areas:
        try:
            key = _area(area.area, atlas)
        except ConfigError as error:
            faults.append(f"area: {error}")
            continue
        found.append(PlaceShare(Areas(weights={key: 1.0}), area.weight / total, str(atlas.path(key))))
    return found, faults


def _kernel(point: GivenPoint, atlas: Atlas) -> Kernel:
    """A point as a kernel; one that is exact lies in its country, however near the border is."""
    place = Point(lat=point.lat, lon=point.lon)
    here = atlas.at(place) if point.km <= POINT_KM else None
    within = here.place.key.country_area if here and here.row is not None and here.place.key else None
    return Kernel(lat=place.lat, lon=place.lon, sigma_km=point.km, within=within)


def _area(text: str, atlas: Atlas) -> Area:
    """The area that a code or a path means. Raises ConfigError for none and for several."""
    try:
        area = Area.parse(text.strip())
    except ValueError:
        area = None
    if area is not None and (atlas.knows(area) or atlas.row_of(area) is not None):
        return area
    found = one_place(atlas, text)
    if found.exact or found.area is None:
        raise ConfigError(f"{printable(text)[:80]!r} is a point; give it as a kernel")
    return found.area


def _as_trace(item: Item, parts: list[PlaceShare], file: str, atlas: Atlas) -> Trace:
    """An item as a clue, a piece of evidence and spots."""
    name, witness = printable(item.name), f"{WITNESS}:{item.witness}"
    clue = Clue(kind="other", value=f"{name}, from the file {printable(file)[:200]}", witness=witness)
    parts = sorted(parts, key=lambda part: -part.share)
    told = "; ".join(f"{part.told}, {percent(part.share)}" if len(parts) > 1 else part.told for part in parts[:TOLD])
    more = f"; and {len(parts) - TOLD} more" if len(parts) > TOLD else ""
    mixed: tuple[tuple[float, Likelihood], ...] = tuple(
        (item.reliability * part.share, part.likelihood) for part in parts
    )
    evidence = Evidence(
        kind="given", witness=witness, statement=f"{name}, as {item.witness} gives it: {told}{more}",
        likelihood=Mixture(parts=mixed), level=_level(parts), group=witness, clues=(clue.id,), quote=name,
    )  # fmt: skip
    return Trace(clues=(clue,), evidence=(evidence,), spots=tuple(_spots(parts, evidence)))


def _level(parts: list[PlaceShare]) -> LevelName:
    """The finest level that an item speaks of."""
    areas = [area for part in parts if isinstance(part.likelihood, Areas) for area in part.likelihood.weights]
    if len(areas) < len(parts):
        return "point"
    return max((area.level for area in areas), key=AREA_LEVELS.index)


def _spots(parts: list[PlaceShare], evidence: Evidence) -> Iterator[Spot]:
    """A spot for each of the most probable points that are exact."""
    kernels = [part.likelihood for part in parts if isinstance(part.likelihood, Kernel)]
    for kernel in [kernel for kernel in kernels if kernel.sigma_km <= POINT_KM][:MOST_SPOTS]:
        point = Point(lat=kernel.lat, lon=kernel.lon)
        radius_km = max(WIDEST_SPOT * kernel.sigma_km, 0.01)
        yield Spot(name=f"{point.lat:.5f}, {point.lon:.5f}", point=point, radius_km=radius_km, evidence=evidence.id)
