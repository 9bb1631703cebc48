"""The tool `lookup_place`: finds places of the atlas by name."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from geoagent.atlas import Atlas
from geoagent.atlas.place_path import Found, find_path
from geoagent.case.evidence import Evidence
from geoagent.errors import ToolInputError
from geoagent.geo import Area
from geoagent.plain_text import fold, printable
from geoagent.reading.names.toponyms import find_toponyms, toponym_likelihood
from geoagent.reading.texts import toponym_group
from geoagent.tools.core.cited_texts import CITED, LONGEST, quoted_text
from geoagent.tools.core.tool import ToolContext, ToolResult

SHOWN = 8


def lookup_place(
    context: ToolContext,
    name: Annotated[
        str, Field(min_length=2, max_length=120, description="name of a country, region, city or village; or a path")
    ],
    within: Annotated[str | None, Field(max_length=80, description="only inside this country or region")] = None,
    clue: Annotated[str | None, Field(max_length=LONGEST, description=CITED)] = None,
) -> ToolResult:
    """Find places by name, in any script, with country, population and coordinates.

    A path such as "Tiergarten, Berlin" narrows the search; names that are spelt wrongly or in another way are found
    too. With `clue` its readings count as evidence; any other name proves nothing.
    """
    atlas = context.belief.atlas
    found = find_path(atlas, name, _searched(atlas, within) if within else None)
    rows = [place.row for place in found.places]
    if not rows and not found.areas:
        where = f" in {printable(within)}" if within else ""
        unknown = f"no place named {printable(found.name)!r} is known{where}"
        return ToolResult(text=f"{unknown}; known are countries, regions, towns and districts, no streets", data=[])
    lines = [f"{atlas.path(area)} ({area.level})" for area in found.areas[:SHOWN]]
    lines += [_describe(atlas, row) for row in rows[:SHOWN]]
    more = len(rows) - SHOWN
    data = [{"key": str(area)} for area in found.areas[:SHOWN]] + [_as_data(atlas, row) for row in rows[:SHOWN]]
    text = _remarks(found) + "; ".join(lines) + (f"; and {more} more" if more > 0 else "")
    return ToolResult(text=text, data=data, evidence=tuple(_evidence(context, found.name, clue)))


def _searched(atlas: Atlas, within: str) -> Area:
    """The country or region that a name means. Raises ToolInputError where none or several are meant."""
    named = atlas.resolve(within)
    areas = [named] if named else atlas.divisions_named(within)
    if not areas:
        raise ToolInputError(f"{printable(within)!r} is not a known country or region")
    if len(areas) > 1:
        meant = "; ".join(str(atlas.path(area)) for area in areas[:SHOWN])
        raise ToolInputError(f"{printable(within)!r} may mean {meant}: say which, with the country")
    return areas[0]


def _remarks(found: Found) -> str:
    """What was not taken as it was given."""
    spelt = (
        f"no place named {printable(found.name)!r} is known; taken for {found.corrected!r}: " if found.corrected else ""
    )
    unknown = "".join(
        f"{printable(part)!r} was left out, nothing of that name holds the place: " for part in found.unknown
    )
    return unknown + spelt


def _as_data(atlas: Atlas, row: int) -> dict[str, Any]:
    city, at = atlas.city_of(row), atlas.point(row)
    return {"name": atlas.name(row), "key": str(city) if city else None, "lat": at.lat, "lon": at.lon}


def _describe(atlas: Atlas, row: int) -> str:
    place = atlas.at_row(row)
    population = f"{atlas.population[row]:,}" if atlas.population[row] else "unknown"
    return f"{place}, population {population}, at {atlas.lat[row]:.4f}, {atlas.lon[row]:.4f}"


def _evidence(context: ToolContext, name: str, clue: str | None) -> Iterator[Evidence]:
    """All readings of the name, as likely as it stands in the text that shows it, unless they count already.

    `within` and the rest of a path do not narrow them: which of the places it is would be the model's say, not the
    sign's. Nor does a name count that does not stand in the text as it is known, or a text that a model has read:
    what that says counted when it was read.
    """
    found = quoted_text(context, clue)
    group = toponym_group(name)
    if found is None or not found.is_recognised:
        return
    if any(item.group == group for item in context.trace.evidence):
        return
    toponyms = [t for t in find_toponyms(found.text, context.belief.atlas) if fold(t.text) == fold(name)]
    for toponym in toponyms[:1]:
        weight = toponym.weight * found.confidence
        count = len(toponym.places)
        yield Evidence(
            kind="toponym",
            witness="ocr",
            statement=f'"{toponym.text}", read in the photo, is the name of {count} known place{"s" * (count > 1)}',
            likelihood=toponym_likelihood(context.belief.atlas, toponym.places, weight, toponym.role, toponym.away),
            level="city",
            group=group,
            clues=found.ids,
            quote=toponym.text[:200],
        )
