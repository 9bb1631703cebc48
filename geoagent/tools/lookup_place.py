"""Look up a place by name."""

from typing import Annotated

from pydantic import Field

from geoagent.atlas import Atlas, Named
from geoagent.evidence import Clue, Evidence
from geoagent.knowledge.reading import toponym_group
from geoagent.knowledge.toponyms import toponym_likelihood
from geoagent.tools.tool import ToolContext, ToolResult
from geoagent.atlas_build import fold

SHOWN = 8


def lookup_place(
    context: ToolContext,
    name: Annotated[str, Field(min_length=2, max_length=80, description="name of a country, region, city or village")],
    within: Annotated[str | None, Field(max_length=80, description="only inside this country")] = None,
    clue: Annotated[str | None, Field(max_length=20, description="id of the text clue that shows the name")] = None,
) -> ToolResult:
    """Find places by name, in any script, with country, population and coordinates.

    Give the id of the clue in which the name is readable: then the readings count as evidence. A name that is not
    readable in the photo can be looked up too, but proves nothing.
    """
    atlas = context.belief.atlas
    country = atlas.resolve(within) if within else None
    named = atlas.named(name)
    places = [p for p in named if country is None or atlas.countries[atlas.country[p.row]] == country[:2]]
    rows = [place.row for place in places]
    areas = [k for k in atlas.areas_named(name) if country is None or k.startswith(country[:2])]
    if not rows and not areas:
        return ToolResult(text=f"no place named {name!r} is known{f' in {within}' if within else ''}", data=[])
    lines = [f"{atlas.path(key)} ({'country' if '.' not in key else 'region'})" for key in areas[:SHOWN]]
    lines += [_describe(atlas, row) for row in rows[:SHOWN]]
    more = len(rows) - SHOWN
    data = [{"key": key} for key in areas[:SHOWN]] + [
        {"name": atlas.name(r), "key": atlas.city_key(r), "lat": float(atlas.lat[r]), "lon": float(atlas.lon[r])}
        for r in rows[:SHOWN]
    ]
    source = _source(context, name, clue)
    evidence = (_evidence(atlas, places, name, source),) if source and rows else ()
    return ToolResult(text="; ".join(lines) + (f"; and {more} more" if more > 0 else ""), data=data, evidence=evidence)


def _describe(atlas: Atlas, row: int) -> str:
    place = atlas.at_row(row)
    return f"{place}, population {atlas.population[row]:,}, at {atlas.lat[row]:.4f}, {atlas.lon[row]:.4f}"


def _source(context: ToolContext, name: str, clue: str | None) -> Clue | None:
    """The cited clue, if the name really stands in it."""
    found = next((c for c in context.trace.clues if c.id == clue and c.kind in ("text", "sign", "plate")), None)
    return found if found is not None and f" {fold(name)} " in f" {fold(found.value)} " else None


def _evidence(atlas: Atlas, places: list[Named], name: str, clue: Clue) -> Evidence:
    """Readings of the name. What only the model has read shares the group of the model's opinion."""
    family = clue.witness.partition(":")[0]
    return Evidence(
        kind="toponym",
        witness=clue.witness,
        statement=f'"{name}", read in the photo, is the name of {len(places)} known place{"s" * (len(places) > 1)}',
        likelihood=toponym_likelihood(atlas, places, weight=0.8),
        level="city",
        group=f"opinion:{clue.witness}" if family == "vlm" else toponym_group(name),
        clues=(clue.id,),
    )
