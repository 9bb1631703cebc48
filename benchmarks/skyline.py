"""Prints how often a rendered photo of made-up mountains is found: `python benchmarks/skyline.py [PHOTOS] [HALF_KM]`.

The right region of 50 × 50 km is given; the terrain, trees, haze and tilt are those of tests/terrain/made.py.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from geoagent.errors import ConfigError, ImageError
from geoagent.geo import distance_km
from geoagent.photo.skyline import WIDE, as_angles, find_sky
from geoagent.terrain.skyline_fit import candidates, fit_skyline
from geoagent.tools.skyline import FARTHEST_KM
from tests.terrain.made import CENTRE, mountains, shot

EACH = 20
"""So many photos are of one terrain."""


def main() -> None:
    """Render, search and print."""
    count, half_km = int((sys.argv[1:] or ["100"])[0]), float((sys.argv[2:] or ["25"])[0])
    near = said = 0
    seconds = 0.0
    for number in range(count):
        if number % EACH == 0:
            with tempfile.TemporaryDirectory() as folder:
                land = mountains(Path(folder), 1 + number // EACH)
            among = candidates(land, CENTRE, half_km, FARTHEST_KM)
        taken = shot(land, 100 + number, half_km)
        began = time.process_time()
        try:
            line = as_angles(find_sky(taken.image), taken.image.height * WIDE / taken.image.width, taken.view_deg)
            found = fit_skyline(line, among, land, FARTHEST_KM)
        except (ConfigError, ImageError) as error:
            print(f"{number:3d}  {error}", flush=True)
            continue
        seconds += time.process_time() - began
        off_km, best = distance_km(found.places[0].point, taken.point), found.places[0]
        near, said = near + (off_km <= 1), said + (not found.unsure)
        print(
            f"{number:3d}  {off_km:5.2f} km  {best.probability:4.0%}  off {best.off_deg:.2f}°  {near}/{number + 1}",
            flush=True,
        )
    print(f"{near} of {count} within 1 km; {said} said to be sure; {seconds / count:.1f} s of a processor each")


if __name__ == "__main__":
    main()
