"""The tool `compare_candidates`: what speaks for one of two candidate places against the other."""

from typing import Annotated

from pydantic import Field

from geoagent.belief import Belief
from geoagent.belief.questions import differences
from geoagent.belief.readout import mass, mean_ratio
from geoagent.errors import ToolInputError
from geoagent.geo import Area
from geoagent.plain_text import percent, without_kind
from geoagent.reading.countries import country_facts
from geoagent.tools.core.tool import ToolContext, ToolResult

QUESTIONS = 5
PlaceName = Annotated[str, Field(min_length=2, max_length=120, description='such as "Sweden" or "Lyon, France"')]


def compare_candidates(context: ToolContext, first: PlaceName, second: PlaceName) -> ToolResult:
    """Compare two candidate places: what besides your opinion tells them apart; of two countries also what differs."""
    belief = context.belief
    areas = [resolve(belief, name) for name in (first, second)]
    if areas[0] == areas[1]:
        raise ToolInputError(f"{first!r} and {second!r} are the same place")
    lines = []
    for term in belief.terms:
        if term.evidence.kind == "opinion":
            continue
        means = [mean_ratio(belief, term, area) for area in areas]
        factor = (means[0] / means[1]) ** term.discount
        if factor > 1.5 or factor < 1 / 1.5:
            winner, times = (first, factor) if factor > 1 else (second, 1 / factor)
            lines.append(f"{term.evidence.id} favours {winner} ×{times:.3g}: {term.evidence.statement}")
    facts = [country_facts(area.country) for area in areas]
    differ = [
        f"{name}: {facts[0][name]} against {facts[1][name]}" for name in facts[0] if facts[0][name] != facts[1][name]
    ]
    text = f"so far {first} {percent(mass(belief, areas[0]))}, {second} {percent(mass(belief, areas[1]))}; "
    text += "; ".join(lines) or "nothing besides your own opinion tells them apart"
    if areas[0].country != areas[1].country and differ:
        text += f". Known differences ({first} against {second}): " + "; ".join(differ)
    seen = [
        f"{d.name} ({first}: {d.first[0]} {percent(d.first[1])}; {second}: {d.second[0]} {percent(d.second[1])})"
        for d in differences(belief.atlas, areas[0], areas[1])[:QUESTIONS]
    ]
    if seen:
        text += ". What can be seen would tell them apart by: " + "; ".join(seen)
    return ToolResult(
        text=text, data={"keys": [str(area) for area in areas], "differences": differ, "to_be_seen": seen}
    )


def resolve(belief: Belief, name: str) -> Area:
    """The area of the atlas that a place's name means, such as "Sweden" or "Lyon, France".

    Raises ToolInputError where the atlas knows no such place.
    """
    parts = [part.strip() for part in name.split(",")]
    country, rest = parts[-1], parts[:-1]
    area = belief.atlas.resolve(country, rest[-1] if rest else None)
    if len(rest) != 1 or area is None or not _bears(area, rest[0], belief):
        area = belief.atlas.resolve(country, rest[-1] if rest else None, rest[0] if rest else None)
    if area is None:
        raise ToolInputError(f"{name!r} is not a known place; write it as City, Region, Country or as Country")
    return area


def _bears(area: Area, name: str, belief: Belief) -> bool:
    """Whether a name is that of a division: "Chongqing, China" is the division, not its centre."""
    named = belief.atlas.divisions_named(name) + belief.atlas.divisions_named(without_kind(name))
    return area.division is not None and area in named
