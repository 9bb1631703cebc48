"""The answer, as data."""

import math
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from geoagent.case.evidence import ArgumentStep, Id, LevelName, Step, Verdict
from geoagent.case.views import Frozen, Unit
from geoagent.geo import Area, Point

SCHEMA_VERSION: Literal["1"] = "1"
WIDEST_KM = 2500.0
"""A point that stands for more than this says nothing that a map could show."""
UNMOVED = 1e-6
"""Log odds that nothing but rounding has changed."""


class Level(Frozen):
    """One level of the answer: a place and its probability.

    `code` is the area of the atlas, where the atlas knows the place. `stated` says whether the answer claims this
    level. On the open sea a point can be stated without a country.
    """

    level: LevelName
    name: str
    code: Area | None = None
    probability: Unit
    stated: bool


def deepest_stated(path: Sequence[Level]) -> Level | None:
    """The last level, counted from the country, before the first that the answer does not claim (`Level.stated`).

    None where it does not claim the country.
    """
    stated = None
    for level in path:
        if not level.stated:
            break
        stated = level
    return stated


def finest_area(path: Sequence[Level]) -> Area | None:
    """The area of the finest stated level that has one; streets and points have none."""
    stated = deepest_stated(path)
    codes = [level.code for level in path[: path.index(stated) + 1] if level.code] if stated else []
    return codes[-1] if codes else None


class Region(Frozen):
    """A country or first-order division with its probability."""

    key: Area
    name: str
    probability: Unit


class Undetermined(Frozen):
    """A level that the answer does not state, and the reason."""

    level: LevelName
    reason: str


class Influence(Frozen):
    """How one piece of evidence changed the odds of the leading country.

    The ratios of all pieces multiply to the change from the prior to the answer.
    """

    evidence: Id
    odds_ratio: Annotated[float, Field(ge=0)]

    @property
    def moves(self) -> bool:
        """Whether this piece of evidence changed the odds at all."""
        return self.odds_ratio == 0 or abs(math.log(self.odds_ratio)) > UNMOVED


class Usage(Frozen):
    """What an answer cost: steps, seconds, calls and tokens of the model, dollars.

    `dollars` is None where the price of the model is not known.
    """

    steps: int = 0
    model_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    dollars: Annotated[float, Field(ge=0)] | None = None

    @property
    def tokens(self) -> int:
        """The tokens sent to the model and received from it, added up."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Usage") -> "Usage":
        counted = {name: getattr(self, name) + getattr(other, name) for name in COUNTED}
        priced = [usage.dollars for usage in (self, other) if usage.tokens or usage.dollars is not None]
        known = [dollars for dollars in priced if dollars is not None]
        return Usage(**counted, dollars=round(sum(known), 6) if known and len(known) == len(priced) else None)


COUNTED = ("steps", "model_calls", "prompt_tokens", "completion_tokens", "seconds")


Status = Literal["complete", "out_of_budget", "degraded"]
Failure = Literal["server", "answer"]
"""What went wrong with a model: its server failed, or its answer stayed unusable."""


class Prediction(Frozen):
    """Where a photo was taken, how sure that is at each level, and why.

    `photo` is the id of the photo, the first of several; `photos` holds the ids of all, in the order of their numbers.
    `levels` runs from the country downwards. `point` is the best single point inside the deepest stated level; the
    radii around it, in km, hold 50 % and 90 % of the belief. `alternatives` are the most probable countries, and
    `regions` the most probable first-order divisions. `chain` is the log of the run, `argument` why the answer is
    believed, from coarse to fine. `verdicts` holds the latest verdict on each candidate.
    `influences` explain the probability of `levels[0]`. `status` is "out_of_budget" if steps, seconds or tokens ran
    out, and "degraded" if the model failed on the way; `failure` then says whether its server failed or its answer was
    unusable. `unused_positions` are the numbers of the photos whose file holds a position that was not used.
    """

    schema_version: Literal["1"] = SCHEMA_VERSION
    photo: str
    photos: tuple[str, ...] = ()
    reasoner: str
    status: Status
    failure: Failure | None = None
    notes: tuple[str, ...] = ()
    levels: tuple[Level, ...]
    point: Point
    radius_km_50: Annotated[float, Field(ge=0)]
    radius_km_90: Annotated[float, Field(ge=0)]
    area_km2_50: Annotated[float, Field(ge=0)]
    area_km2_90: Annotated[float, Field(ge=0)]
    regions: tuple[Region, ...]
    alternatives: tuple[Region, ...]
    chain: tuple[Step, ...]
    argument: tuple[ArgumentStep, ...] = ()
    verdicts: tuple[Verdict, ...]
    influences: tuple[Influence, ...]
    undetermined: tuple[Undetermined, ...]
    unused_positions: tuple[Annotated[int, Field(ge=1)], ...] = ()
    usage: Usage

    @property
    def stated(self) -> Level | None:
        """The finest level that the answer states; None where not even the country is known."""
        return deepest_stated(self.levels)

    @property
    def is_unknown(self) -> bool:
        """Whether nothing that was found tells where: then levels, point and radii are the prior's, and no finding."""
        return not any(level.stated for level in self.levels) and not any(item.moves for item in self.influences)

    @property
    def points_somewhere(self) -> bool:
        """Whether the point can be shown on a map.

        It cannot where nothing tells where, or where 90 % of the belief is spread over half the world.
        """
        return not self.is_unknown and self.radius_km_90 <= WIDEST_KM

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from geoagent.case.jupyter import as_html

        return as_html(self)
