"""The tool `colours`: names the dominant colours in a part of a view."""

import numpy as np

from geoagent.geo import Floats
from geoagent.plain_text import percent
from geoagent.tools.core.tool import ToolContext, ToolResult
from geoagent.tools.core.views import BoxList, ViewNumber, cut, find_part

SIDE_PX = 160
PALETTE = 12
LEAST_SHARE = 0.04
MOST = 6
NAMES = {
    "black": "141414", "dark grey": "4b4b4b", "grey": "808080", "light grey": "c4c4c4", "white": "f6f6f6",
    "red": "cc1f1f", "dark red": "7a1515", "pink": "f0a0b8", "orange": "f08020", "ochre": "c8903a", "brown": "70482a",
    "dark brown": "3c2818", "beige": "dcc9a4", "yellow": "f4d020", "cream": "f4ecc8", "olive": "6e6e2c",
    "green": "2e8b3c", "light green": "98d080", "dark green": "1c4a28", "turquoise": "38b8b0", "sky blue": "88bce8",
    "blue": "2458c0", "dark blue": "162858", "violet": "7a40a8", "purple": "5c2050", "brick red": "a04c38",
    "terracotta": "c8704c", "grey-blue": "68809c",
}  # fmt: skip
"""Everyday names with a typical sRGB value each; chosen here."""


def colours(context: ToolContext, view: ViewNumber, box: BoxList) -> ToolResult:
    """Name the dominant colours in a box of a view, with their shares: of plates, signs, lines, soil, buses, roofs."""
    source, part = find_part(context, view, box)
    region = cut(context, source, part, magnify=1.0, longest=SIDE_PX)
    picture = context.photos.render(context.refs[region.photo], region)
    pixels = np.asarray(picture).reshape(-1, 3)
    reduced = picture.quantize(PALETTE, kmeans=4)
    counts = np.bincount(np.asarray(reduced).ravel(), minlength=PALETTE)
    shares = dict[str, list[int]]()
    for index in np.argsort(-counts):
        if counts[index]:
            members = pixels[np.asarray(reduced).ravel() == index]
            shares.setdefault(name_of(members.mean(axis=0)), []).append(int(index))
    found = list[dict[str, str | float]]()
    for name, indices in shares.items():
        chosen = np.isin(np.asarray(reduced).ravel(), indices)
        red, green, blue = (round(float(v)) for v in pixels[chosen].mean(axis=0))
        found.append({"name": name, "hex": f"#{red:02x}{green:02x}{blue:02x}", "share": round(float(chosen.mean()), 3)})
    found.sort(key=lambda colour: -float(colour["share"]))
    kept = [colour for colour in found if float(colour["share"]) >= LEAST_SHARE][:MOST] or found[:1]
    text = ", ".join(f"{c['name']} {c['hex']} {percent(float(c['share']))}" for c in kept)
    return ToolResult(text=f"colours as the picture has them, light and camera included: {text}", data=kept)


def name_of(rgb: Floats) -> str:
    """The everyday name, out of `NAMES`, of the colour that looks nearest to `rgb` (red, green, blue from 0 to 255)."""
    values = np.array([[int(code[i : i + 2], 16) for i in (0, 2, 4)] for code in NAMES.values()], dtype=float)
    apart = np.linalg.norm(_lab(values) - _lab(np.asarray(rgb, dtype=float)[None]), axis=1)
    return list(NAMES)[int(apart.argmin())]


def _lab(rgb: Floats) -> Floats:
    """CIE L*a*b* (D65) of sRGB values from 0 to 255, shape (n, 3)."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratio = linear @ matrix.T / np.array([0.9505, 1.0, 1.089])
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)
