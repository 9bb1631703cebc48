"""Flat walls with windows and shop fronts, seen straight on."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw, ImageFilter

from street.model import Palette, Point, Rgb
from street.shades import add_noise, grain, mix, rgb, shade, smooth_noise, vertical_ramp

FACADE_PPM = 96


def pane(size: tuple[int, int], sky: Rgb, rng: random.Random) -> Image.Image:
    """Window glass with a dim room behind and a streak of reflected sky."""
    glass = vertical_ramp(size, mix((46, 56, 68), sky, rng.uniform(0.15, 0.5)), (44, 50, 58))
    streak = Image.new("L", size)
    left = rng.uniform(-0.3, 0.6) * size[0]
    wide = rng.uniform(0.2, 0.5) * size[0]
    points = [(left + wide, 0), (left + 2 * wide, 0), (left + wide, size[1]), (left, size[1])]
    ImageDraw.Draw(streak).polygon(points, fill=60)
    glass.paste(sky, (0, 0), streak)
    return glass


def paint_window(wall: Image.Image, corner: Point, colour: Rgb, palette: Palette, rng: random.Random) -> None:
    """Paint a framed window, its top left corner in metres from that of the wall."""
    left, top = (round(value * FACADE_PPM) for value in corner)
    right, bottom = left + round(1.1 * FACADE_PPM), top + round(1.45 * FACADE_PPM)
    draw, trim = ImageDraw.Draw(wall), rgb(palette.trim)
    draw.rectangle((left - 9, top - 12, right + 9, bottom + 9), fill=shade(colour, 0.85))
    draw.rectangle((left - 6, top - 6, right + 6, bottom + 6), fill=trim)
    wall.paste(pane((right - left, bottom - top), rgb(palette.sky_low), rng), (left, top))
    if rng.random() < 0.45:
        drop = top + round((bottom - top) * rng.uniform(0.15, 0.6))
        draw.rectangle((left, top, right, drop), fill=shade(trim, 0.78))
    middle, transom = (left + right) // 2, top + (bottom - top) // 3
    draw.rectangle((middle - 3, top, middle + 3, bottom), fill=trim)
    draw.rectangle((left, transom - 3, right, transom + 3), fill=trim)
    draw.rectangle((left, top, right, top + 7), fill=(36, 40, 46))
    draw.rectangle((left - 14, bottom + 6, right + 14, bottom + 15), fill=shade(trim, 0.95))
    draw.rectangle((left - 12, bottom + 16, right + 12, bottom + 24), fill=shade(colour, 0.72))


def paint_shopfront(wall: Image.Image, width: float, height: float, palette: Palette, rng: random.Random) -> None:
    """Paint the ground floor of a shop: a row of show windows with goods, and doors."""
    draw = ImageDraw.Draw(wall)
    trim = shade(rgb(palette.trim), 0.62)
    base = height * FACADE_PPM
    draw.rectangle((0, base - 3.05 * FACADE_PPM, wall.width, base), fill=shade(rgb(palette.roof), 0.6))
    count = round(width / 2.4)
    for index in range(count):
        left = (0.2 + index * (width - 0.2) / count) * FACADE_PPM
        right = left + ((width - 0.2) / count - 0.2) * FACADE_PPM
        door = index % 3 == 1
        low = base - (0.08 if door else 0.55) * FACADE_PPM
        area = (round(left), round(base - 2.75 * FACADE_PPM), round(right), round(low))
        draw.rectangle((area[0] - 6, area[1] - 6, area[2] + 6, area[3] + 6), fill=trim)
        wall.paste(pane((area[2] - area[0], area[3] - area[1]), rgb(palette.sky_low), rng), area[:2])
        if door:
            draw.rectangle(((left + right) / 2 - 4, area[1], (left + right) / 2 + 4, area[3]), fill=trim)
            draw.rectangle((area[0], area[1] + 60, area[2], area[1] + 68), fill=trim)
        else:
            paint_goods(wall, area, rng)


def paint_goods(wall: Image.Image, area: tuple[int, int, int, int], rng: random.Random) -> None:
    """Paint blurred, lamp-lit things behind a show window."""
    left, top, right, bottom = area
    inside = wall.crop((left, top, right, bottom))
    draw = ImageDraw.Draw(inside)
    inside.paste((255, 206, 138), (0, 0), Image.linear_gradient("L").resize(inside.size).point(lambda v: 96 - v // 5))
    for _ in range(9):
        x, w, h = rng.uniform(0, inside.width), rng.uniform(12, 40), rng.uniform(20, 90)
        tone = rng.choice(((196, 150, 92), (168, 92, 70), (208, 190, 150), (92, 116, 120), (140, 130, 84)))
        draw.rectangle((x, inside.height - h, x + w, inside.height), fill=shade(tone, rng.uniform(0.5, 0.95)))
    for lamp in range(2):
        x = inside.width * (0.3 + 0.4 * lamp)
        draw.ellipse((x - 9, 36, x + 9, 54), fill=(255, 232, 176))
    wall.paste(inside.filter(ImageFilter.GaussianBlur(4)), (left, top))


def facade(width: float, height: float, colour: Rgb, palette: Palette, rng: random.Random, shop: bool) -> Image.Image:
    """One flat wall with its windows, seen straight on."""
    size = (round(width * FACADE_PPM), round(height * FACADE_PPM))
    wall = vertical_ramp(size, shade(colour, 1.06), shade(colour, 0.88))
    small = (size[0] // 3, size[1] // 3)
    wall = add_noise(wall, smooth_noise(small, (5, 3), rng).resize(size), 0.14)
    wall = add_noise(wall, grain(small, rng).resize(size), 0.07)
    columns = max(1, int(width / 2.5))
    pitch = width / columns
    first_row = 0 if not shop else 1
    for row in range(first_row, max(first_row, int((height - 0.6) / 3.0))):
        bottom = height - 1.0 - 3.0 * row - (1.4 if shop else 0)
        for column in range(columns):
            left = (column + 0.5) * pitch - 0.55
            if bottom > 2.0:
                paint_window(wall, (left, bottom - 1.45), colour, palette, rng)
    draw = ImageDraw.Draw(wall)
    draw.rectangle((0, 0, size[0], 20), fill=shade(rgb(palette.trim), 0.85))
    draw.rectangle((0, 21, size[0], 34), fill=shade(colour, 0.65))
    draw.rectangle((0, size[1] - 45, size[0], size[1]), fill=shade(colour, 0.6))
    if shop:
        paint_shopfront(wall, width, height, palette, rng)
    return wall
