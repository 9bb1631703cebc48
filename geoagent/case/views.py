"""Photos by reference, and the numbered views that are made of them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Frozen(BaseModel):
    """Base of all records: immutable, and refuses fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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


class Credentials(Frozen):
    """The content credentials (C2PA) in a photo's file: who signed, when and with what, and the edits that are told.

    `outcome`: the signature holds and the picture is as it was signed; or not, for which `faults` are the codes of
    C2PA; or they are not read, since what reads them is missing or they are damaged. `signer` is whom the certificate
    names, which no list of trusted ones was asked about; `signed_at` what a time stamp says, and `actions` the codes of
    the edits.
    """

    outcome: Literal["holds", "broken", "unread", "damaged"]
    signer: Annotated[str, Field(max_length=200)] = ""
    signed_at: Annotated[str, Field(max_length=40)] = ""
    software: Annotated[str, Field(max_length=200)] = ""
    actions: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    faults: Annotated[tuple[str, ...], Field(max_length=20)] = ()


class FileFacts(Frozen):
    """What a photo's file tells of its making. Nothing of it is evidence of a place.

    `metadata` names the kinds of metadata in it. `jpeg_quality` is that with which common programs write such tables;
    None for other files, and for tables of a camera's own.
    """

    metadata: tuple[str, ...] = ()
    jpeg_quality: Annotated[int, Field(ge=1, le=100)] | None = None
    credentials: Credentials | None = None


class Fetched(Frozen):
    """Where a photo came from: its address without keys, when it was fetched (UTC), and the SHA-256 of its file."""

    address: Annotated[str, Field(max_length=2000)]
    at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class PhotoRef(Frozen):
    """A photo by reference: the path of its file, and the SHA-256 of its size and upright pixels, by which it is
    identified.

    `has_position` says whether the file holds a usable position, never which; None where that was not asked. So is
    `file`, what else the file tells.
    `fetched` says where a photo came from that was given by its address.
    """

    path: str
    id: str
    width: int
    height: int
    panorama: Panorama | None = None
    has_position: bool | None = None
    file: FileFacts | None = None
    fetched: Fetched | None = None


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
    """A view inside a panorama as a camera would take it; `fov_deg` is the horizontal angle of view."""

    kind: Literal["look"] = "look"
    heading_deg: Annotated[float, Field(ge=-360, le=360)]
    pitch_deg: Annotated[float, Field(ge=-90, le=90)]
    fov_deg: Annotated[float, Field(ge=5, le=150)]
    width: Pixels
    height: Pixels


class Enhance(Frozen):
    """A picture with more local contrast; a dark one is made brighter first."""

    kind: Literal["enhance"] = "enhance"
    method: Literal["contrast", "low_light"]


Operation = Annotated[Crop | Rotate | Rectify | Look | Enhance, Field(discriminator="kind")]


class View(Frozen):
    """A numbered picture of the case: a photo, or what operations such as a crop make of an earlier view.

    It holds no pixels. Without operations it is the part `box` of the photo; with them it is what they make of the
    whole photo, one after the other, and `box` is where that lies in the photo, as far as that can be told. `of` is the
    picture where that is none of the case's photos; where it is not of the place to be found either, but was fetched to
    compare, `outside` says what it is. A view of two others shows them `beside` each other.
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
        """Whether the view is a whole photo of the case, not a part of one."""
        return self.source is None and self.outside is None
