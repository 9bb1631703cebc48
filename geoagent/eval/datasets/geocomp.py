"""Reads the benchmark GeoComp: experts' reasoning on panoramas and their countries, without the images."""

from pathlib import Path

from geoagent.errors import ConfigError
from geoagent.eval.datasets.point_tables import tell_left_out
from geoagent.files.foreign_tables import cells, read_strict
from geoagent.runs.samples import Sample


def geocomp_text(path: Path) -> str:
    """The text of a GeoComp file: of the published one, which is encoded in GB 18030, or of a copy in UTF-8.

    Raises ConfigError where it is neither.
    """
    try:
        return read_strict(path)
    except ConfigError:
        return read_strict(path, "gb18030")


def read_geocomp(path: Path) -> list[Sample]:
    """The samples of GeoComp: panoramas with their countries, and as `references` all the experts' texts on each.

    Raises ConfigError where no row can be read.
    """
    text = geocomp_text(path)
    merged: dict[str, Sample] = {}
    faults = []
    for number, row in list(cells(path, text))[1:]:
        if not any(cell.strip() for cell in row):
            continue
        nation, pano, told = [cell.strip() for cell in (*row, "", "", "")[:3]]
        if len(row) > 3 or not (nation and pano):
            faults.append(f"line {number}: {len(row)} columns, not a nation, an id and a text")
            continue
        earlier = merged[pano].references if pano in merged else ()
        merged[pano] = Sample(
            id=pano, country=nation, granularity="country", radius_km=2500.0,
            references=(*earlier, *([told] if told else [])), licence="Apache-2.0", source="GeoComp",
        )  # fmt: skip
    tell_left_out(path, faults, bool(merged))
    return list(merged.values())
