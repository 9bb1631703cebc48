"""The nouns: what was seen, what it implies, what was concluded. Frozen, validated, no I/O.

The id of a noun is a hash of its content, so branches that run in parallel agree on it, and a noun that was edited by
hand no longer loads.
"""

import hashlib
import json
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from geoagent.geo import Area, Point
from geoagent.likelihood import Likelihood

Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Id = str
LevelName = Literal["country", "region", "city", "street", "point"]
LEVELS: tuple[LevelName, ...] = ("country", "region", "city", "street", "point")

ClueKind = Literal[
    "text", "script", "language", "road", "vehicle", "plate", "sign", "architecture", "vegetation", "terrain",
    "sky", "people", "object", "landmark", "metadata", "hint", "other",
]  # fmt: skip
Witness = Annotated[str, Field(pattern=r"^[a-z0-9_:./-]{1,80}$")]
"""Who says it: "ocr", "exif", "user", "vlm", or "tool:NAME"."""


class Frozen(BaseModel):
    """Immutable data that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Noun(Frozen):
    """Data with an id: a prefix and the first 12 hexadecimal digits of the SHA-256 of its content."""

    prefix: ClassVar[str]
    unhashed: ClassVar[frozenset[str]] = frozenset()
    id: Id = ""

    @model_validator(mode="after")
    def _identify(self) -> Self:
        content = self.model_dump(mode="json", exclude={"id", *self.unhashed})
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        expected = f"{self.prefix}{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        if self.id and self.id != expected:
            raise ValueError(f"id {self.id} does not match the content, whose id is {expected}")
        object.__setattr__(self, "id", expected)
        return self

    def replace(self, **changes: Any) -> Self:
        """A validated copy with other content, hence another id."""
        return type(self).model_validate({**dict(self), "id": "", **changes})


class Box(Frozen):
    """A rectangle in a view: fractions of its width and height, from the top left corner."""

    x0: Unit
    y0: Unit
    x1: Unit
    y1: Unit

    @model_validator(mode="after")
    def _has_area(self) -> "Box":
        if self.x1 <= self.x0 or self.y1 <= self.y0:
            raise ValueError("a box needs x0 < x1 and y0 < y1")
        return self


class Panorama(Frozen):
    """The part of the sphere that an equirectangular picture shows, the horizon at 0°.

    `heading_deg` is the compass heading of its middle; where it is None, headings count from the middle. `linked` says
    that a graph file beside the picture tells where one can go from it.
    """

    width_deg: Annotated[float, Field(gt=0, le=360)] = 360.0
    top_deg: Annotated[float, Field(ge=-90, le=90)] = 90.0
    bottom_deg: Annotated[float, Field(ge=-90, le=90)] = -90.0
    heading_deg: Annotated[float | None, Field(ge=-360, le=360)] = None
    linked: bool = False


class PhotoRef(Frozen):
    """A photo by reference: where its file is, and the SHA-256 of its upright pixels, which is its identity."""

    path: str
    id: str
    width: int
    height: int
    panorama: Panorama | None = None


Pixels = Annotated[int, Field(ge=1, le=8192)]
Corner = tuple[Unit, Unit]


class Crop(Frozen):
    """A part of a picture, at a size in pixels."""

    kind: Literal["crop"] = "crop"
    box: Box
    width: Pixels
    height: Pixels


class Rotate(Frozen):
    """A picture turned clockwise, the whole of it, at a size in pixels."""

    kind: Literal["rotate"] = "rotate"
    angle_deg: Annotated[float, Field(ge=-180, le=180)]
    width: Pixels
    height: Pixels


class Rectify(Frozen):
    """A plane seen from the front: its corners in fractions of a picture, clockwise from the top left."""

    kind: Literal["rectify"] = "rectify"
    corners: tuple[Corner, Corner, Corner, Corner]
    width: Pixels
    height: Pixels


class Look(Frozen):
    """What a camera would see inside a panorama; `fov_deg` is the angle from left to right."""

    kind: Literal["look"] = "look"
    heading_deg: Annotated[float, Field(ge=-360, le=360)]
    pitch_deg: Annotated[float, Field(ge=-90, le=90)]
    fov_deg: Annotated[float, Field(ge=5, le=150)]
    width: Pixels
    height: Pixels


class Enhance(Frozen):
    """Local contrast raised; in the dark, brightness before it."""

    kind: Literal["enhance"] = "enhance"
    method: Literal["contrast", "low_light"]


Operation = Annotated[Crop | Rotate | Rectify | Look | Enhance, Field(discriminator="kind")]


class View(Frozen):
    """A numbered picture of the case: a photo, or what was made of an earlier view. The pixels are elsewhere.

    Without operations it is the part `box` of the photo; with them it is what they make of the whole photo, one after
    the other, and `box` is where that lies in the photo, as far as that can be told. `of` is the picture where that is
    none of the case's photos; where it is not of the place to be found either, but was fetched to compare, `outside`
    says what it is. A view of two others shows them `beside` each other.
    """

    number: Annotated[int, Field(ge=1)]
    photo: Annotated[int, Field(ge=0)]
    box: Box = Box(x0=0, y0=0, x1=1, y1=1)
    source: int | None = None
    width: int = 0
    height: int = 0
    of: PhotoRef | None = None
    outside: Annotated[str | None, Field(max_length=300)] = None
    operations: Annotated[tuple[Operation, ...], Field(max_length=24)] = ()
    beside: "tuple[View, View] | None" = None

    @property
    def is_photo(self) -> bool:
        """Whether it is a photo of the case, whole."""
        return self.source is None and self.outside is None


class Clue(Noun):
    """Something observed in a photo or its file."""

    prefix = "c"
    kind: ClueKind
    value: Annotated[str, Field(min_length=1, max_length=2000)]
    view: int | None = None
    box: Box | None = None
    witness: Witness
    confidence: Unit = 1.0


class Evidence(Noun):
    """What a clue, a tool's result or a model says about *where*.

    `kind` and `witness` index its reliability; members of one `group` arose from one observation and are discounted
    together; `supersedes` names the earlier statements of the same witness that this one replaces; `seen` the evidence
    that the witness had been shown when it spoke, which then counts in one group with what it said.
    """

    prefix = "e"
    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    witness: Witness
    statement: Annotated[str, Field(min_length=1, max_length=2000)]
    likelihood: Likelihood
    level: LevelName = "country"
    group: Annotated[str, Field(min_length=1, max_length=200)]
    clues: tuple[Id, ...] = ()
    call: Id | None = None
    supersedes: Id | tuple[Id, ...] | None = None
    seen: tuple[Id, ...] = ()


def superseded(item: Evidence) -> tuple[Id, ...]:
    """The ids of what a piece of evidence replaces."""
    if item.supersedes is None:
        return ()
    return (item.supersedes,) if isinstance(item.supersedes, str) else item.supersedes


class PlacePath(Frozen):
    """A place by name, coarse to fine; `key` is its area key where the atlas knows it."""

    country: str | None = None
    region: str | None = None
    city: str | None = None
    street: str | None = None
    key: Area | None = None

    def __str__(self) -> str:
        return ", ".join(part for part in (self.street, self.city, self.region, self.country) if part) or "?"


class Candidate(Noun):
    """A place put forward, by whom and from which evidence."""

    prefix = "p"
    place: PlacePath
    point: Point | None = None
    proposer: Witness
    evidence: tuple[Id, ...] = ()


class Case(Noun):
    """A place finer than any row of the atlas, which takes part in the belief of the rows whose footprint it lies in.

    `radius_km` is how far it reaches: its share of a row is the share of the footprint that it covers.
    """

    prefix = "k"
    name: str
    level: Literal["street", "point"] = "point"
    point: Point
    radius_km: Annotated[float, Field(gt=0)]
    evidence: Id


class Verdict(Noun):
    """The outcome of checking one candidate. It never moves the belief; only new evidence does."""

    prefix = "v"
    candidate: Id
    outcome: Literal["confirmed", "plausible", "contradicted", "unverified"]
    supporting: tuple[Id, ...] = ()
    opposing: tuple[Id, ...] = ()


class ToolCall(Noun):
    """The record of one tool call. How long it took is not part of its identity."""

    prefix = "t"
    unhashed = frozenset({"elapsed_s"})
    tool: str
    arguments: dict[str, Any]
    status: Literal["ok", "invalid", "unavailable"]
    text: str
    data: Any = None
    elapsed_s: float = 0.0


class Step(Noun):
    """One link of the reasoning chain.

    `support` tells what stands behind the statement: "record", it was rendered from the cited records; "cited", a
    model says it and cites a tool call or another witness; "unsupported", a model says it and nothing recorded backs
    it up.
    """

    prefix = "s"
    node: str
    statement: Annotated[str, Field(min_length=1, max_length=4000)]
    cites: tuple[Id, ...] = ()
    support: Literal["record", "cited", "unsupported"] = "record"


class Turn(Frozen):
    """One exchange of the ReAct loop, as the model sees it again at its next turn."""

    thought: str
    action: str
    arguments: dict[str, Any]
    observation: str
    views: tuple[int, ...] = ()
