"""Regenerate `geoagent/reading/area_codes.txt`: where the beginnings of phone numbers are, from phonenumbers.

A line is an area of the atlas with the beginnings, calling code first. A beginning whose area is that of a shorter one
is left out; those of more than five digits behind the calling code are gathered where four in five name one area.
Chinese mobile numbers, half of the data, go into `geoagent/reading/chinese_mobiles.npz`: where each run of beginnings
of seven digits starts, without the calling code, and the number of its area.

Usage: build_area_codes.py
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import phonenumbers
from phonenumbers.geodata import GEOCODE_DATA

from geoagent.atlas import Atlas, open_atlas
from geoagent.geo import Area
from geoagent.settings import read_settings

FILE = Path(__file__).parent.parent / "geoagent" / "reading" / "area_codes.txt"
MOBILES = FILE.parent / "chinese_mobiles.npz"
MOST_DIGITS, MAJORITY, PROMINENT = 5, 0.8, 3.0
MOBILE = re.compile(r"861[3-9]")
STATE = re.compile(r"(?P<town>.+?)(?:, | - )(?P<state>[^,]+)")


def calling_code(prefix: str) -> str:
    """The calling code that a number begins with."""
    return next(prefix[:n] for n in (1, 2, 3) if int(prefix[:n]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


def country_of(prefix: str, code: str) -> str:
    """The country of a beginning: that in whose plan some number with it is valid, else the first of its code."""
    sharing = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)]
    if len(sharing) > 1:
        for length in range(4, 12):
            for digit in "2350":
                national = prefix[len(code) :].ljust(length, digit)
                try:
                    number = phonenumbers.parse(f"+{code}{national}")
                except phonenumbers.NumberParseException:
                    continue
                for region in sharing:
                    if phonenumbers.is_valid_number_for_region(number, region):
                        return str(region)
    return str(sharing[0])


@cache
def area_of(name: str, country: str, atlas: Atlas) -> Area | None:
    """The town or division that a description names; None where it names none, or none of several of one name."""
    parts = STATE.fullmatch(name)
    town, state = (parts["town"], parts["state"]) if parts else (name, None)
    divisions = atlas.divisions_named(state) + atlas.divisions_with(state) if state else []
    divisions += [Area(country, state)] if state and re.fullmatch("[A-Z]{2,3}", state) else []
    division = next((area for area in divisions if area.country == country and atlas.knows(area)), None)
    rows = [found for found in atlas.named(town.split("/")[0]) if atlas.country_of(found.row) == Area(country)]
    inside = [found for found in rows if division and atlas.division_of(found.row) == division]
    rows = inside or ([] if division else rows)
    if rows and (len(rows) == 1 or rows[0].prominence >= PROMINENT * max(rows[1].prominence, 1.0)):
        return atlas.city_of(rows[0].row)
    around = {atlas.division_of(found.row) for found in rows}
    if len(around) == 1:
        return around.pop()
    named = [area for area in atlas.divisions_named(name) + atlas.divisions_with(name) if area.country == country]
    return division or (named[0] if named and not rows else None)


def located(atlas: Atlas) -> dict[str, Area]:
    """The area of each beginning that names one."""
    found: dict[str, Area] = {}
    for prefix, names in sorted(GEOCODE_DATA.items()):
        if MOBILE.match(prefix):
            continue
        country = country_of(prefix, calling_code(prefix))
        for name in dict.fromkeys([names.get("en", ""), *names.values()]):
            area = area_of(name, country, atlas) if name else None
            if area:
                found[prefix] = area
                break
    return found


def gathered(found: dict[str, Area]) -> dict[str, Area]:
    """The beginnings with the longest ones gathered, without those that repeat a shorter one."""
    children: dict[str, Counter[Area]] = defaultdict(Counter)
    short = dict[str, Area]()
    for prefix, area in found.items():
        head = prefix[: len(calling_code(prefix)) + MOST_DIGITS]
        if len(prefix) > len(head):
            children[head][area] += 1
        else:
            short[prefix] = area
    for head, areas in children.items():
        kept = majority(areas) or majority(
            Counter(area.division_area for area in areas.elements() if area.division_area)
        )
        if kept and head not in short:
            short[head] = kept
    return {prefix: area for prefix, area in short.items() if area != shorter(prefix, short)}


def majority(areas: Counter[Area]) -> Area | None:
    """The area that four in five name."""
    best = areas.most_common(1)
    return best[0][0] if best and best[0][1] >= MAJORITY * areas.total() else None


def shorter(prefix: str, found: dict[str, Area]) -> Area | None:
    """The area of the longest shorter beginning."""
    return next((found[prefix[:n]] for n in range(len(prefix) - 1, 1, -1) if prefix[:n] in found), None)


def lines(found: dict[str, Area]) -> Iterator[str]:
    """The file, line by line."""
    source = f"phonenumbers@{version('phonenumbers')} (Apache-2.0)"
    yield f"# {source}: areas of the atlas, and how phone numbers in them begin"
    by_area: dict[Area, list[str]] = defaultdict(list)
    for prefix, area in found.items():
        by_area[area].append(prefix)
    yield from (
        f"{area}:{','.join(sorted(prefixes))}" for area, prefixes in sorted(by_area.items(), key=lambda x: str(x[0]))
    )


def mobile_runs(atlas: Atlas) -> list[tuple[int, Area | None]]:
    """The first of each run of beginnings of Chinese mobile numbers, seven digits, with the run's area, if any is
    known.
    """
    described = {p: names.get("en", "") for p, names in GEOCODE_DATA.items() if MOBILE.match(p)}
    runs: list[tuple[int, Area | None]] = []
    for first in range(1_300_000, 2_000_000):
        prefix = f"86{first}"
        name = next((described[prefix[:n]] for n in range(len(prefix), 4, -1) if prefix[:n] in described), "")
        area = area_of(re.sub(r"^XiAn\b", "Xi'an", name), "CN", atlas) if name else None
        if not runs or runs[-1][1] != area:
            runs.append((first, area))
    return runs


def main() -> None:
    """Write the files."""
    atlas = open_atlas(read_settings({}).cache)
    found = gathered(located(atlas))
    FILE.write_text("\n".join(lines(found)) + "\n", encoding="utf-8")
    runs = mobile_runs(atlas)
    areas = ["", *sorted({str(area) for _, area in runs if area})]
    numbers = [areas.index(str(area) if area else "") for _, area in runs]
    first = np.array([first for first, _ in runs], dtype=np.uint32)
    np.savez_compressed(MOBILES, first=first, area=np.array(numbers, dtype=np.uint16), areas=np.array(areas))
    print(len(found), "beginnings;", len(runs), "runs of Chinese mobile numbers in", len(areas) - 1, "areas")


if __name__ == "__main__":
    main()
