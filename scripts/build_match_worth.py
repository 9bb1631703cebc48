"""Fit what agreeing features of two pictures are worth, and print it: build_match_worth.py [--write] [--check FOLDER].

Pairs of the same place: invented street scenes (those of street_scenes.py and the example photos), painted again from
up to 6 m away and turned by up to 14 degrees; and the example photos, warped as another camera, another light and a
worse file would have them. Pairs of other places: painted streets against real ones, and parts of one real photo that
do not overlap. Two painted streets are no such pair: they share lamps, kerbs and windows, and so show the same things.
`--write` writes geoagent/data/match_worth.json. `--check FOLDER` measures photos that had no part in the fit: warped
copies of each, and each against the others.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import random
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps
from render_scenes import SCENES
from scipy.optimize import isotonic_regression
from scipy.stats import rankdata
from street.canvas import FULL, Canvas
from street.model import Point3, Scene
from street.picture import develop, paint
from street_scenes import ambiguous_scenes, found_scenes

from geoagent.errors import ImageError
from geoagent.photo.matching import Comparison, Features, compare_features, find_features

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "geoagent" / "data" / "match_worth.json"
BINS = (0, 4, 6, 8, 10, 12, 15, 20, 30, 50)
"""Where the classes of inliers begin."""
HALF = 0.5
"""What each class is counted with beforehand, so that what was never seen is not impossible."""


class Stepped(Canvas):
    """A canvas whose camera stands aside and looks elsewhere."""

    aside = ahead = turned_deg = 0.0

    def view(self, point: Point3) -> Point3:
        """A world point in the axes of the moved camera."""
        x, y, z = point
        right, up, depth = super().view((x - self.aside, y, z - self.ahead))
        angle = math.radians(self.turned_deg)
        return (
            right * math.cos(angle) - depth * math.sin(angle),
            up,
            right * math.sin(angle) + depth * math.cos(angle),
        )


def painted(scene: Scene, number: int) -> Image.Image:
    """A scene as it is seen from its place, or with a number above 0 from another one near it."""
    rng = random.Random(zlib.crc32(scene.name.encode()))
    canvas = Stepped(Image.new("RGB", FULL), scene, rng)
    if number:
        step = random.Random(f"{scene.name} {number}")
        canvas.aside, canvas.ahead = step.uniform(-3, 3), step.uniform(-5, 3)
        canvas.turned_deg = step.uniform(-14, 14)
    paint(canvas)
    return develop(canvas.image, random.Random(number))


def warped(image: Image.Image, seed: int) -> Image.Image:
    """A picture as another camera has it: aslant, cut, in another light, partly covered, small and badly packed."""
    rng = random.Random(seed)
    wide, high = image.size
    corners = [
        (
            (side_x + rng.uniform(0, 0.22) * (1 - 2 * side_x)) * wide,
            (side_y + rng.uniform(0, 0.22) * (1 - 2 * side_y)) * high,
        )
        for side_x, side_y in ((0, 0), (0, 1), (1, 1), (1, 0))
    ]
    scale = rng.uniform(0.35, 1.0)
    size = (max(200, round(wide * scale)), max(200, round(high * scale)))
    flat = [value for corner in corners for value in corner]
    seen = image.transform(size, Image.Transform.QUAD, flat, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(seen)
    for _ in range(rng.randrange(4)):
        x, y = rng.uniform(0, 0.8) * size[0], rng.uniform(0.3, 0.8) * size[1]
        pen.rectangle((x, y, x + rng.uniform(0.05, 0.25) * size[0], y + 0.3 * size[1]), fill=(rng.randrange(256),) * 3)
    seen = ImageEnhance.Brightness(seen).enhance(rng.uniform(0.45, 1.4))
    seen = (
        ImageEnhance.Contrast(seen).enhance(rng.uniform(0.6, 1.3)).filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.5)))
    )
    packed = io.BytesIO()
    seen.save(packed, "JPEG", quality=rng.randrange(25, 90))
    return Image.open(packed).convert("RGB")


def features_of(image: Image.Image) -> Features | None:
    """The features of a picture; None where it shows too few to be compared."""
    try:
        return find_features(image)
    except ImageError:
        return None


class Group(NamedTuple):
    """Pictures of one place, and whether they are painted."""

    pictures: list[Features]
    painted: bool = False


def group(pictures: Sequence[Image.Image], painted: bool = False) -> Group:
    """The pictures of one place that show enough to be compared."""
    return Group([f for f in map(features_of, pictures) if f], painted)


def groups_for_fit(count: int) -> Iterator[Group]:
    """The pictures of each place."""
    scenes = [*SCENES, *(truth.scene for truth in (*found_scenes(), *ambiguous_scenes()))]
    for scene in scenes[:count]:
        pictures = [painted(scene, number) for number in range(3)]
        yield group([*pictures, warped(pictures[1], zlib.crc32(scene.name.encode()))], painted=True)
    real = Image.open(ROOT / "examples" / "real_photos" / "summer_palace.jpg").convert("RGB")
    left, right = (real.crop((x, 0, x + real.width // 2, real.height)) for x in (0, real.width // 2))
    for half in (left, right, ImageOps.mirror(real)):
        yield group([half, *(warped(half, seed) for seed in range(8))])


def groups_of(folder: Path) -> Iterator[Group]:
    """Each photo of a folder with three warped copies."""
    for number, path in enumerate(sorted(path for path in folder.iterdir() if path.suffix != ".csv")):
        with Image.open(path) as file:
            image = ImageOps.exif_transpose(file).convert("RGB")
        image.thumbnail((1600, 1600))
        yield group([image, *(warped(image, 10 * number + k) for k in range(3))])


def compared(groups: Sequence[Group], most_others: int) -> tuple[list[Comparison], list[Comparison]]:
    """All pairs of the same place, and so many pairs of other places."""
    same = [compare_features(a, b) for one in groups for n, a in enumerate(one.pictures) for b in one.pictures[n + 1 :]]
    pairs = [
        (a.pictures, b.pictures) for n, a in enumerate(groups) for b in groups[n + 1 :] if not a.painted & b.painted
    ]
    rng = random.Random(1)
    chosen = rng.choices([(a, b) for a, b in pairs if a and b], k=most_others)
    return same, [compare_features(rng.choice(a), rng.choice(b)) for a, b in chosen]


def auc(same: Iterable[int], other: Iterable[int]) -> float:
    """How often a pair of the same place has more inliers than one of other places; ties count half."""
    a, b = list(same), list(other)
    ranks = rankdata([*a, *b])
    return float((ranks[: len(a)].sum() - len(a) * (len(a) + 1) / 2) / (len(a) * len(b)))


def fitted(same: Sequence[Comparison], others: Sequence[Comparison]) -> dict[str, object]:
    """The table: by number of inliers, how many times likelier they are for the same place than for another one."""
    a, b = (
        np.bincount(np.searchsorted(BINS, [c.inliers for c in group], side="right") - 1, minlength=len(BINS))
        for group in (same, others)
    )
    ratio = np.log(((a + HALF) / (len(same) + HALF * len(BINS))) / ((b + HALF) / (len(others) + HALF * len(BINS))))
    rising = isotonic_regression(ratio, weights=a + b + 2 * HALF).x
    return {
        "source": "scripts/build_match_worth.py: street scenes painted from places some metres apart, warped photos",
        "pairs": {"same": len(same), "other": len(others)},
        "auc": round(auc((c.inliers for c in same), (c.inliers for c in others)), 3),
        "from_inliers": list(BINS),
        "log_ratio": [round(float(value), 2) for value in rising],
    }


def told(name: str, same: Sequence[Comparison], others: Sequence[Comparison]) -> None:
    """Print how well inliers tell the same place from others."""
    a, b = np.array([c.inliers for c in same]), np.array([c.inliers for c in others])
    print(f"{name}: {len(a)} pairs of the same, {len(b)} of others; AUC {auc(a.tolist(), b.tolist()):.3f}")
    for least in BINS[1:]:
        print(f"  {least:3d} inliers or more: same {np.mean(a >= least):6.1%}  other {np.mean(b >= least):7.2%}")


def main() -> None:
    """Fit, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", type=Path, metavar="FOLDER")
    parser.add_argument("--others", type=int, default=300, help="so many pairs of other places (300)")
    parser.add_argument("--scenes", type=int, default=4, help="so many painted scenes, of 45 (4)")
    options = parser.parse_args()
    if options.check:
        told(options.check.name, *compared(list(groups_of(options.check)), options.others))
        return
    same, others = compared(list(groups_for_fit(options.scenes)), options.others)
    told("fit", same, others)
    table = fitted(same, others)
    print(json.dumps(table))
    if options.write:
        TABLE.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
