"""The tool `zoom_map`: searches for the place of a photo from above, from the leading region down; the model chooses
cells of a mosaic of map pictures.
"""

import math
from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pydantic import Field

from geoagent.belief.readout import levels, rank_divisions
from geoagent.case.evidence import Evidence, LevelName, Spot
from geoagent.case.likelihood import Patch, Patches
from geoagent.errors import ToolInputError
from geoagent.geo import EARTH_RADIUS_KM, Floats, Point
from geoagent.plain_text import joined
from geoagent.tools.core.outside_views import outside_view
from geoagent.tools.core.searched_region import prior_of, where_in_patches
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.web.services.tiles import (
    MAP_TILES,
    MAX_ZOOM,
    SATELLITE_TILES,
    TILE_PX,
    Tile,
    bounds_of,
    tile_at,
    tile_picture,
)

NAME = "zoom_map"
MOST_LEVELS, BEAM = 6, 3
ACROSS = 4
"""Cells in each direction of a panel, which is made of two tiles in each direction."""
FOUND = 0.85
"""How often the right cell is among those that a model chooses, if it is shown at all; by judgement."""
MIDDLE = (0.02, 0.98)
"""Which part of a region, by belief and by prior, the first panel shows at least, west to east and south to north."""
SPOT_KM = 1.5
"""A cell at most so wide is a spot of its own."""
SHARE_BY_RANK = (5.0, 2.0, 1.0)
"""How much likelier a cell that is chosen first is than those chosen after it; by judgement."""
COARSE = ("country", "region")
REGION_KM = 60.0
"""A choice among cells at least so wide repeats the model's opinion of country and region, and is in its group."""
Kind = Literal["satellite", "map"]
PROVIDERS = {"satellite": SATELLITE_TILES, "map": MAP_TILES}


class Shown(NamedTuple):
    """What an earlier call of `zoom_map` showed: its level from 1 (the widest), its kind of map, and the cells of its
    mosaic in the order of their numbers from 1.
    """

    level: int
    kind: Kind
    cells: list[Tile]


def zoom_map(
    context: ToolContext,
    view: Annotated[int | None, Field(ge=1, le=999, description="the mosaic to choose from; none begins")] = None,
    choose: Annotated[
        list[int] | None, Field(min_length=1, max_length=BEAM, description="cells of it, the likeliest first")
    ] = None,
    kind: Annotated[Kind, Field(description="seen from above, or drawn")] = "satellite",
) -> ToolResult:
    """Search for the photo's place from above: first a mosaic of the leading region in numbered cells; then choose up
    to three cells whose roads, water, fields and buildings could be those of the photo, and these are shown larger.
    Each choice is evidence, down to six levels. Choose only what the photo lets you tell; stop where it does not.
    """
    if view is None and choose is None:
        return _show(context, [_first_panel(context)], 1, kind, ())
    if view is None or choose is None:
        raise ToolInputError("give both the view of a mosaic and the cells that you choose in it, or neither to begin")
    before = _mosaic(context, view)
    wrong = [number for number in choose if not 1 <= number <= len(before.cells)]
    if wrong or len(set(choose)) < len(choose):
        raise ToolInputError(f"choose different cells from 1 to {len(before.cells)}")
    chosen = [before.cells[number - 1] for number in choose]
    evidence, spots = _observation(context, before, chosen)
    deepest = before.level >= MOST_LEVELS or chosen[0].zoom + 1 > MAX_ZOOM
    if deepest:
        return ToolResult(
            text=f"noted: {evidence.statement}; this was the last level", evidence=(evidence,), spots=spots,
            data={"view": None, "level": before.level, "kind": before.kind, "cells": []},
        )  # fmt: skip
    shown = _show(context, chosen, before.level + 1, before.kind, (evidence,))
    return shown.model_copy(update={"spots": spots})


def _mosaic(context: ToolContext, view: int) -> Shown:
    """What an earlier call showed in a view. Raises ToolInputError where that is no mosaic."""
    made = [call.data for call in context.trace.calls if call.tool == NAME and call.status == "ok"]
    data = next((data for data in made if data["view"] == view), None)
    if data is None:
        raise ToolInputError(f"view {view} is no mosaic of zoom_map; call it without view and choose to begin")
    return Shown(data["level"], data["kind"], [Tile(*cell) for cell in data["cells"]])


def _first_panel(context: ToolContext) -> Tile:
    """The smallest tile whose surroundings of two by two tiles hold the leading region, or the country if no more is
    known; not only its leading town, which may be wrong.
    """
    belief, atlas = context.belief, context.belief.atlas
    stated = [level.code for level in levels(belief) if level.stated and level.code and level.level in COARSE]
    rows = np.flatnonzero(atlas.rows(stated[-1] if stated else rank_divisions(belief, 1)[0].key))
    weight = belief.probability[rows] / belief.probability[rows].sum() + atlas.prior[rows] / atlas.prior[rows].sum()
    south, north = _middle(atlas.lat[rows], weight)
    west, east = _middle(atlas.lon[rows], weight)
    for zoom in range(MAX_ZOOM - 1, 0, -1):
        first, last = tile_at(Point(lat=north, lon=west), zoom), tile_at(Point(lat=south, lon=east), zoom)
        if last.x - first.x <= 1 and last.y - first.y <= 1:
            return first
    return Tile(1, 0, 0)


def _middle(values: Floats, weight: Floats) -> tuple[float, float]:
    """Between which values the middle part of a weight lies."""
    order = np.argsort(values, kind="stable")
    held = np.cumsum(weight[order]) / weight.sum()
    low, high = (values[order[min(int(np.searchsorted(held, share)), len(order) - 1)]] for share in MIDDLE)
    return float(low), float(high)


def _show(
    context: ToolContext, panels: Sequence[Tile], level: int, kind: Kind, evidence: tuple[Evidence, ...]
) -> ToolResult:
    """The panels of a level beside each other, as a view of numbered cells."""
    corners = [panel if level == 1 else Tile(panel.zoom + 1, 2 * panel.x, 2 * panel.y) for panel in panels]
    cells = [cell for corner in corners for cell in _cells(corner)]
    side = 2 * TILE_PX
    mosaic = Image.new("RGB", (side * len(corners), side), "white")
    for number, corner in enumerate(corners):
        for right in (0, 1):
            for down in (0, 1):
                tile = Tile(corner.zoom, (corner.x + right) % 2**corner.zoom, corner.y + down)
                if tile.y < 2**corner.zoom:
                    picture = tile_picture(context.wire, PROVIDERS[kind], tile)
                    mosaic.paste(picture, (side * number + right * TILE_PX, down * TILE_PX))
    _number(mosaic, len(cells))
    wide = _across_km(cells[0])
    told = f"a mosaic from above, level {level}, cells 1 to {len(cells)} of {wide:.3g} km"
    view = outside_view(context, mosaic, told)
    noted = f"noted: {evidence[0].statement}; " if evidence else ""
    return ToolResult(
        text=f"{noted}view {view.number}: {told}, north up, shown next; choose in view {view.number}, or stop here",
        data={"view": view.number, "level": level, "kind": kind, "cells": [list(cell) for cell in cells]},
        views=(view,), evidence=evidence,
    )  # fmt: skip


def _cells(corner: Tile) -> list[Tile]:
    """The cells of a panel, row by row: quarters of its tiles; what would lie beyond the pole is left out."""
    zoom = corner.zoom + 1
    return [
        Tile(zoom, (2 * corner.x + column) % 2**zoom, 2 * corner.y + row)
        for row in range(ACROSS)
        for column in range(ACROSS)
        if 2 * corner.y + row < 2**zoom
    ]


def _number(mosaic: Image.Image, count: int) -> None:
    """Lines between the cells, and their numbers in the upper left corner."""
    draw, cell = ImageDraw.Draw(mosaic), 2 * TILE_PX // ACROSS
    font = ImageFont.load_default(18)
    for number in range(count):
        panel, place = divmod(number, ACROSS * ACROSS)
        row, column = divmod(place, ACROSS)
        left, top = panel * 2 * TILE_PX + column * cell, row * cell
        draw.rectangle((left, top, left + cell - 1, top + cell - 1), outline="yellow")
        name = str(number + 1)
        draw.rectangle((left + 1, top + 1, left + 8 + 11 * len(name), top + 22), fill="black")
        draw.text((left + 4, top + 1), name, fill="yellow", font=font)


def _observation(context: ToolContext, shown: Shown, chosen: Sequence[Tile]) -> tuple[Evidence, tuple[Spot, ...]]:
    """A choice as evidence: where in what was shown the photo was taken, not whether it was taken there.

    A choice among wide cells shares the model's opinion, one among smaller cells is an observation of its own. It
    replaces the choices of an earlier search from this level on.
    """
    atlas = context.belief.atlas
    whole = Patches(parts=tuple(map(patch_of, shown.cells)))
    parts = [Patches(parts=(patch_of(cell),)) for cell in chosen]
    if any(prior_of(part, atlas) <= 0 for part in parts):
        raise ToolInputError("one of these cells is open sea, where the atlas has no place; choose others")
    shares = [rank / sum(SHARE_BY_RANK[: len(chosen)]) for rank in SHARE_BY_RANK[: len(chosen)]]
    found = [(FOUND * share, part) for share, part in zip(shares, parts, strict=True)]
    earlier, wide = _earlier(context, shown.level), _across_km(chosen[0])
    level = _level(wide)
    middles = joined([f"{_middle_of(cell).lat:.4g}, {_middle_of(cell).lon:.4g}" for cell in chosen])
    evidence = Evidence(
        kind=NAME, witness=context.witness, level=level, supersedes=earlier or None,
        group=f"opinion:{context.witness}" if level in COARSE else f"{NAME}:{shown.level}",
        statement=f"seen from above, the photo fits cells of {wide:.3g} km round {middles}",
        likelihood=where_in_patches(whole, atlas, found),
    )  # fmt: skip
    spots = tuple(
        Spot(
            name=f"{middle.lat:.5f}, {middle.lon:.5f}", point=middle, radius_km=wide / math.sqrt(2),
            evidence=evidence.id,
        )
        for middle in (map(_middle_of, chosen) if wide <= SPOT_KM else ())
    )  # fmt: skip
    return evidence, spots


def _earlier(context: ToolContext, level: int) -> tuple[str, ...]:
    """The ids of the evidence that the model's earlier choices from a level on gave.

    A call that shows a mosaic chose in the level before it.
    """
    finer = {
        call.id
        for call in context.trace.calls
        if call.tool == NAME and call.status == "ok" and call.data["level"] - (call.data["view"] is not None) >= level
    }
    return tuple(
        item.id
        for item in context.trace.evidence
        if item.kind == NAME and item.witness == context.witness and item.call in finer
    )


def _level(wide_km: float) -> LevelName:
    return "region" if wide_km >= REGION_KM else "city" if wide_km > 2 else "point"


def patch_of(cell: Tile) -> Patch:
    """The rectangle on the ground, between latitudes and longitudes in degrees, that a cell (a map tile) covers."""
    south, west, north, east = bounds_of(cell)
    return Patch(south=south, west=west, north=north, east=east)


def _middle_of(cell: Tile) -> Point:
    south, west, north, east = bounds_of(cell)
    return Point(lat=(south + north) / 2, lon=(west + east) / 2)


def _across_km(cell: Tile) -> float:
    """How wide a cell is on the ground."""
    _, west, _, east = bounds_of(cell)
    return math.radians(east - west) * EARTH_RADIUS_KM * math.cos(math.radians(_middle_of(cell).lat))
