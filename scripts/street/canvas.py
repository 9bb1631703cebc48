"""The picture being painted, and the camera that looks at the street."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

from street.model import Point, Point3, Rgb, Scene

WIDTH, HEIGHT = 1280, 960
OVERSAMPLE = 2
EYE_HEIGHT, FOCAL, HORIZON = 1.7, 950 * OVERSAMPLE, 0.635 * HEIGHT * OVERSAMPLE
FULL = (WIDTH * OVERSAMPLE, HEIGHT * OVERSAMPLE)
NEAR, FAR = 0.5, 400.0
SHOP_Z, KERB, STREET = 15.0, 2.2, 7.0


@dataclass
class Canvas:
    """The picture being painted, with the camera that looks at the street."""

    image: Image.Image
    scene: Scene
    rng: random.Random

    def view(self, point: Point3) -> Point3:
        """A world point in camera axes: right, up, depth."""
        angle = math.radians(self.scene.pan * self.scene.side)
        x, y, z = point
        return (
            x * math.cos(angle) - z * math.sin(angle),
            y - EYE_HEIGHT,
            x * math.sin(angle) + z * math.cos(angle),
        )

    def screen(self, seen: Point3) -> Point:
        """A camera-axes point in pixels."""
        x, y, depth = seen
        return FULL[0] / 2 + FOCAL * x / depth, HORIZON - FOCAL * y / depth

    def project(self, point: Point3) -> Point:
        """A world point in pixels."""
        return self.screen(self.view(point))

    def outline(self, corners: Sequence[Point3]) -> list[Point]:
        """A world polygon in pixels, cut off just in front of the camera."""
        seen = [self.view(corner) for corner in corners]
        kept: list[Point3] = []
        for here, after in zip(seen, seen[1:] + seen[:1], strict=True):
            if here[2] >= NEAR:
                kept.append(here)
            if (here[2] >= NEAR) != (after[2] >= NEAR):
                part = (NEAR - here[2]) / (after[2] - here[2])
                x, y = (here[i] + part * (after[i] - here[i]) for i in (0, 1))
                kept.append((x, y, NEAR))
        return [self.screen(point) for point in kept]

    def fill(self, corners: Sequence[Point3], colour: Rgb) -> None:
        """Paint a world polygon in one colour."""
        points = self.outline(corners)
        if len(points) > 2:
            ImageDraw.Draw(self.image).polygon(points, fill=colour)

    def shadow(self, corners: Sequence[Point3], strength: float, blur: float) -> None:
        """Darken a world polygon with soft edges."""
        points = self.outline(corners)
        if len(points) < 3:
            return
        mask = Image.new("L", (FULL[0] // 4, FULL[1] // 4))
        ImageDraw.Draw(mask).polygon([(x / 4, y / 4) for x, y in points], fill=round(255 * strength))
        mask = mask.filter(ImageFilter.GaussianBlur(blur / 4)).resize(FULL)
        self.image.paste((18, 22, 34), (0, 0), mask)

    def texture(self, picture: Image.Image, corners: Sequence[Point3]) -> None:
        """Paste a picture onto a world quad given as top left, top right, bottom right, bottom left."""
        quad = [self.project(corner) for corner in corners]
        left, top = (max(0, math.floor(min(p[i] for p in quad))) for i in (0, 1))
        right, bottom = (min(FULL[i], math.ceil(max(p[i] for p in quad))) for i in (0, 1))
        if right <= left or bottom <= top:
            return
        wide = max(math.dist(quad[0], quad[1]), math.dist(quad[3], quad[2]))
        high = max(math.dist(quad[0], quad[3]), math.dist(quad[1], quad[2]))
        picture = picture.resize(
            (max(1, min(picture.width, round(wide))), max(1, min(picture.height, round(high)))),
            Image.Resampling.LANCZOS,
        )
        local = [(x - left, y - top) for x, y in quad]
        warped = picture.convert("RGBA").transform(
            (right - left, bottom - top),
            Image.Transform.PERSPECTIVE,
            perspective_coefficients(local, picture.size),
            Image.Resampling.BICUBIC,
        )
        self.image.paste(warped, (left, top), warped)


def perspective_coefficients(quad: Sequence[Point], size: tuple[int, int]) -> list[float]:
    """What Pillow needs to map a quad on screen back to a picture of this size."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = quad
    dx1, dx2, sx = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, sy = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    area = dx1 * dy2 - dx2 * dy1
    g, h = (sx * dy2 - dx2 * sy) / area, (dx1 * sy - sx * dy1) / area
    a, b, c = x1 - x0 + g * x1, x3 - x0 + h * x3, x0
    d, e, f = y1 - y0 + g * y1, y3 - y0 + h * y3, y0
    across = (e - f * h, c * h - b, b * f - c * e)
    down = (f * g - d, a - c * g, c * d - a * f)
    scale = (d * h - e * g, b * g - a * h, a * e - b * d)
    rows = [v * size[0] for v in across] + [v * size[1] for v in down] + list(scale)
    return [value / scale[2] for value in rows[:8]]


def strip(x0: float, x1: float, z0: float, z1: float, y: float = 0.0) -> list[Point3]:
    """A flat rectangle on the ground, or at height y."""
    return [(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)]


def upright(ends: tuple[Point, Point], high: float, low: float = 0.0) -> list[Point3]:
    """The four corners of a wall that stands on the line between two ground points."""
    (x0, z0), (x1, z1) = ends
    return [(x0, high, z0), (x1, high, z1), (x1, low, z1), (x0, low, z0)]
