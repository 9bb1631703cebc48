"""Houses along both sides of the street."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageEnhance

from street.canvas import EYE_HEIGHT, KERB, SHOP_Z, STREET, Canvas, strip, upright
from street.model import Point3, Rgb
from street.shades import mix, rgb, shade
from street.walls import facade


@dataclass(frozen=True)
class House:
    """A box along the street: x runs away from the street, z along it."""

    inner: float
    outer: float
    front: float
    back: float
    height: float
    colour: Rgb
    shop: bool = False


def plan_houses(canvas: Canvas) -> list[House]:
    """Lay out both rows of houses, the far ones first."""
    scene, rng = canvas.scene, canvas.rng
    side, walls = scene.side, [rgb(wall) for wall in scene.palette.walls]
    houses = [House(KERB * side, 17.5 * side, SHOP_Z, SHOP_Z + 11, 8.4, walls[0], scene.shop)]
    for inner, start, turn in ((KERB * side, SHOP_Z + 12.5, 1), (-(STREET + KERB) * side, 19.0, 2)):
        front = start
        while front < 95:
            length, height = rng.uniform(8, 15), rng.uniform(6.2, 10.5)
            outer = inner + math.copysign(14, inner)
            houses.append(House(inner, outer, front, front + length, height, walls[turn % len(walls)]))
            front, turn = front + length + rng.choice((0.0, 0.0, 3.0)), turn + 1
    return sorted(houses, key=lambda house: -house.front)


def hazed(canvas: Canvas, picture: Image.Image, depth: float, light: float) -> Image.Image:
    """A wall as it looks from afar: dimmed by its light, then veiled by haze."""
    veil = Image.new("RGB", picture.size, rgb(canvas.scene.palette.sky_low))
    return Image.blend(ImageEnhance.Brightness(picture).enhance(light), veil, min(0.55, depth / 220))


def paint_house(canvas: Canvas, house: House) -> None:
    """Paint one house: its side along the street, its front, and its roof."""
    palette, rng = canvas.scene.palette, canvas.rng
    length, width = house.back - house.front, abs(house.outer - house.inner)
    away = math.copysign(1, house.outer - house.inner)
    flank = facade(length, house.height, house.colour, palette, rng, False)
    near, far = (house.inner, house.front), (house.inner, house.back)
    ends = (far, near) if away > 0 else (near, far)
    canvas.shadow(strip(house.inner - 1.1 * away, house.inner, house.front - 0.5, house.back), 0.35, 14)
    canvas.texture(hazed(canvas, flank, house.front, 0.68), upright(ends, house.height))
    face = facade(width, house.height, house.colour, palette, rng, house.shop)
    ends = ((house.inner, house.front), (house.outer, house.front))
    canvas.shadow(strip(house.inner, house.outer, house.front - 0.9, house.front), 0.45, 14)
    canvas.texture(hazed(canvas, face, house.front, 1.0), upright(ends if away > 0 else ends[::-1], house.height))
    paint_roof(canvas, house, min(0.5, house.front / 240))


def paint_roof(canvas: Canvas, house: House, haze: float) -> None:
    """Paint the two visible slopes of a hipped roof, with overhanging eaves."""
    palette = canvas.scene.palette
    away = math.copysign(1, house.outer - house.inner)
    roof = mix(rgb(palette.roof), rgb(palette.sky_low), haze)
    low, high, rise = house.height, house.height + 1.9, 3.0
    inner, outer = house.inner - 0.35 * away, house.outer + 0.35 * away
    front, back = house.front - 0.35, house.back + 0.2
    eaves = [(inner, low, front), (outer, low, front), (outer, low, back), (inner, low, back)]
    top = [
        (inner + rise * away, high, front + rise),
        (outer - rise * away, high, front + rise),
        (outer - rise * away, high, back - rise),
        (inner + rise * away, high, back - rise),
    ]
    for part in (0.3, 0.72):
        paint_chimney(canvas, inner + (outer - inner) * part, front + rise, high, mix(house.colour, roof, 0.5))
    pitch = (high - low) / rise
    if low - pitch * abs(inner) < EYE_HEIGHT:
        canvas.fill([eaves[0], eaves[3], top[3], top[0]], shade(roof, 0.78))
    if low - pitch * front < EYE_HEIGHT:
        canvas.fill([eaves[0], eaves[1], top[1], top[0]], roof)
        paint_tiles(canvas, (eaves[0], eaves[1], top[0], top[1]), shade(roof, 0.86))
    canvas.fill(strip(inner, house.inner, front, back, low), shade(roof, 0.42))
    canvas.fill(strip(inner, outer, front, house.front, low), shade(roof, 0.42))
    canvas.fill(upright(((inner, front), (inner, back)), low + 0.1, low - 0.06), shade(roof, 0.55))
    canvas.fill(upright(((inner, front), (outer, front)), low + 0.1, low - 0.06), shade(roof, 0.7))


def paint_chimney(canvas: Canvas, x: float, z: float, ridge: float, colour: Rgb) -> None:
    """Paint a chimney that stands on a ridge."""
    canvas.fill(upright(((x - 0.45, z), (x + 0.45, z)), ridge + 0.9, ridge - 0.6), shade(colour, 0.9))
    canvas.fill(upright(((x + 0.2, z), (x + 0.45, z)), ridge + 0.9, ridge - 0.6), shade(colour, 0.72))
    canvas.fill(upright(((x - 0.52, z), (x + 0.52, z)), ridge + 1.05, ridge + 0.88), shade(colour, 0.6))


def paint_tiles(canvas: Canvas, slope: Sequence[Point3], colour: Rgb) -> None:
    """Draw rows of tiles on a slope given as its two low corners, then its two high ones."""
    draw = ImageDraw.Draw(canvas.image)
    ends = [[canvas.project(corner) for corner in slope[i::2]] for i in (0, 1)]
    for row in range(1, 10):
        line = [(low[0] + (high[0] - low[0]) * row / 10, low[1] + (high[1] - low[1]) * row / 10) for low, high in ends]
        draw.line(line, fill=colour, width=3)


def paint_awning(canvas: Canvas) -> None:
    """Paint a striped awning along the shop front."""
    side, palette = canvas.scene.side, canvas.scene.palette
    stripes = (rgb(palette.trim), shade(rgb(palette.roof), 1.05))
    canvas.shadow(upright(((KERB * side, SHOP_Z), (17.5 * side, SHOP_Z)), 2.6, 1.7), 0.5, 10)
    for index in range(34):
        x0, x1 = ((KERB + 0.15 + step * 0.45) * side for step in (index, index + 1))
        colour = stripes[index % 2]
        canvas.fill([(x0, 3.0, SHOP_Z), (x1, 3.0, SHOP_Z), (x1, 2.5, 14.2), (x0, 2.5, 14.2)], colour)
        canvas.fill(upright(((x0, 14.2), (x1, 14.2)), 2.5, 2.3), shade(colour, 0.82))
