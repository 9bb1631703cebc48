"""The tool `find_address`: finds a street or address on the map by what a sign in the photo says."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field
from rapidfuzz.fuzz import ratio

from geoagent.errors import ToolUnavailable
from geoagent.plain_text import fold
from geoagent.tools.core.cited_texts import CITED, LONGEST, Quoted, quoted_text
from geoagent.tools.core.map_evidence import Asked, Finding, Hit, asked_area, hits_trace, merged, missing
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.web.map_answers import Address
from geoagent.web.services.street_maps import allowed
from geoagent.web.untrusted_text import quoted

SHOWN = 8
UNMAPPED = 0.2
"""How often the map of the right city has not the street that was read: it lacks it, or a letter was misread."""
ALIKE = 90.0
"""From which likeness, of 100, two spellings are of one street: one letter in ten may have been misread."""
TELLS = {"number": 3.0, "postcode": 10.0, "town": 10.0}
"""How many times better an address fits that has a part too which was read."""


def find_address(
    context: ToolContext,
    street: Annotated[str, Field(min_length=3, max_length=100, description="as the sign has it")],
    number: Annotated[str | None, Field(max_length=10, description="of the house")] = None,
    postcode: Annotated[str | None, Field(max_length=12, description="postal code")] = None,
    town: Annotated[str | None, Field(max_length=80, description="only if the photo names it")] = None,
    within: Annotated[str | None, Field(max_length=100, description="City, Country or Country to search in")] = None,
    clue: Annotated[str | None, Field(max_length=LONGEST, description=CITED)] = None,
) -> ToolResult:
    """Find a street or an address on the map. Leave out what is not known.

    With `clue` the places count as evidence, as fine as they are. What is found `within` an area says where in it, not
    that the photo was taken there.
    """
    area = asked_area(context.belief.atlas, within)
    parts = {name: value for name, value in (("number", number), ("postcode", postcode), ("town", town)) if value}
    found, complete = _found(context, street, parts, area)
    told = _told(context, street, clue)
    if not found:
        none = ToolResult(text="the map has no such street there", data={"addresses": []})
        if told is None or not complete or area.circle is None or area.area is None:
            return none
        statement = f'the map of {within} has no "{street}"'
        said = Finding(statement, "address", "find_address", told.group(f"street:{fold(street)}"), told.ids)
        return none.model_copy(update={"evidence": (missing(area.area, UNMAPPED, said),)})
    data = {"addresses": [{**a._asdict(), "point": a.point.model_dump()} for a in found], "complete": complete}
    text = "; ".join(f"{a} at {a.point.lat:.5f}, {a.point.lon:.5f}" for a in found[:SHOWN])
    text = quoted("the map", text, 1500) + (f" and {len(found) - SHOWN} more" if len(found) > SHOWN else "")
    if not complete:
        return ToolResult(text=f"{text}. There are more than the service lists: narrow the search", data=data)
    if told is None:
        return ToolResult(text=f"{text}. It counts only with the id of a clue in which the street stands", data=data)
    shown = {name: value for name, value in parts.items() if _is_read(context, value)}
    hits = merged([_hit(a, shown) for a in found])
    group = told.group(f"street:{fold(street)}")
    said = Finding(_statement(street, shown, hits, within), "address", "find_address", group, told.ids)
    evidence, cases = hits_trace(context, hits, area.area, said)
    return ToolResult(text=text, data=data, evidence=(evidence,), spots=cases)


def _found(context: ToolContext, street: str, parts: dict[str, str], area: Asked) -> tuple[list[Address], bool]:
    """The addresses on streets of that name, and whether they are all; first by all parts, then by the town alone."""
    full = ", ".join(filter(None, (f"{street} {parts.get('number', '')}".strip(), _place(parts))))
    bare = ", ".join(filter(None, (street, parts.get("town"))))
    fault: ToolUnavailable | None = None
    for service in allowed(context.wire):
        whole = service.restricts or area.circle is None
        try:
            for query in dict.fromkeys((full, bare)):
                rows = service.addresses(context.wire, query, area.country_code, area.circle)
                on_street = [a for a in rows if ratio(fold(a.road), fold(street)) >= ALIKE]
                if on_street:
                    return on_street, whole and len(rows) < service.most
            if whole:
                return [], True
        except ToolUnavailable as error:
            fault = error
    if fault is not None:
        raise fault
    return [], False


def _place(parts: dict[str, str]) -> str:
    return " ".join(filter(None, (parts.get("postcode"), parts.get("town"))))


def _told(context: ToolContext, street: str, cited: str | None) -> Quoted | None:
    """The text that shows the street: one that OCR has read, or else one that the caller itself has seen."""
    shown = quoted_text(context, cited)
    return shown if shown is not None and fold(street) in fold(shown.text) else None


def _is_read(context: ToolContext, value: str) -> bool:
    """Whether a part of the address stands in a text that OCR has read."""
    texts = (c.value for c in context.trace.clues if c.kind == "text" and c.witness == "ocr")
    return any(f" {fold(value)} " in f" {fold(text)} " for text in texts)


def _hit(address: Address, shown: dict[str, str]) -> Hit:
    fit = 1.0
    has_number = fold(address.number) == fold(shown["number"]) if "number" in shown else False
    fit *= TELLS["number"] if has_number else 1.0
    fit *= TELLS["postcode"] if "postcode" in shown and fold(address.postcode) == fold(shown["postcode"]) else 1.0
    towns = set(map(fold, address.towns))
    fit *= TELLS["town"] if "town" in shown and fold(shown["town"]) in towns else 1.0
    name = str(address if has_number else address._replace(number=""))
    return Hit(name, address.point, address.radius_km, fit)


def _statement(street: str, shown: dict[str, str], hits: Sequence[Hit], within: str | None) -> str:
    where = f" in {within}" if within else ""
    best = max(hits, key=lambda hit: hit.fit)
    with_ = f", read with {', '.join(shown.values())}," if shown else ""
    alike = sum(hit.fit == best.fit for hit in hits)
    what = f"it is {best.name}" if alike == 1 else f"it is one of {alike} that fit equally"
    return f'the map has "{street}"{with_} {len(hits)} time{"s" * (len(hits) > 1)}{where}; {what}'
