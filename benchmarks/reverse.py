"""What is at a point, by the atlas and by other packages: `python benchmarks/reverse.py`, where these are installed.

The points are those of `tests/data/tricky_points.csv`: enclaves, borders, islands, coasts, poles and open seas, some of
which were written while the atlas was made, so that it has the better of it. A point is right if the country is, and
none is named where there is none; region and city are compared by name where the file has them, in the atlas's own
spelling, and `reverse_geocode` and `reverse_geocoder` may be right in another.
"""

import csv
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from geoagent.atlas import open_atlas
from geoagent.geo import Point
from geoagent.plain_text import fold
from geoagent.settings import read_settings

POINTS = Path(__file__).parent.parent / "tests" / "data" / "tricky_points.csv"
Found = tuple[str, str, str]
"""Country code, region and city; empty where none is named."""


def by_atlas() -> Callable[[Point], Found]:
    """Ours."""
    atlas = open_atlas(read_settings({}).cache)

    def find(point: Point) -> Found:
        place = atlas.at(point).place
        return (place.key.country if place.key else "", place.region or "", place.city or "")

    return find


def by_reverse_geocoder() -> Callable[[Point], Found]:
    """The package reverse_geocoder: the nearest town, wherever it is."""
    import reverse_geocoder

    def find(point: Point) -> Found:
        (row,) = reverse_geocoder.search([(point.lat, point.lon)], mode=1, verbose=False)
        return (row["cc"], row["admin1"], row["name"])

    return find


def by_reverse_geocode() -> Callable[[Point], Found]:
    """The package reverse-geocode: the nearest town as well, by newer data."""
    import reverse_geocode

    def find(point: Point) -> Found:
        row = reverse_geocode.get((point.lat, point.lon))
        return (row.get("country_code", ""), row.get("state", ""), row.get("city", ""))

    return find


WAYS = {"geoagent-locate": by_atlas, "reverse_geocoder": by_reverse_geocoder, "reverse_geocode": by_reverse_geocode}


def main() -> None:
    """Prints a line for each way."""
    rows = list(csv.DictReader(POINTS.read_text(encoding="utf-8").splitlines()))
    print("| package | country right | where there is none | region | city |\n|---|---|---|---|---|")
    for package, way in WAYS.items():
        try:
            find, told = way(), f"{package} {version(package)}"
        except ImportError:
            print(f"| {package} | not installed | | | |")
            continue
        right, of = Counter[str](), Counter[str]()
        for row in rows:
            country, region, city = find(Point(lat=float(row["lat"]), lon=float(row["lon"])))
            judged = {"country" if row["country"] else "none": country == row["country"]}
            judged |= {"region": fold(region) == fold(row["region"])} if row["region"] else {}
            judged |= {"city": fold(city) == fold(row["city"])} if row["city"] else {}
            of.update(judged.keys())
            right.update(name for name, hit in judged.items() if hit)
        print(f"| {told} | {' | '.join(f'{right[n]} of {of[n]}' for n in ('country', 'none', 'region', 'city'))} |")


if __name__ == "__main__":
    main()
