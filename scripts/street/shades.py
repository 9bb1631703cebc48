"""Colours, gradients and noise."""

from __future__ import annotations

import random

from PIL import Image, ImageChops, ImageColor

from street.model import Rgb


def rgb(colour: str) -> Rgb:
    """A hex colour as three numbers."""
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def shade(colour: Rgb, factor: float) -> Rgb:
    """A colour made darker (below 1) or lighter (above 1)."""
    red, green, blue = (max(0, min(255, round(part * factor))) for part in colour)
    return red, green, blue


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """A colour `share` of the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def vertical_ramp(size: tuple[int, int], top: Rgb, bottom: Rgb) -> Image.Image:
    """An image that fades from the top colour to the bottom one."""
    mask = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), mask)


def grain(size: tuple[int, int], rng: random.Random) -> Image.Image:
    """Grey noise around 128, one random value a pixel."""
    first, second = (Image.frombytes("L", size, rng.randbytes(size[0] * size[1])) for _ in range(2))
    return Image.blend(first, second, 0.5)


def smooth_noise(size: tuple[int, int], cells: tuple[int, int], rng: random.Random) -> Image.Image:
    """Cloud-like grey noise: five octaves, the coarsest `cells` across and down."""
    total = Image.new("L", size, 128)
    for octave in reversed(range(5)):
        fine = (cells[0] << octave, cells[1] << octave)
        layer = Image.frombytes("L", fine, rng.randbytes(fine[0] * fine[1]))
        total = Image.blend(total, layer.resize(size, Image.Resampling.BICUBIC), 0.45)
    return total


def add_noise(image: Image.Image, noise: Image.Image, strength: float) -> Image.Image:
    """The image with noise (grey around 128) added."""
    scaled = noise.point(lambda value: round(128 + (value - 128) * strength))
    return ImageChops.add(image, Image.merge("RGB", (scaled, scaled, scaled)), 1, -128)
