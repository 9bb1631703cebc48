"""Finds in the atlas the true places that a benchmark gives in words ("Anshun City, Guizhou Province")."""

import logging
import re
from collections.abc import Callable, Sequence

from geoagent.atlas import Atlas
from geoagent.geo import Area
from geoagent.plain_text import listed, without_kind
from geoagent.runs.samples import DEFAULT_RADIUS_KM, Sample

log = logging.getLogger(__name__)
_BETWEEN = re.compile(r"[,;，、()]|^\d+\.\s")
_PARTLY = re.compile(r"^(?:the\s+)?(?:north|south|east|west|central)[a-z]*\s+(?:of\s+)?", re.IGNORECASE)


def with_places(samples: Sequence[Sample], atlas: Callable[[], Atlas]) -> list[Sample]:
    """The samples; one whose true place is given only in words (tag "gold") gets the area that the words name.

    `atlas` is called only if there is such a sample. Where no area is found the sample stays without a place: it is
    solved, but not scored; the log names it.
    """
    if all(sample.point or sample.country or not sample.tags.get("gold") for sample in samples):
        return list(samples)
    found, lost = [], []
    for sample in samples:
        gold = "" if sample.point or sample.country else sample.tags.get("gold", "")
        area = area_named(gold, atlas()) if gold else None
        if gold and area is None:
            lost.append(sample.id)
        found.append(_placed(sample, area, atlas()) if area else sample)
    if lost:
        log.warning(
            f"{len(lost)} of {len(samples)} places in words are not in the atlas, and not scored: {listed(lost)}"
        )
    return found


def _placed(sample: Sample, area: Area, atlas: Atlas) -> Sample:
    path = atlas.path(area)
    return sample.model_copy(
        update={
            "country": area.country, "region": path.region, "city": path.city, "granularity": area.level,
            "radius_km": DEFAULT_RADIUS_KM[area.level],
        }
    )  # fmt: skip


def area_named(words: str, atlas: Atlas) -> Area | None:
    """The area of the atlas that a place in words means, such as "Anshun City, Guizhou Province".

    The parts of `words` go from fine to coarse. None where the atlas knows none of the parts.
    """
    parts = [_PARTLY.sub("", part.strip(" .")) for part in _BETWEEN.split(words) if part and part.strip(" .")]
    for place in reversed(range(len(parts))):
        whole = atlas.country_named(parts[place]) or _division(parts[place], atlas)
        if whole is None:
            continue
        finer = parts[:place]
        region = atlas.division_name(whole) if whole.division else finer[-1] if finer else None
        found = [atlas.resolve(whole.country, region, without_kind(part)) for part in finer]
        cities = (area for area in found if area and area.level == "city")
        return next(cities, None) or atlas.resolve(whole.country, region) or whole
    rows = [row for part in parts for row in atlas.rows_named(without_kind(part))]
    return atlas.city_of(rows[0]) if rows else None


def _division(name: str, atlas: Atlas) -> Area | None:
    areas = atlas.divisions_named(without_kind(name)) or atlas.divisions_named(name)
    return areas[0] if len(areas) == 1 else None
