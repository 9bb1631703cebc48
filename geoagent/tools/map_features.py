"""The tool `map_features`: finds things on the map of a city by kind, by name, and by what is near them."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from geoagent.case.evidence import Clue
from geoagent.errors import ToolInputError
from geoagent.geo import distance_km
from geoagent.plain_text import fold
from geoagent.tools.core.map_evidence import Finding, Hit, asked_area, hits_trace, merged, missing
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.web.map_answers import Circle, Feature
from geoagent.web.map_vocabulary import FeatureName
from geoagent.web.services.overpass import MOST, Wanted, features
from geoagent.web.untrusted_text import quoted

SHOWN = 10
UNMAPPED = 0.5
"""How often the map of the right city has none of the things whose names were read: maps lack many shops."""
TOGETHER_KM = 0.15
"""How far from each other things may be that one photo shows."""
SIGHT_KM = 0.06
"""How far from a thing the photo that shows it is taken."""
TELLS = 8.0
"""How many times better a place fits for each further thing of the photo that is near."""
Clues = Annotated[list[str], Field(max_length=6, description="ids of the clues that show these things")]
Names = Annotated[list[Annotated[str, Field(min_length=2, max_length=80)]], Field(max_length=4)]


def map_features(
    context: ToolContext,
    area: Annotated[str, Field(min_length=2, max_length=100, description="City, Country")],
    find: Annotated[FeatureName | None, Field(description="kind of thing")] = None,
    names: Annotated[Names, Field(description="names on the photo's signs; alternatives, not parts of one")] = [],  # noqa: B006  # read only
    near: Annotated[FeatureName | None, Field(description="only near such a thing")] = None,
    within_m: Annotated[int, Field(ge=10, le=2000, description="how near")] = 100,
    clues: Clues = [],  # noqa: B006  # read only
) -> ToolResult:
    """Find things on the map of a city, such as pharmacies within 300 m of a tram stop, or a shop by its name.

    Several names that stand near each other fit best. With `clues` the places count as evidence of where in that city
    the photo was taken, not that it was taken there.
    """
    asked = asked_area(context.belief.atlas, area)
    if asked.circle is None:
        raise ToolInputError("name a city; a whole country is too much for a map service")
    if find is None and not names:
        raise ToolInputError("say what to find: a kind of thing, names, or both")
    wanted = [Wanted(find, name) for name in names] or [Wanted(find)]
    found = features(context.wire, wanted, asked.circle, Wanted(near) if near else None, within_m)
    found = [f for f in found if _is_inside(f, asked.circle) and (not names or fold(f.name) in set(map(fold, names)))]
    shown = [clue for clue in context.trace.clues if clue.id in clues and clue.witness in ("ocr", context.witness)]
    if not found:
        none = ToolResult(text=f"the map has no such thing in {area}", data={"features": []})
        if not names or not shown or near is not None:
            return none
        listed = ", ".join(f'"{name}"' for name in names)
        said = Finding(
            f"the map of {area} has no {listed}", "map_feature", "map_features", _group(names, shown),
            tuple(clue.id for clue in shown),
        )  # fmt: skip
        return none.model_copy(update={"evidence": (missing(asked.area, UNMAPPED, said),) if asked.area else ()})
    data = {"features": [{**f._asdict(), "point": f.point.model_dump()} for f in found], "complete": len(found) < MOST}
    listed = "; ".join(f"{_told(f)} at {f.point.lat:.5f}, {f.point.lon:.5f}" for f in found[:SHOWN])
    text = quoted("the map", listed, 1500) + (f" and {len(found) - SHOWN} more" if len(found) > SHOWN else "")
    if len(found) >= MOST or not shown:
        why = "There are more than the service lists" if len(found) >= MOST else "It counts only with ids of clues"
        return ToolResult(text=f"{text}. {why}", data=data)
    hits = _hits(found)
    said = Finding(
        _statement(found, hits, area, near, within_m), "map_feature", "map_features", _group(names, shown),
        tuple(clue.id for clue in shown),
    )  # fmt: skip
    evidence, cases = hits_trace(context, hits, asked.area, said)
    return ToolResult(text=text, data=data, evidence=(evidence,), spots=cases)


def _is_inside(feature: Feature, circle: Circle) -> bool:
    return distance_km(feature.point, circle.point) <= circle.radius_km


def _told(feature: Feature) -> str:
    return ", ".join(filter(None, (feature.name, feature.street))) or feature.kind or "a thing without a name"


def _hits(found: Sequence[Feature]) -> list[Hit]:
    """A hit for each thing; those near which more of the other names stand fit better, and alone count when any do."""
    company = [
        {fold(other.name) for other in found if distance_km(other.point, one.point) <= TOGETHER_KM} for one in found
    ]
    most = max(map(len, company))
    best = [one for one, names in zip(found, company, strict=True) if len(names) == most]
    rest = [one for one, names in zip(found, company, strict=True) if len(names) < most]
    hits = [Hit(_place(one), one.point, SIGHT_KM, TELLS ** (most - 1)) for one in best]
    return merged([*hits, *(Hit(_place(one), one.point, SIGHT_KM, 1.0) for one in rest)])


def _place(feature: Feature) -> str:
    """The street that a thing stands in; its own name where the map does not say."""
    return feature.street or feature.name or feature.kind or "a thing without a name"


def _group(names: Sequence[str], shown: Sequence[Clue]) -> str:
    """Names that OCR has read are an observation of their own; what only the model sees shares its opinion's group."""
    read = [
        name for name in names if any(c.witness == "ocr" and f" {fold(name)} " in f" {fold(c.value)} " for c in shown)
    ]
    if read and len(read) == len(names):
        return f"map:{'+'.join(sorted(map(fold, read)))}"[:200]
    own = next((clue.witness for clue in shown if clue.witness != "ocr"), "caller")
    return f"opinion:{own}"


def _statement(found: Sequence[Feature], hits: Sequence[Hit], area: str, near: str | None, within_m: int) -> str:
    names = list(dict.fromkeys(f.name for f in found if f.name))[:4]
    what = ", ".join(f'"{name}"' for name in names) or found[0].kind
    beside = f" within {within_m} m of a {near.replace('_', ' ')}" if near else ""
    best = max(hits, key=lambda hit: hit.fit)
    alike = sum(hit.fit == best.fit for hit in hits)
    where = f"best at {best.name}" if alike == 1 else f"{alike} places fit equally"
    return f"the map of {area} has {what}{beside} at {len(hits)} place{'s' * (len(hits) > 1)}: {where}"
