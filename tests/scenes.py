"""Pictures whose truth is known, drawn by the tests: text, turned, slanted, or on a panorama."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont


def sign(text: str, size: int = 60, ground: str = "white", ink: str = "black") -> Image.Image:
    """A line of text on a plain board."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    board = Image.new("RGB", (round(right - left) + size, round(bottom - top) + size), ground)
    ImageDraw.Draw(board).text((size / 2 - left, size / 2 - top), text, fill=ink, font=font)
    return board


def scene(*boards: tuple[Image.Image, tuple[int, int]], size: tuple[int, int] = (1200, 900)) -> Image.Image:
    """Boards on a wall that is lighter above."""
    wall = np.linspace(200, 120, size[1])[:, None, None] * np.ones((1, size[0], 3))
    image = Image.fromarray(wall.astype(np.uint8))
    for board, place in boards:
        image.paste(board, place)
    return image


def slanted(board: Image.Image, corners: list[tuple[float, float]], size: tuple[int, int] = (1200, 900)) -> Image.Image:
    """A board drawn into a picture so that its corners, clockwise from the left top, lie at these pixels."""
    ends = [(0, 0), (board.width, 0), (board.width, board.height), (0, board.height)]
    rows, values = [], []
    for (x, y), (u, v) in zip(corners, ends, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    data = np.linalg.solve(np.array(rows, dtype=float), np.array(values, dtype=float))
    image, mask = scene(size=size), Image.new("L", board.size, 255)
    warped = board.transform(size, Image.Transform.PERSPECTIVE, tuple(data), Image.Resampling.BICUBIC)
    image.paste(warped, (0, 0), mask.transform(size, Image.Transform.PERSPECTIVE, tuple(data)))
    return image


def panorama(board: Image.Image, at_deg: float, width: int = 4096, wide_deg: float = 24.0) -> Image.Image:
    """An equirectangular picture with a board, seen from the front, whose middle is `at_deg` right of the picture's."""
    image = scene(size=(width, width // 2))
    pixels = np.asarray(image).copy()
    v, u = np.mgrid[0 : width // 2, 0:width]
    aside = np.radians(((u + 0.5) / width * 360 - 180 - at_deg + 180) % 360 - 180)
    up = np.radians(90 - (v + 0.5) / (width // 2) * 180)
    half = math.tan(math.radians(wide_deg / 2))
    with np.errstate(all="ignore"):
        x, y = np.tan(aside) / half, np.tan(up) / np.cos(aside) / half
    x, y = (x + 1) / 2 * board.width, board.height / 2 - y / 2 * board.width
    on = (np.abs(aside) < 1.5) & (x >= 0) & (x < board.width) & (y >= 0) & (y < board.height)
    pixels[on] = np.asarray(board)[y[on].astype(int), x[on].astype(int)]
    return Image.fromarray(pixels)


def write_graph(folder: Path, nodes: dict[str, Any]) -> None:
    """The graph file of linked panoramas."""
    (folder / "panoramas.json").write_text(json.dumps({"nodes": nodes}))
