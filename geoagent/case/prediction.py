"""The answer of a case as data: its levels, point, radii, reasons and costs."""

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
    """One level of the answer, such as the country or the city: the name of the place and its probability.

    `code` is the area of the atlas; None where the atlas does not know the place. `stated` says whether the answer
    claims this level. On the open sea a point can be stated without a country.
    """

    level: LevelName
    name: str
    code: Area | None = None
    probability: Unit
    stated: bool


def deepest_stated(path: Sequence[Level]) -> Level | None:
    """The finest level that an answer claims together with every coarser one; None where it does not claim the
    first.

    `path` runs from coarse to fine, as `Prediction.levels` does; levels behind the first that is not claimed
    (`Level.stated`) do not count.
    """
    stated = None
    for level in path:
        if not level.stated:
            break
        stated = level
    return stated


def finest_area(path: Sequence[Level]) -> Area | None:
    """The area of the finest claimed level in `path` that has an area of the atlas; None where there is none.

    `path` runs from coarse to fine. Streets and points have no area, so for a stated street this is that of its city.
    """
    stated = deepest_stated(path)
    codes = [level.code for level in path[: path.index(stated) + 1] if level.code] if stated else []
    return codes[-1] if codes else None


class Region(Frozen):
    """A place in a ranking, such as a country or a first-order division, with its probability.

    `key` is its area of the atlas; that of a place that the atlas does not know is the smallest area round it.
    """

    key: Area
    name: str
    probability: Unit


class Undetermined(Frozen):
    """A level that the answer does not claim, and the reason why, in words."""

    level: LevelName
    reason: str


class Influence(Frozen):
    """How one piece of evidence changed the odds of the leading country: `odds_ratio` is the factor.

    `evidence` is its id. The factors of all pieces multiply to the change of the odds from the prior to the answer.
    """

    evidence: Id
    odds_ratio: Annotated[float, Field(ge=0)]

    @property
    def moves(self) -> bool:
        """Whether this piece of evidence changed the odds of the leading country by more than rounding does."""
        return self.odds_ratio == 0 or abs(math.log(self.odds_ratio)) > UNMOVED


class Usage(Frozen):
    """What an answer cost: steps of the loop, calls of the model, its tokens, seconds, and US dollars.

    `dollars` is None where the price of the model is not known. Two of them add up with `+`.
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

    - `photo` is the id of the first photo, or empty where there are texts alone; `photos` are the ids of all, in the
      order of their numbers.
    - `levels` runs from the country downwards. `point` is the best single point inside the finest stated level; the
      radii are in km round it, and hold 50 % and 90 % of the probability, as the areas do in km².
    - `alternatives` are the most probable countries, and `regions` the most probable first-order divisions.
    - `argument` is why the answer is believed, from coarse to fine; `chain` is the log of the run; `verdicts` holds the
      latest verdict on each candidate.
    - `influences` explain the probability of `levels[0]`; `undetermined` says why finer levels are not stated.
    - `status` is "out_of_budget" if steps, seconds or tokens ran out, and "degraded" if the model failed on the way;
      `failure` then says whether its server failed or its answer was unusable.
    - `unused_positions` are the numbers of the photos whose file holds a position that was not used.
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
        """The finest level that the answer claims together with every coarser one; None where it claims not even the
        country.
        """
        return deepest_stated(self.levels)

    @property
    def place(self) -> str:
        """The stated levels in one line, the finest first and each name once: "Uppsala, Sweden"; "" for none."""
        return ", ".join(dict.fromkeys(level.name for level in self.levels[::-1] if level.stated))

    @property
    def is_unknown(self) -> bool:
        """Whether nothing was found that tells where: no level is stated, and no evidence changed the odds.

        Levels, point and radii are then those of the prior alone, and must not be shown as a finding.
        """
        return not any(level.stated for level in self.levels) and not any(item.moves for item in self.influences)

    @property
    def points_somewhere(self) -> bool:
        """Whether the answer's point is worth showing on a map.

        It is not where nothing tells where, or where the radius that holds 90 % of the probability is above 2,500 km.
        """
        return not self.is_unknown and self.radius_km_90 <= WIDEST_KM

    @property
    def has_centre(self) -> bool:
        """Whether the answer's point is worth naming: it states a place, or all that is likely lies near the point."""
        return self.points_somewhere or self.stated is not None

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from geoagent.case.jupyter import as_html

        return as_html(self)
