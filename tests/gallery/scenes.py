"""Pictures of made-up places: each place has its own colours and shapes, each photo of it its own frame and light."""

from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageDraw, ImageEnhance


def place(seed: int) -> Image.Image:
    """A made-up place, 480 × 360."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (480, 360), tuple(rng.integers(80, 255, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y = int(rng.integers(-40, 440)), int(rng.integers(-40, 320))
        w, h = (int(side) for side in rng.integers(20, 200, 2))
        colour = tuple(rng.integers(0, 255, 3).tolist())
        (draw.rectangle if rng.random() < 0.6 else draw.ellipse)((x, y, x + w, y + h), fill=colour)
    return image


def another_look(image: Image.Image, seed: int) -> Image.Image:
    """The same place from a step aside, in another light."""
    rng = np.random.default_rng(seed)
    left, top = rng.uniform(0.03, 0.12, 2) * image.size
    part = image.crop((int(left), int(top), int(left + 0.85 * image.width), int(top + 0.85 * image.height)))
    return ImageEnhance.Brightness(part).enhance(float(rng.uniform(0.9, 1.1)))


def save(image: Image.Image, path: Path, lat: float | None = None, lon: float = 0.0) -> Path:
    """Write a JPEG, with a position in its EXIF where one is given (north and east)."""
    exif = Image.Exif()
    if lat is not None:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (lat, 0.0, 0.0), 3: "E", 4: (lon, 0.0, 0.0)})
    image.save(path, quality=92, exif=exif)
    return path
