"""Prints how often a rendered photo of mountains is found: `python benchmarks/skyline.py [PHOTOS] [HALF_KM] [SEED]`.

The right region of 50 × 50 km is given; the terrain, what stands in front, haze, clouds, tilt, and the faults of tiles
and of the told lens are those of tests/terrain/made.py.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from geoagent.errors import ConfigError, ImageError
from geoagent.geo import Point, distance_km
from geoagent.photo.skyline import WIDE, as_angles, find_sky
from geoagent.terrain.skyline_fit import SkylineFits, candidates, fit_skyline
from geoagent.tools.skyline import FARTHEST_KM
from tests.terrain.made import CENTRE, Shot, as_it_is, mountains, shot

EACH = 20
"""So many photos are of one terrain."""
NEAR_KM = 1.0


def main() -> None:
    """Render, search and print."""
    told = sys.argv[1:] + ["100", "25", "11"][len(sys.argv) - 1 :]
    count, half_km, seed = int(told[0]), float(told[1]), int(told[2])
    hits: list[tuple[bool, SkylineFits, Point]] = []
    seconds = land_seconds = 0.0
    for number in range(count):
        if number % EACH == 0:
            with tempfile.TemporaryDirectory() as folder:
                land = mountains(Path(folder), seed + number // EACH)
            real, began = as_it_is(land, seed + number // EACH), time.process_time()
            among = candidates(land, CENTRE, half_km, FARTHEST_KM)
            land_seconds = time.process_time() - began
        taken = shot(real, 1000 * seed + number, half_km)
        began = time.process_time()
        try:
            line = as_angles(find_sky(taken.image), taken.image.height * WIDE / taken.image.width, taken.told_deg)
            found = fit_skyline(line, among, land, FARTHEST_KM)
        except (ConfigError, ImageError) as error:
            print(f"{number:3d}  {error}", flush=True)
            continue
        seconds += time.process_time() - began
        hits.append((_within(found, taken.point, 0.0), found, taken.point))
        _print_one(number, found, taken)
    _print_all(hits, count)
    print(f"seconds of a processor: {land_seconds:.1f} for the land, {seconds / max(len(hits), 1):.1f} for a photo")


def _print_one(number: int, found: SkylineFits, taken: Shot) -> None:
    best = found.places[0]
    off_km, said = distance_km(best.point, taken.point), "unsure" if found.unsure else ""
    print(f"{number:3d}  {off_km:5.2f} km  {best.probability:4.0%}  off {best.off_deg:.2f}°  {said}", flush=True)


def _print_all(hits: list[tuple[bool, SkylineFits, Point]], count: int) -> None:
    sure = [hit for hit, found, _ in hits if not found.unsure]
    print(f"{sum(hit for hit, *_ in hits)} of {count} within 1 km; of {len(sure)} that are said to be sure {sum(sure)}")
    mean = sum(found.places[0].probability for _, found, _ in hits) / max(len(hits), 1)
    print(f"the mean of the best place's probability is {mean:.0%}")
    for share in (0.5, 0.9):
        inside = sum(_within(found, point, share) for _, found, point in hits)
        print(f"{inside} of {len(hits)} are within 1 km of the fewest places that have {share:.0%} together")


def _within(found: SkylineFits, point: Point, share: float) -> bool:
    """Whether a point is near the likeliest places that have such a share together, at least one."""
    total = 0.0
    for one in found.places:
        if distance_km(one.point, point) <= NEAR_KM:
            return True
        total += one.probability
        if total >= share:
            return False
    return False


if __name__ == "__main__":
    main()
