"""Signs: their flat faces, and how they hang in the street."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw, ImageFont

from street.canvas import Canvas
from street.furniture import paint_post
from street.model import SIGN_STYLES, Point, Point3, Sign, SignStyle
from street.shades import rgb, shade, vertical_ramp

SIGN_PPM = 160


def sign_picture(sign: Sign) -> Image.Image:
    """The flat face of a sign, transparent where it has no board."""
    style = SIGN_STYLES[sign.style]
    high = sign.size * SIGN_PPM
    font = ImageFont.load_default(size=high / 0.72)
    left, top, right, bottom = font.getbbox(sign.text)
    pad = round(high * 0.55)
    tip = round(high * 0.9) if style.point else 0
    size = (round(right - left) + 2 * pad + tip, round(bottom - top) + 2 * pad)
    shift = tip if style.point < 0 else 0
    face = Image.new("RGBA", size)
    if style.board:
        paint_board(face, style, tip, high)
    draw = ImageDraw.Draw(face)
    spot = (pad + shift - left, pad - top)
    weight = high * 0.035
    if not style.board:
        below = (spot[0] + high * 0.05, spot[1] + high * 0.06)
        draw.text(below, sign.text, (20, 20, 24, 120), font, stroke_width=weight)
    draw.text(spot, sign.text, rgb(style.ink), font, stroke_width=weight)
    return face


def paint_board(face: Image.Image, style: SignStyle, tip: int, high: float) -> None:
    """Paint a sign's board, shaded from top to bottom, with its border."""
    wide, tall = face.width - 1, face.height - 1
    shape: list[Point] = [(0, 0), (wide, 0), (wide, tall), (0, tall)]
    if style.point > 0:
        shape = [(0, 0), (wide - tip, 0), (wide, tall / 2), (wide - tip, tall), (0, tall)]
    elif style.point < 0:
        shape = [(tip, 0), (wide, 0), (wide, tall), (tip, tall), (0, tall / 2)]
    mask = Image.new("L", face.size)
    ImageDraw.Draw(mask).polygon(shape, fill=255)
    board = rgb(style.board or style.ink)
    face.paste(vertical_ramp(face.size, shade(board, 1.06), shade(board, 0.9)), (0, 0), mask)
    if style.border:
        edge = round(high * 0.12)
        middle = (wide / 2, tall / 2)
        inset = [
            tuple(v + math.copysign(edge, m - v) if abs(m - v) > 1 else v for v, m in zip(p, middle, strict=True))
            for p in shape
        ]
        ImageDraw.Draw(face).line([*inset, inset[0]], fill=rgb(style.border), width=max(2, edge // 2), joint="curve")


def sign_corners(sign: Sign, size: tuple[int, int], shift: Point = (0.0, 0.0)) -> list[Point3]:
    """Where the corners of a sign's face stand in the world."""
    yaw, roll = math.radians(sign.yaw), math.radians(sign.roll)
    corners = []
    for a, b in ((-1, 1), (1, 1), (1, -1), (-1, -1)):
        flat_x, flat_y = a * size[0] / SIGN_PPM / 2, b * size[1] / SIGN_PPM / 2
        across = flat_x * math.cos(roll) - flat_y * math.sin(roll) + shift[0]
        up = flat_x * math.sin(roll) + flat_y * math.cos(roll) + shift[1]
        x, y, z = sign.at
        corners.append((x + across * math.cos(yaw), y + up, z + across * math.sin(yaw)))
    return corners


def paint_sign(canvas: Canvas, sign: Sign) -> None:
    """Paint a sign in place, with its post or its shadow on the wall."""
    face = sign_picture(sign)
    style = SIGN_STYLES[sign.style]
    if style.post:
        paint_post(canvas, sign.at[0], sign.at[2] + 0.06, sign.at[1] + 0.4, 0.1, (132, 136, 140))
    elif style.board:
        canvas.shadow(sign_corners(sign, face.size, (0.06, -0.1)), 0.5, 8)
    canvas.texture(face, sign_corners(sign, face.size))
