"""GeoComp: expert reasoning by panorama, in the encoding GB 18030, without images."""

from pathlib import Path

from geoagent.errors import ConfigError
from geoagent.files.tables import cells, read_strict
from geoagent.runs.samples import Sample


def read_geocomp(path: Path) -> list[Sample]:
    """The panoramas with their countries and all the texts on each. Raises ConfigError."""
    try:
        text = read_strict(path)
    except ConfigError:  # as it is published; copies in UTF-8 are about too
        text = read_strict(path, "gb18030")
    merged: dict[str, Sample] = {}
    for number, row in list(cells(path, text))[1:]:
        if len(row) != 3:
            raise ConfigError(f"{path}, line {number}: {len(row)} columns, not 3; correct or remove it")
        nation, pano, told = row
        earlier = merged[pano].references if pano in merged else ()
        if not (nation.strip() and pano.strip()):
            raise ConfigError(f"{path}, line {number}: needs a nation and an id; correct or remove it")
        merged[pano] = Sample(
            id=pano, country=nation, granularity="country", radius_km=2500.0, references=(*earlier, told),
            licence="Apache-2.0", source="GeoComp",
        )  # fmt: skip
    return list(merged.values())
