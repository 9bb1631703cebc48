"""The tool `check_claim`: checks a statement on what a place is like against the knowledge tables and the atlas."""

from typing import Annotated, Literal, NamedTuple

import numpy as np
from pydantic import Field

from geoagent.atlas import Atlas
from geoagent.atlas.surroundings import CLIMATES
from geoagent.belief.questions import answer_chances
from geoagent.errors import ToolInputError
from geoagent.geo import Area, Floats
from geoagent.plain_text import fold, percent
from geoagent.tools.compare_candidates import PlaceName, resolve
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.observe import QuestionName

UNUSUAL, USUAL = 1 / 3, 3.0
"""How often a thing is so in the place against the world: below the first it speaks against the claim, above for it."""
RARE, COMMON = 0.05, 0.3


class _Chance(NamedTuple):
    there: float
    world: float


def check_claim(
    context: ToolContext,
    place: PlaceName,
    subject: Annotated[
        QuestionName | Literal["language", "climate", "by_the_sea"], Field(description="what it is about")
    ],
    value: Annotated[
        str,
        Field(
            max_length=60,
            description='an answer of that table, a language code ("fi"), a Köppen class ("Cfb"), "yes"; '
            '"?" lists them',
        ),
    ],
) -> ToolResult:
    """Check whether a place is as you say, such as "Austria", "driving_side", "left": how often it is so there and in
    the world. No evidence by itself: what the photo shows goes to observe.
    """
    atlas = context.belief.atlas
    area = resolve(context.belief, place)
    chances = _chances(atlas, area, subject)
    name = next((known for known in chances if fold(known) == fold(value)), None)
    if name is None:
        listed = f"the answers of {subject} are: {', '.join(chances)}"
        if value.strip() == "?":
            return ToolResult(text=listed)
        raise ToolInputError(listed)
    found = chances[name]
    verdict = _verdict(found)
    usual = max(chances, key=lambda known: chances[known].there)
    there, world = percent(found.there), percent(found.world)
    text = f"{verdict}: {subject} is {name} in {there} of {atlas.path(area)}, in {world} of the world"
    if usual != name:
        text += f"; there it is most often {usual} ({percent(chances[usual].there)})"
    return ToolResult(text=text, data={"key": str(area), "verdict": verdict, **found._asdict()})


def _verdict(chance: _Chance) -> str:
    ratio = chance.there / max(chance.world, 1e-9)
    if chance.there < RARE and ratio < UNUSUAL:
        return "contradicted"
    if chance.there >= COMMON or ratio > USUAL:
        return "supported"
    return "possible"


def _chances(atlas: Atlas, area: Area, subject: str) -> dict[str, _Chance]:
    if subject == "climate":
        kinds = {name: atlas.climate == number for number, name in enumerate(CLIMATES) if name}
    elif subject == "by_the_sea":
        kinds = {"yes": atlas.coastal, "no": ~atlas.coastal}
    else:
        there, world = answer_chances(atlas, subject, area), answer_chances(atlas, subject, None)
        return {answer: _Chance(there[answer], world[answer]) for answer in there}
    rows = atlas.rows(area)
    return {name: _Chance(_share(atlas.prior * rows, kind), _share(atlas.prior, kind)) for name, kind in kinds.items()}


def _share(weights: Floats, kind: np.typing.NDArray[np.bool_]) -> float:
    return float(weights[kind].sum() / max(weights.sum(), 1e-300))
