"""The tables that ship with geoagent, in its folder `data`."""

import csv
from collections.abc import Iterator
from importlib.resources import files


def data_rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a CSV file in `geoagent/data`, by its heading."""
    with (files("geoagent") / "data" / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)
