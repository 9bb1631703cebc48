"""What a scene is made of: its colours, its signs, and its true place."""

from __future__ import annotations

from dataclasses import dataclass

Rgb = tuple[int, int, int]
Point = tuple[float, float]
Point3 = tuple[float, float, float]


@dataclass(frozen=True)
class Palette:
    """Colours of one scene; clouds is the share of sky covered, 0 to 1."""

    sky_top: str
    sky_low: str
    hills: str
    pavement: str
    road: str
    walls: tuple[str, ...]
    roof: str
    trim: str
    leaves: str
    clouds: float = 0.4


@dataclass(frozen=True)
class Sign:
    """A sign: letters `size` metres high, centred `at` (x right, y up, z ahead, in metres); yaw and roll in degrees."""

    text: str
    style: str
    at: Point3
    size: float
    yaw: float = 0.0
    roll: float = 0.0


@dataclass(frozen=True)
class Scene:
    """One picture: its true place (empty when nothing in it tells), its colours, and its signs."""

    name: str
    country_code: str
    city: str
    lat: float | None
    lon: float | None
    what: str
    palette: Palette
    signs: tuple[Sign, ...] = ()
    side: int = 1
    pan: float = 9.0
    tree: str = "round"
    shop: bool = True


@dataclass(frozen=True)
class SignStyle:
    """How a kind of sign is drawn; no board means bare letters."""

    ink: str
    board: str | None = None
    border: str | None = None
    point: int = 0
    post: bool = False


SIGN_STYLES = {
    "fascia_green": SignStyle("#f6f7f0", "#1f6b45"),
    "fascia_navy": SignStyle("#f4ead0", "#23304d"),
    "fascia_red": SignStyle("#fff6e4", "#9c2b25"),
    "fascia_yellow": SignStyle("#26324a", "#f0c141"),
    "fascia_cream": SignStyle("#43281c", "#f1e6cd"),
    "letters_dark": SignStyle("#2c2a2b"),
    "letters_light": SignStyle("#fbf6ea"),
    "plate_blue": SignStyle("#ffffff", "#24489b", "#ffffff"),
    "plate_white": SignStyle("#22242a", "#f4f3ee", "#5a5c60"),
    "direction_blue": SignStyle("#ffffff", "#1456a4", "#ffffff", point=-1, post=True),
    "direction_white": SignStyle("#17181a", "#f7f6f1", "#17181a", point=1, post=True),
}
