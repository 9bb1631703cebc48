"""From a scene to a finished photo."""

from __future__ import annotations

import random
import zlib

from PIL import Image, ImageChops, ImageEnhance, ImageFilter

from street.backdrop import paint_ground, paint_hills, paint_sky
from street.canvas import FULL, HEIGHT, WIDTH, Canvas
from street.furniture import paint_street
from street.houses import paint_awning, paint_house, plan_houses
from street.model import Scene
from street.shades import grain
from street.signs import paint_sign


def render(scene: Scene) -> Image.Image:
    """Render one scene; the same scene always gives the same picture."""
    rng = random.Random(zlib.crc32(scene.name.encode()))
    canvas = Canvas(Image.new("RGB", FULL), scene, rng)
    paint(canvas)
    return develop(canvas.image, rng)


def paint(canvas: Canvas) -> None:
    """Paint a scene on its canvas, from the sky to the signs, the farthest first."""
    scene = canvas.scene
    paint_sky(canvas)
    paint_hills(canvas)
    paint_ground(canvas)
    for house in plan_houses(canvas):
        paint_house(canvas, house)
    paint_street(canvas)
    if scene.shop:
        paint_awning(canvas)
    for sign in sorted(scene.signs, key=lambda sign: -sign.at[2]):
        paint_sign(canvas, sign)


def develop(image: Image.Image, rng: random.Random) -> Image.Image:
    """Turn the clean painting into a photo: smaller, a little soft, vignetted and noisy."""
    photo = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    glow = photo.filter(ImageFilter.GaussianBlur(14))
    photo = Image.blend(photo, ImageChops.screen(photo, glow), 0.10)
    photo = ImageEnhance.Contrast(photo).enhance(1.06).filter(ImageFilter.GaussianBlur(0.55))
    corner = Image.radial_gradient("L").resize((WIDTH, HEIGHT)).point(lambda v: 255 - round(58 * (v / 255) ** 2))
    photo = ImageChops.multiply(photo, Image.merge("RGB", (corner, corner, corner)))
    channels = [
        ImageChops.add(channel, grain((WIDTH, HEIGHT), rng).point(lambda v: round(128 + (v - 128) * 0.07)), 1, -128)
        for channel in photo.split()
    ]
    return Image.merge("RGB", channels)
