"""What is sought on the map: a thing, what lies near it, and what does not."""

from typing import Annotated

from pydantic import Field, field_validator

from geoagent.case.views import Frozen
from geoagent.osm.vocabulary import BUILDING, things

BESIDE_M, NEAR_M, AROUND_M = 60, 300, 300
"""What "beside" and "near" mean where no distance is given, and how far "no such thing" reaches."""
FARTHEST_M = 5000
MOST_STOREYS = 300


class Thing(Frozen):
    """A kind of thing of the vocabulary; of a certain name, or, of buildings, of more than so many storeys."""

    kind: str
    name: str | None = None
    over_storeys: Annotated[int | None, Field(ge=0, le=MOST_STOREYS)] = None

    @field_validator("kind")
    @classmethod
    def _is_known(cls, kind: str) -> str:
        if kind != BUILDING and kind not in things():
            raise ValueError(f"{kind!r} is no thing that can be asked for")
        return kind

    def __str__(self) -> str:
        said = self.kind.replace("_", " ")
        if self.name:
            said += f' named "{self.name}"'
        if self.over_storeys is not None:
            said += f" over {self.over_storeys} storeys"
        return said


class Nearby(Frozen):
    """A thing and how far from it something is at most, in metres."""

    thing: Thing
    within_m: Annotated[int, Field(ge=5, le=FARTHEST_M)]

    def __str__(self) -> str:
        return f"{self.thing} within {self.within_m} m"


class Combination(Frozen):
    """A thing with others near it, and others that are not near it.

    `not_understood` holds the parts of the phrase that were left out.
    """

    thing: Thing
    near: tuple[Nearby, ...] = ()
    without: tuple[Nearby, ...] = ()
    not_understood: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [str(self.thing), *(str(one) for one in self.near), *(f"no {one}" for one in self.without)]
        return ", ".join(parts)
