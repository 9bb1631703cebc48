"""The forms in which a clue, a tool or a model can say something about *where*: frozen data, evaluated in
`geoagent.belief`.

Each is a non-negative function over places of which only ratios count: the belief scales it to mean 1 under the prior.
"""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NaiveDatetime, model_validator

from geoagent.geo import Area, Point

Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Areas(_Shape):
    """A likelihood by area: a weight for each area in `weights`, and the weight `elsewhere` for the rest of the
    world.

    A place takes the weight of the smallest listed area that it lies in. Only ratios of weights count, so
    `Areas(weights={S: 0}, elsewhere=1)` rules out an area S.
    """

    shape: Literal["areas"] = "areas"
    weights: dict[Area, Weight]
    elsewhere: Weight = 0.0

    @model_validator(mode="after")
    def _says_something(self) -> "Areas":
        if not self.elsewhere and not any(self.weights.values()):
            raise ValueError("at least one weight must be above 0")
        return self


class Kernel(_Shape):
    """A likelihood that falls off as a Gaussian round the point `lat`, `lon` (degrees) and is 0 outside the area
    `within`.

    `sigma_km` is the standard deviation along any direction; without `within` there is no border.
    """

    shape: Literal["kernel"] = "kernel"
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    sigma_km: Annotated[float, Field(gt=0, le=20_000)]
    within: Area | None = None


class Ring(_Shape):
    """A likelihood that is highest on the circle of `radius_km` round the point `lat`, `lon`, and falls off as a
    Gaussian of `sigma_km` on both sides of it.

    A road sign "Lyon 12 km" says such a thing.
    """

    shape: Literal["ring"] = "ring"
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    radius_km: Annotated[float, Field(gt=0, le=20_000)]
    sigma_km: Annotated[float, Field(gt=0, le=20_000)]


class Gap(_Shape):
    """A likelihood that speaks against one point: it is 1 far away, and falls to `left` at `lat`, `lon` as a Gaussian
    of `sigma_km`.
    """

    shape: Literal["gap"] = "gap"
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    sigma_km: Annotated[float, Field(gt=0, le=20_000)]
    left: Annotated[float, Field(ge=0, le=1)]


class Band(_Shape):
    """A likelihood of 1 for the latitudes from `south` to `north`, in degrees, that falls off outside as a Gaussian
    with the standard deviation `soft_deg`.
    """

    shape: Literal["band"] = "band"
    south: Annotated[float, Field(ge=-90, le=90)]
    north: Annotated[float, Field(ge=-90, le=90)]
    soft_deg: Annotated[float, Field(gt=0)] = 2.0

    @model_validator(mode="after")
    def _is_ordered(self) -> "Band":
        if self.south > self.north:
            raise ValueError("south must not lie north of north")
        return self


class Surroundings(_Shape):
    """A likelihood by the surroundings of a place: a weight for each kind in `weights`, and `elsewhere` for all other
    kinds.

    By "climate" the kinds are the classes of Köppen and Geiger, such as "Dfb"; by "settlement" they are those of
    `geoagent.atlas.surroundings.SETTLEMENTS`, from "metropolis" to "remote"; by "coast" they are "coastal", which is
    within 10 km of the sea, and "inland".
    """

    shape: Literal["surroundings"] = "surroundings"
    by: Literal["climate", "settlement", "coast"]
    weights: dict[str, Weight]
    elsewhere: Weight = 0.0

    @model_validator(mode="after")
    def _says_something(self) -> "Surroundings":
        if not self.elsewhere and not any(self.weights.values()):
            raise ValueError("at least one weight must be above 0")
        return self


def finest_level(said: Areas | Surroundings) -> Literal["country", "region"]:
    """The finest level at which the likelihood `said`, the answer of a knowledge table, tells places apart.

    "region" for one by surroundings, which differ within a country, or with a weight for a division or city; else
    "country".
    """
    inside = isinstance(said, Surroundings) or any(area.division for area in said.weights)
    return "region" if inside else "country"


class Patch(_Shape):
    """A rectangle of latitudes and longitudes in degrees, and its weight; it does not go over the 180th meridian."""

    south: Annotated[float, Field(ge=-90, le=90)]
    west: Annotated[float, Field(ge=-180, le=180)]
    north: Annotated[float, Field(ge=-90, le=90)]
    east: Annotated[float, Field(ge=-180, le=180)]
    weight: Weight = 1.0

    @model_validator(mode="after")
    def _has_area(self) -> "Patch":
        if self.south >= self.north or self.west >= self.east:
            raise ValueError("a patch needs south < north and west < east")
        return self


class Patches(_Shape):
    """A weight for each of some rectangles, which do not overlap, and one for everywhere else.

    A place takes the weights of what it spreads over.
    """

    shape: Literal["patches"] = "patches"
    parts: tuple[Patch, ...] = Field(min_length=1, max_length=5000)
    elsewhere: Weight = 0.0

    @model_validator(mode="after")
    def _says_something(self) -> "Patches":
        if not self.elsewhere and not any(part.weight for part in self.parts):
            raise ValueError("at least one weight must be above 0")
        return self


LONGEST_SPAN = timedelta(days=2)
CLOCK_YEARS = (1900, 2100)
"""The years for which the sun's place is worked out well enough."""


class Sun(_Shape):
    """Where the sun stood at some moment from `since` to `until`: how high, in which direction, or both.

    `since` and `until` are what a clock showed that goes by UTC or by local time (`clock`). `ahead_min` is by how many
    minutes local time was ahead of UTC, where that is known. `elevation_deg` is the height at which the sun is seen
    above the horizon, `direction_deg` its direction clockwise from true north. Their errors are standard deviations;
    the error of the height is also how far a thing that throws the shadow may lean from upright.
    """

    shape: Literal["sun"] = "sun"
    since: NaiveDatetime
    until: NaiveDatetime
    clock: Literal["utc", "local"] = "local"
    ahead_min: Annotated[int | None, Field(ge=-14 * 60, le=15 * 60)] = None
    elevation_deg: Annotated[float | None, Field(ge=0, le=90)] = None
    elevation_error_deg: Annotated[float, Field(ge=0.25, le=45)] = 2.0
    direction_deg: Annotated[float | None, Field(ge=0, lt=360)] = None
    direction_error_deg: Annotated[float, Field(ge=0.25, le=90)] = 5.0

    @model_validator(mode="after")
    def _can_be_computed(self) -> "Sun":
        if self.elevation_deg is None and self.direction_deg is None:
            raise ValueError("neither the height nor the direction of the sun is given")
        if not timedelta(0) <= self.until - self.since <= LONGEST_SPAN:
            raise ValueError("the span of time must not end before it begins, nor last longer than two days")
        if not all(CLOCK_YEARS[0] <= moment.year <= CLOCK_YEARS[1] for moment in (self.since, self.until)):
            raise ValueError("the sun's place is known from 1900 to 2100")
        if self.clock == "utc" and self.ahead_min is not None:
            raise ValueError("a clock that goes by UTC is ahead of nothing")
        return self

    @property
    def middle(self) -> datetime:
        """The middle of the time span from `since` to `until`, on the clock that was read."""
        return self.since + (self.until - self.since) / 2


class Mixture(_Shape):
    """A likelihood of several statements of which at most one is right: Σ wᵢ·Lᵢ + (1 − Σ wᵢ), each Lᵢ first scaled to
    mean 1 under the prior.

    `parts` are pairs of a weight wᵢ and a likelihood Lᵢ; what the weights leave of 1 says nothing of where. It serves
    for several readings of one sign: as separate pieces of evidence they would multiply.
    """

    shape: Literal["mixture"] = "mixture"
    parts: tuple[tuple[Weight, "Likelihood"], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_a_distribution(self) -> "Mixture":
        if sum(weight for weight, _ in self.parts) > 1 + 1e-9:
            raise ValueError("the weights of a mixture sum to more than 1")
        return self


Likelihood = Annotated[
    Areas | Kernel | Ring | Gap | Band | Surroundings | Patches | Sun | Mixture, Field(discriminator="shape")
]
Mixture.model_rebuild()

NamedLevel = Literal["country", "region", "city", "street"]


class Alternative(_Shape):
    """One of the places in a model's opinion, with the probability that the model states for it.

    - `area` is the smallest area round it that the atlas knows; `names` are its names by level as the model said them,
      also those that the atlas does not know.
    - `part` says that the named city is a part of `area`, such as a borough; `in_division` that the named region is a
      part of the area's division, such as a county.
    - `point` is where the model puts it; `exact` says that the point had four decimals or more.
    - `spread` says how a place lies in `area` that is no area of the atlas: an island, the north of a country, what is
      near a town. Where it is given, it replaces the usual scatter of stated points.
    """

    area: Area
    names: dict[NamedLevel, Annotated[str, Field(min_length=1, max_length=200)]] = Field(default_factory=dict)
    probability: Annotated[float, Field(ge=0, le=1)]
    part: bool = False
    in_division: bool = False
    point: Point | None = None
    exact: bool = False
    spread: Kernel | Areas | None = None


class Alternatives(_Shape):
    """A model's opinion: places that exclude each other, each with the probability that the model states.

    What these probabilities leave of 1 means anywhere else. The belief calibrates them, and spreads a stated point as
    far as the points of such witnesses are off.
    """

    shape: Literal["alternatives"] = "alternatives"
    places: tuple[Alternative, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_a_distribution(self) -> "Alternatives":
        if sum(place.probability for place in self.places) > 1 + 1e-9:
            raise ValueError("the probabilities of alternatives sum to more than 1")
        return self


Statement = Annotated[
    Areas | Kernel | Ring | Gap | Band | Surroundings | Patches | Sun | Mixture | Alternatives,
    Field(discriminator="shape"),
]
"""What a piece of evidence can say."""
