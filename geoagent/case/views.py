"""Photos by reference, and the numbered views of them: whole photos, and what operations such as a crop make of
them.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Frozen(BaseModel):
    """Base of all records: immutable, and refuses fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Box(Frozen):
    """An upright rectangle in a picture, in fractions of the picture's width and height, counted from its top left
    corner.

    `x0`, `y0` is the box's top left corner, `x1`, `y1` its bottom right one.
    """

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
    """The part of the sphere that an equirectangular picture shows.

    `width_deg` is how far it reaches round; `top_deg` and `bottom_deg` are the elevations of its edges, the horizon
    being 0. `heading_deg` is the compass heading of its middle; where it is None, headings count from the middle.
    `linked` says that a graph file beside the picture names other panoramas that one can go on to.
    """

    width_deg: Annotated[float, Field(gt=0, le=360)] = 360.0
    top_deg: Annotated[float, Field(ge=-90, le=90)] = 90.0
    bottom_deg: Annotated[float, Field(ge=-90, le=90)] = -90.0
    heading_deg: Annotated[float | None, Field(ge=-360, le=360)] = None
    linked: bool = False


class Credentials(Frozen):
    """The content credentials (C2PA) in a photo's file: who signed it, when and with what, and which edits are told.

    - `outcome`: "holds", the signature is valid and the picture is as it was signed; "broken", it is not, and `faults`
      are the codes of C2PA for why; "unread", the library that reads them is missing; "damaged", they cannot be read.
    - `signer` is whom the certificate names; no list of trusted certificates was asked.
    - `signed_at` is what a time stamp says, and `software` what made the credentials.
    - `actions` are the C2PA codes of the edits, the oldest first.
    """

    outcome: Literal["holds", "broken", "unread", "damaged"]
    signer: Annotated[str, Field(max_length=200)] = ""
    signed_at: Annotated[str, Field(max_length=40)] = ""
    software: Annotated[str, Field(max_length=200)] = ""
    actions: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    faults: Annotated[tuple[str, ...], Field(max_length=20)] = ()


class FileFacts(Frozen):
    """What a photo's file tells of how it was made. Nothing of it is evidence of a place.

    `metadata` names the kinds of metadata in the file, such as "EXIF". `jpeg_quality` is the setting, from 1 to 100, at
    which common programs write the tables that this JPEG has; None for other files, and for tables of a camera's own.
    `credentials` is None where the file holds none.
    """

    metadata: tuple[str, ...] = ()
    jpeg_quality: Annotated[int, Field(ge=1, le=100)] | None = None
    credentials: Credentials | None = None


class Fetched(Frozen):
    """Where a photo came from that was given by a web address: the address without keys, when it was fetched (UTC), and
    the SHA-256 of its file.
    """

    address: Annotated[str, Field(max_length=2000)]
    at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class FilmFrame(Frozen):
    """Where a photo came from that is a frame of a film: the film's file name and SHA-256, and when it is shown."""

    film: Annotated[str, Field(max_length=255)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    at_s: Annotated[float, Field(ge=0, allow_inf_nan=False)]


class PhotoRef(Frozen):
    """A photo by reference: the path of its file, its size in pixels, and an `id` by which it is recognised.

    `id` is the first 16 hexadecimal digits of the SHA-256 of its size and its upright pixels. `panorama` is None for an
    ordinary photo. `has_position` says whether the file holds a usable position, never which; `file` is what else the
    file tells; both are None where the file was not asked. `fetched` is set for a photo that was given by a web
    address, `frame` for one that is a frame of a film.
    """

    path: str
    id: str
    width: int
    height: int
    panorama: Panorama | None = None
    has_position: bool | None = None
    file: FileFacts | None = None
    fetched: Fetched | None = None
    frame: FilmFrame | None = None


Pixels = Annotated[int, Field(ge=1, le=8192)]


Corner = tuple[Unit, Unit]


class Crop(Frozen):
    """The operation that cuts the part `box` out of a picture and shows it `width` × `height` pixels large."""

    kind: Literal["crop"] = "crop"
    box: Box
    width: Pixels
    height: Pixels


class Rotate(Frozen):
    """The operation that turns a whole picture clockwise by `angle_deg`, and shows it `width` × `height` pixels
    large.
    """

    kind: Literal["rotate"] = "rotate"
    angle_deg: Annotated[float, Field(ge=-180, le=180)]
    width: Pixels
    height: Pixels


class Rectify(Frozen):
    """The operation that shows a plane of a picture, such as a sign seen at an angle, from the front, `width` ×
    `height` pixels large.

    `corners` are the plane's corners as pairs (x, y) in fractions of the picture, clockwise from the top left.
    """

    kind: Literal["rectify"] = "rectify"
    corners: tuple[Corner, Corner, Corner, Corner]
    width: Pixels
    height: Pixels


class Look(Frozen):
    """The operation that makes a view inside a panorama as a camera would take it, `width` × `height` pixels large.

    The camera looks to the compass heading `heading_deg` and `pitch_deg` above the horizon; `fov_deg` is its horizontal
    angle of view.
    """

    kind: Literal["look"] = "look"
    heading_deg: Annotated[float, Field(ge=-360, le=360)]
    pitch_deg: Annotated[float, Field(ge=-90, le=90)]
    fov_deg: Annotated[float, Field(ge=5, le=150)]
    width: Pixels
    height: Pixels


class Enhance(Frozen):
    """The operation that gives a picture more local contrast; the method "low_light" makes a dark one brighter
    first.
    """

    kind: Literal["enhance"] = "enhance"
    method: Literal["contrast", "low_light"]


Operation = Annotated[Crop | Rotate | Rectify | Look | Enhance, Field(discriminator="kind")]


class View(Frozen):
    """A numbered picture of the case: a photo, or what operations such as a crop make of an earlier view. It holds no
    pixels.

    - `photo` is the index of the photo, from 0; `source` the number of the view that this one was made of, None for a
      whole photo; `width` and `height` its size in pixels.
    - Without `operations` it is the part `box` of the photo. With them it is what they make of the whole photo, one
      after the other, and `box` is the part of the photo that it shows, as far as that can be told.
    - `of` is the picture where it is none of the case's photos. `outside` says what that picture is where it was only
      fetched to compare, and is not of the place to be found.
    - `beside` are the two views that it shows beside each other.
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
        """Whether the view is a whole photo of the case: no part of one, nothing made of one, and no picture fetched to
        compare.
        """
        return self.source is None and self.outside is None
