"""Sky, hills and ground."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from street.canvas import FAR, FULL, HORIZON, SHOP_Z, STREET, Canvas, strip
from street.shades import add_noise, grain, mix, rgb, shade, smooth_noise, vertical_ramp


def paint_sky(canvas: Canvas) -> None:
    """Fill the picture with a gradient sky and soft clouds."""
    palette, rng = canvas.scene.palette, canvas.rng
    small = (FULL[0] // 2, round(HORIZON) // 2)
    sky = vertical_ramp(small, rgb(palette.sky_top), rgb(palette.sky_low))
    noise = smooth_noise((small[0] + 12, small[1] + 24), (4, 7), rng)
    dense, above = noise.crop((0, 24, small[0], 24 + small[1])), noise.crop((12, 0, small[0] + 12, small[1]))
    start = 178 - 85 * palette.clouds
    mask = dense.point(lambda value: round(max(0.0, min(1.0, (value - start) / 48)) * 240))
    shadows = ImageChops.subtract(above, dense, 1, 0).point(lambda value: 255 - min(70, value * 3))
    shadows = shadows.filter(ImageFilter.GaussianBlur(4))
    body = vertical_ramp(small, (255, 255, 255), mix(rgb(palette.sky_low), (240, 236, 232), 0.6))
    body = ImageChops.multiply(body, Image.merge("RGB", (shadows, shadows, shadows)))
    sky.paste(body, (0, 0), mask.filter(ImageFilter.GaussianBlur(3)))
    canvas.image.paste(sky.resize((FULL[0], round(HORIZON)), Image.Resampling.BICUBIC), (0, 0))


def paint_hills(canvas: Canvas) -> None:
    """Paint three ridges on the horizon, the far ones hazier."""
    palette, rng = canvas.scene.palette, canvas.rng
    draw = ImageDraw.Draw(canvas.image)
    for layer, height in enumerate((270, 190, 95)):
        colour = mix(rgb(palette.sky_low), rgb(palette.hills), 0.35 + 0.25 * layer)
        waves = [(rng.uniform(0.4, 1) / k, rng.uniform(0, 6.3), k) for k in (1, 2, 3, 5, 9, 17, 40)]
        ridge = []
        for x in range(0, FULL[0] + 8, 8):
            swell = sum(size * math.sin(phase + k * 2.2 * x / FULL[0] * 2) for size, phase, k in waves)
            ridge.append((x, HORIZON - height * (0.75 + 0.28 * swell)))
        draw.polygon([*ridge, (FULL[0], HORIZON + 2), (0, HORIZON + 2)], fill=colour)


def paint_ground(canvas: Canvas) -> None:
    """Paint pavement, road, kerbs and lane lines, with a rough surface."""
    palette, side = canvas.scene.palette, canvas.scene.side
    pavement, road = rgb(palette.pavement), rgb(palette.road)
    size = (FULL[0], FULL[1] - round(HORIZON))
    canvas.image.paste(vertical_ramp(size, mix(pavement, rgb(palette.sky_low), 0.25), pavement), (0, round(HORIZON)))
    for row in range(3, 15):
        canvas.fill(strip(-30 * side, 30 * side, row, row + 0.02), shade(pavement, 0.9))
    for column in range(-3, 26):
        canvas.fill(strip(column * side, (column + 0.02) * side, 2, SHOP_Z), shade(pavement, 0.9))
    canvas.fill(strip(-STREET * side, 0, 0, FAR), road)
    canvas.fill(strip(-2.6 * side, -1.4 * side, 0, FAR), shade(road, 0.95))
    canvas.fill(strip(-5.6 * side, -4.4 * side, 0, FAR), shade(road, 0.95))
    for edge in (0.0, -STREET - 0.25):
        canvas.fill(strip(edge * side, (edge + 0.25) * side, 0, FAR), shade(pavement, 1.15))
    canvas.fill(strip(-0.04 * side, 0, 0, FAR), shade(road, 0.8))
    paint = mix(road, (250, 248, 240), 0.8)
    for start in range(3, 120, 6):
        canvas.fill(strip(-3.56 * side, -3.44 * side, start, start + 3), paint)
    for bar in range(7):
        canvas.fill(strip((-0.25 - bar) * side, (-0.75 - bar) * side, 12.2, 14.8), paint)
    roughen_ground(canvas)


def roughen_ground(canvas: Canvas) -> None:
    """Add stains and grit to everything below the horizon."""
    top = round(HORIZON)
    ground = canvas.image.crop((0, top, *FULL))
    small = (ground.width // 2, ground.height // 2)
    stains = smooth_noise(small, (5, 14), canvas.rng).resize(ground.size)
    grit = grain(small, canvas.rng).resize(ground.size)
    canvas.image.paste(add_noise(add_noise(ground, stains, 0.22), grit, 0.16), (0, top))
