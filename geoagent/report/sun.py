"""What the sun tells of where or when a photo was taken: as plain text, and the places that fit as GeoJSON."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geoagent.atlas import Atlas, Mask
from geoagent.atlas.place_in_words import OnePlace
from geoagent.belief.chronolocation import (
    clock_ahead_s,
    clock_of,
    days_that_fit,
    height_in_words,
    hours_that_fit,
    read_clock_in_words,
    shadows_in_words,
    sun_at,
)
from geoagent.belief.readout import rank_countries
from geoagent.belief.sun_band import SunBand
from geoagent.belief.sun_fit import FITS, Sky, sun_fit
from geoagent.case.likelihood import Sun
from geoagent.errors import ConfigError
from geoagent.files.outputs import Form, Output, read_object
from geoagent.geo import Floats
from geoagent.plain_text import percent
from geoagent.reading.sun_measurement import (
    ClockTime,
    UnusableMeasure,
    angles_in_words,
    hours_in_words,
    stood_in_words,
    time_in_words,
)

COUNTRIES, TOWNS = 10, 3
STEP_DEG = 0.5
"""The grid on which the places that fit are drawn."""
NEAR_KM = 60.0
"""How far from the nearest place of the atlas there is land to be drawn, at least."""


def render_band(band: SunBand) -> str:
    """The places that fit measurements of the sun, as text: latitudes, countries with probabilities, and towns."""
    atlas = band.belief.atlas
    share, lat = float(atlas.prior[band.fits].sum()), atlas.lat[band.fits]
    count = len(np.unique(atlas.country[band.fits]))
    lines = [f"T{stood_in_words(sun)[1:]}." for sun in band.suns]
    lines += [
        "",
        f"On land that fits from {_latitude(lat.min())} to {_latitude(lat.max())}, in {count} "
        f"{'countries' if count > 1 else 'country'}, where {percent(share)} of all photos are taken.",
        "",
        "Where it was, if nothing else is known:",
    ]
    ranked = [region for region in rank_countries(band.belief, COUNTRIES) if region.probability >= 0.005]
    width = max((len(region.name) for region in ranked), default=0)
    for region in ranked:
        towns = ", ".join(_towns(atlas, band.fits & atlas.rows(region.key)))
        lines.append(f"  {region.name:<{width + 2}}{percent(region.probability):>5}  {towns}".rstrip())
    rest = 1.0 - sum(region.probability for region in ranked)
    outside = float(band.belief.probability[~band.fits].sum())
    lines += [
        f"  {'other countries':<{width + 2}}{percent(rest):>5}",
        "",
        f"{percent(outside)} of this lies where it does not fit: for measurements that are wrong.",
    ]
    return "\n".join(lines)


def _latitude(lat: float) -> str:
    return f"{abs(lat):.1f}° {'S' if lat < 0 else 'N'}"


def _towns(atlas: Atlas, rows: Mask) -> list[str]:
    """The largest towns among some rows."""
    there = np.flatnonzero(rows & (atlas.population > 0))
    largest = there[np.argsort(-atlas.population[there], kind="stable")].tolist()
    cities = (atlas.path(area).city for row in largest[: 20 * TOWNS] if (area := atlas.city_of(row)))
    return list(dict.fromkeys(city for city in cities if city))[:TOWNS]


def render_moment(time: ClockTime, place: OnePlace, atlas: Atlas) -> str:
    """A sentence on where the sun stood over a place at one time, and how it cast shadows.

    The `atlas` tells the place's clock. Raises UnusableMeasure for a span of time.
    """
    if time.since != time.until:
        raise UnusableMeasure("give one time to be told where the sun stood, or what was measured of it")
    here = clock_of(atlas, place.point, place.row)
    sun = Sun(**time._asdict(), direction_deg=0)
    stood = sun_at(here, time.since, clock_ahead_s(sun, here))
    return f"{place.name}: {time_in_words(sun)} {height_in_words(stood)}; {shadows_in_words(stood)}."


def render_day(sun: Sun, place: OnePlace, atlas: Atlas) -> str:
    """The times within a span at which the sun stood over a place as it was measured, as text.

    `sun` holds the measurement and the span; where that is a single time, the text says whether both fit. The `atlas`
    tells the place's clock.
    """
    here = clock_of(atlas, place.point, place.row)
    if sun.since == sun.until:
        return _render_check(sun, place, here)
    found = hours_that_fit(sun, here)
    head = f"{place.name}: the sun stood {angles_in_words(sun)}, {read_clock_in_words(sun, here)}"
    if not found.spans:
        return f"{head}: never; {found.rises}"
    return "\n".join([head, *(f"  {span}" for span in found.spans)])


def _render_check(sun: Sun, place: OnePlace, here: Sky) -> str:
    """Whether what was measured fits one time at a place."""
    stood = height_in_words(sun_at(here, sun.since, clock_ahead_s(sun, here)))
    outcome = "fits" if hours_that_fit(sun, here).fitting else "does not fit"
    return f"{place.name}: {time_in_words(sun)} {stood}; what was measured, {angles_in_words(sun)}, {outcome}."


def _day(day: datetime) -> str:
    return f"{day.day} {day:%b}"


def render_year(sun: Sun, year: int, place: OnePlace, atlas: Atlas) -> str:
    """The days of a year, and the times of day, at which the sun stands over a place as it was measured, as text."""
    here = clock_of(atlas, place.point, place.row)
    days = list(days_that_fit(sun, here, year))
    head = f"{place.name}: the sun stands {angles_in_words(sun)}, {read_clock_in_words(sun, here)}"
    runs = [(fits, list(run)) for fits, run in groupby(days, key=lambda day: bool(day.fitting))]
    periods = [f"{_day(run[0].since)} to {_day(run[-1].since)}" for fits, run in runs if fits]
    if not periods:
        return f"{head}: on no day of {year}; {max(days, key=lambda day: day.highest_deg).rises}"
    lines = [f"{head}, in {year}: {' and '.join(periods)}", ""]
    for day in (day for day in days if day.since.day in (1, 15)):
        hours = ", ".join(hours_in_words(*pair) for pair in day.fitting) or day.rises
        lines.append(f"  {day.since:%d %b}  {hours}")
    return "\n".join(lines)


def _is_band(path: Path) -> bool:
    features = read_object(path).get("features") or [{}]
    return isinstance(features[0], dict) and features[0].get("properties", {}).get("kind") == "sun band"


def band_output(path: Path, photo: Path | None, force: bool) -> Output:
    """The GeoJSON file of the places that fit (flag `--geojson`), to be checked before any work.

    The `photo` is never written over. `force` lets another kind of file be replaced. Raises ConfigError for a suffix
    other than .geojson and .json.
    """
    if path.suffix not in (".geojson", ".json"):
        raise ConfigError(f"--geojson: {path}: GeoJSON ends in .geojson or .json")
    return Output(path, Form("band of the sun", _is_band), "--geojson", (photo,) if photo else (), force)


def band_geojson(band: SunBand) -> str:
    """The land that fits measurements of the sun as GeoJSON polygons, with its largest towns as points.

    In its coordinates longitude comes before latitude.
    """
    atlas = band.belief.atlas
    said = [stood_in_words(sun) for sun in band.suns]
    shape = shapely.union_all(list(_boxes(_grid_that_fits(band)))).simplify(0.0)
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    coordinates = [shapely.geometry.mapping(shapely.geometry.polygon.orient(part))["coordinates"] for part in polygons]
    land: dict[str, Any] = {"type": "MultiPolygon", "coordinates": coordinates}
    countries = {r.key.country: round(r.probability, 4) for r in rank_countries(band.belief, COUNTRIES)}
    features = [_feature(land, kind="sun band", measured=said, step_deg=STEP_DEG, countries=countries)]
    towns = np.flatnonzero(band.fits & (atlas.population > 0))
    for row in towns[np.argsort(-atlas.population[towns], kind="stable")].tolist()[:COUNTRIES]:
        point = {"type": "Point", "coordinates": [round(float(atlas.lon[row]), 5), round(float(atlas.lat[row]), 5)]}
        features.append(_feature(point, kind="town", name=str(atlas.at_row(row))))
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1) + "\n"


def _feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _grid_that_fits(band: SunBand) -> Mask:
    """The cells of a grid that lie on land and fit all that was measured; rows from the south, columns from 180° W."""
    from scipy.spatial import KDTree

    from geoagent.geo import chord_to_km, unit_vectors

    atlas = band.belief.atlas
    lat, lon = np.arange(-90 + STEP_DEG / 2, 90, STEP_DEG), np.arange(-180 + STEP_DEG / 2, 180, STEP_DEG)
    lats, lons = (axis.ravel() for axis in np.meshgrid(lat, lon, indexing="ij"))
    chord, row = KDTree(unit_vectors(atlas.lat, atlas.lon)).query(unit_vectors(lats, lons))
    rows = np.asarray(row)
    near = chord_to_km(chord) <= np.maximum(NEAR_KM, atlas.footprint_km[rows] / 2)
    half_km: Floats = np.full(int(near.sum()), STEP_DEG * 111.0 / 2)
    cells = Sky(lats[near], lons[near], half_km, atlas.timezone[rows[near]], atlas.timezones)
    fits = np.zeros(len(lats), dtype=bool)
    fits[near] = np.logical_and.reduce([sun_fit(sun, cells).off <= FITS for sun in band.suns])
    return fits.reshape(len(lat), len(lon))


def _boxes(fits: Mask) -> Iterator[shapely.Geometry]:
    """The cells of each row that lie beside each other, as boxes in degrees."""
    for number, row in enumerate(fits):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False])).astype(np.int8)))
        south = -90 + number * STEP_DEG
        for west, east in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            yield shapely.box(-180 + west * STEP_DEG, south, -180 + east * STEP_DEG, south + STEP_DEG)
