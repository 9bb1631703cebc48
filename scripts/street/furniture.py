"""What stands in the street: trees, lamps, posts and cars."""

from __future__ import annotations

import math
import random

from PIL import ImageDraw

from street.canvas import FOCAL, STREET, Canvas, strip, upright
from street.model import Point, Rgb
from street.shades import mix, rgb, shade

CAR_PAINTS = ((52, 84, 132), (226, 228, 230), (86, 92, 96), (58, 98, 84), (196, 176, 140))
HEADLIGHT, TAIL_LIGHT = (250, 246, 226), (196, 36, 30)
BOLLARDS = (11.4, 9.4, 7.4, 5.9)


def paint_street(canvas: Canvas) -> None:
    """Paint what stands in the street: lamps, trees, two cars, bollards."""
    side, rng = canvas.scene.side, canvas.rng
    for depth in (52, 41, 31, 23):
        paint_lamp(canvas, -(STREET + 0.5) * side, depth + 3, 1.6 * side)
        paint_tree(canvas, -(STREET + 1.2) * side, depth, rng.uniform(4.6, 6.2))
    paints = rng.sample(CAR_PAINTS, 2)
    for colour, across, distance in ((paints[0], -5.6, 36.0), (paints[1], -1.4, 27.0)):
        receding = across * side > -STREET / 2 * side
        paint_car(canvas, across * side, distance, colour, TAIL_LIGHT if receding else HEADLIGHT)
    if not canvas.scene.shop:
        paint_tree(canvas, 5.2 * side, 12.5, 6.4)
        paint_tree(canvas, 10.2 * side, 12.0, 5.8)
    for near in BOLLARDS:
        paint_post(canvas, 0.35 * side, near, 0.85, 0.14, (74, 80, 84))


def paint_tree(canvas: Canvas, x: float, z: float, height: float) -> None:
    """Paint a tree of the scene's kind: a trunk and a crown of many leaf dabs."""
    rng, palette, kind = canvas.rng, canvas.scene.palette, canvas.scene.tree
    haze = min(0.5, z / 200)
    leaves = mix(rgb(palette.leaves), rgb(palette.sky_low), haze)
    bark = mix((84, 68, 54), rgb(palette.sky_low), haze)
    scale = FOCAL / canvas.view((x, 0, z))[2]
    foot_x, foot_y = canvas.project((x, 0, z))
    canvas.shadow(strip(x - 1.6, x + 2.2, z - 0.8, z + 0.8), 0.4, 16)
    draw = ImageDraw.Draw(canvas.image)
    tall, thick = height * scale, 0.13 * scale
    draw.polygon(
        [
            (foot_x - thick, foot_y),
            (foot_x + thick, foot_y),
            (foot_x + thick * 0.5, foot_y - tall * 0.8),
            (foot_x - thick * 0.5, foot_y - tall * 0.8),
        ],
        fill=bark,
    )
    for _ in range(3600):
        across, up = crown_point(kind, rng)
        light = 0.5 + 0.55 * up - 0.22 * across + rng.uniform(-0.16, 0.16)
        u, v = foot_x + across * tall * 0.5, foot_y - up * tall
        r = rng.uniform(0.015, 0.06) * scale
        draw.ellipse((u - r * 1.3, v - r, u + r * 1.3, v + r), fill=shade(leaves, max(0.4, light)))


def crown_point(kind: str, rng: random.Random) -> Point:
    """A random spot in a crown: across from -1 to 1 half heights, up from 0 to 1."""
    if kind == "conifer":
        up = 1 - 0.88 * math.sqrt(rng.random())
        tier = 0.75 + 0.25 * math.cos(up * 40)
        return rng.uniform(-1, 1) * 0.62 * (1.03 - up) * tier, up
    angle, reach = rng.uniform(0, 2 * math.pi), math.sqrt(rng.random())
    if kind == "umbrella":
        lobe = rng.choice(((-0.5, 0.84), (0.5, 0.86), (0.0, 0.92), (-0.2, 0.72), (0.25, 0.74)))
        return lobe[0] + 0.38 * reach * math.cos(angle), lobe[1] + 0.07 * reach * math.sin(angle)
    lobe = rng.choice(((-0.3, 0.6), (0.3, 0.58), (0.0, 0.75), (-0.12, 0.85), (0.22, 0.78), (0.0, 0.55)))
    return lobe[0] + 0.36 * reach * math.cos(angle), lobe[1] + 0.17 * reach * math.sin(angle)


def paint_lamp(canvas: Canvas, x: float, z: float, reach: float) -> None:
    """Paint a street lamp whose arm reaches over the road."""
    metal = mix((62, 66, 70), rgb(canvas.scene.palette.sky_low), min(0.5, z / 160))
    width = max(3, round(0.12 * FOCAL / z))
    draw = ImageDraw.Draw(canvas.image)
    foot, top, tip = (canvas.project(p) for p in ((x, 0, z), (x, 6.6, z), (x + reach, 6.9, z)))
    draw.line((foot, top), fill=metal, width=width)
    draw.line((top, tip), fill=metal, width=max(2, width * 2 // 3))
    draw.ellipse((tip[0] - 2.4 * width, tip[1] - width, tip[0] + 2.4 * width, tip[1] + width), fill=shade(metal, 1.3))


def paint_post(canvas: Canvas, x: float, z: float, height: float, width: float, colour: Rgb) -> None:
    """Paint a round post, lighter on its left, with its shadow on the ground."""
    canvas.shadow(strip(x, x + 1.1, z - width, z + width), 0.4, 6)
    for index, light in enumerate((0.95, 1.15, 1.0, 0.82, 0.66)):
        left = x + width * (index / 5 - 0.5)
        canvas.fill(upright(((left, z), (left + width / 5, z)), height), shade(colour, light))


def paint_car(canvas: Canvas, x: float, z: float, colour: Rgb, lamp: Rgb) -> None:
    """Paint a small car in the road, seen end on."""
    canvas.shadow(strip(x - 1.0, x + 1.1, z - 0.5, z + 3.8), 0.75, 8)
    away = -math.copysign(0.88, x)
    for wheel in (x - 0.72, x + 0.52):
        canvas.fill(upright(((wheel, z), (wheel + 0.2, z)), 0.45), (24, 24, 26))
    canvas.fill(upright(((x + away, z), (x + away, z + 4.0)), 0.92, 0.3), shade(colour, 0.6))
    cabin = ((-0.82, 0.95, 0.0), (0.82, 0.95, 0.0), (0.62, 1.48, 0.5), (-0.62, 1.48, 0.5))
    canvas.fill([(x + a, y, z + deep) for a, y, deep in cabin], shade(colour, 0.9))
    canvas.fill([(x + a * 0.86, 0.97 + (y - 0.95) * 0.85, z + deep) for a, y, deep in cabin], (52, 60, 70))
    canvas.fill(upright(((x - 0.88, z), (x + 0.88, z)), 0.96, 0.32), colour)
    canvas.fill(upright(((x - 0.88, z), (x + 0.88, z)), 0.5, 0.3), shade(colour, 0.55))
    for spot in (x - 0.84, x + 0.54):
        canvas.fill(upright(((spot, z), (spot + 0.3, z)), 0.86, 0.68), lamp)
