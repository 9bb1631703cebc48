"""The tool `address_at`: the address at a point, and whether it is the one that the photo shows."""

from typing import Annotated

from pydantic import Field
from rapidfuzz.fuzz import ratio

from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import Gap, Kernel, Likelihood, Mixture
from geoagent.errors import ToolUnavailable
from geoagent.geo import Point, distance_km
from geoagent.plain_text import fold, printable
from geoagent.reading.streets import read_street
from geoagent.tools.core.cited_texts import Quoted
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.find_address import ALIKE
from geoagent.tools.street_pictures import Latitude, Longitude
from geoagent.web.map_answers import Address
from geoagent.web.services.street_maps import allowed
from geoagent.web.untrusted_text import quoted

NEAR_KM = 0.06
"""How far from the point of an address the photo may have been taken, as a standard deviation."""
FITS = 0.6
"""How often, at the true place, the road that a map has nearest is the one that the photo shows; corners have two."""
CORNER = 0.2
"""How likely another road is nearest at the true place, against anywhere else."""


def address_at(
    context: ToolContext,
    lat: Latitude,
    lon: Longitude,
    clue: Annotated[str | None, Field(max_length=20, description="id of the text clue that names a street")] = None,
) -> ToolResult:
    """Name the road or house nearest to a point and how far off it is. It says what is there, not that the photo is.

    With the id of a clue in which a street is read it counts as evidence for or against the point.
    """
    here = Point(lat=lat, lon=lon)
    found = _found(context, here)
    if found is None:
        return ToolResult(text="no road or house is known there")
    away_m = 1000 * distance_km(here, found.point)
    text = f"{quoted('the map', f'{found}, {found.country_code}')}, {away_m:.0f} m off"
    data = {**found._asdict(), "point": found.point.model_dump(), "away_m": round(away_m)}
    shown = next((c for c in context.trace.clues if c.id == clue and c.witness in ("ocr", context.witness)), None)
    return ToolResult(text=text, data=data, evidence=_compared(found, here, shown) if shown else ())


def _found(context: ToolContext, here: Point) -> Address | None:
    """What the first of the maps that answers has there."""
    fault = ToolUnavailable("no map that knows what is at a point was allowed; the user can, see docs/tools.md")
    for service in allowed(context.wire):
        if service.address_at:
            try:
                return service.address_at(context.wire, here)
            except ToolUnavailable as error:
                fault = error
    raise fault


def _compared(found: Address, here: Point, shown: Clue) -> tuple[Evidence, ...]:
    """What it says of the point that its road is the one that a clue names, or another."""
    street = read_street(shown)
    if street is None:
        return ()
    fits = ratio(fold(found.road), fold(street.street)) >= ALIKE
    at = {"lat": here.lat, "lon": here.lon, "sigma_km": NEAR_KM}
    likelihood: Likelihood = Mixture(parts=((FITS, Kernel(**at)),)) if fits else Gap(**at, left=CORNER)
    said = f"the map has {printable(found.road)} at {here.lat:.4f}, {here.lon:.4f}; "
    said += f'the photo shows "{street.street}"{" too" if fits else ", another street"}'
    item = Evidence(
        kind="address_at", witness="tool:address_at", statement=said[:2000], likelihood=likelihood, level="street",
        group=Quoted((shown,)).group(f"street:{fold(street.street)}"), clues=(shown.id,),
    )  # fmt: skip
    return (item,)
