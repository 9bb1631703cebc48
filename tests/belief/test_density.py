"""What is evaluated fast is what the plain formulas give."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoagent.atlas import Atlas
from geoagent.belief import Belief, Beliefs
from geoagent.belief.best_point import gather, point_of_highest_score, scores
from geoagent.belief.density import (
    DROPPED,
    NO_PLACES,
    SPOT_REACH,
    coarsened,
    country_means,
    likelihood_ratio,
    places_of_spots,
)
from geoagent.belief.readout import cell_ranking, credible_area_km2, radius_km
from geoagent.belief.reliability import load_reliabilities
from geoagent.case.evidence import Evidence, Spot
from geoagent.case.likelihood import Areas, Kernel, Likelihood, Mixture, Surroundings
from geoagent.geo import AREA_LEVELS, Floats, Point, haversine_km, unit_vectors

calm = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)
widths_km = st.sampled_from([0.05, 1.0, 20.0, 32.0, 90.0, 700.0, 5000.0])
kernels = st.builds(
    Kernel, lat=latitudes, lon=longitudes, sigma_km=widths_km, within=st.sampled_from([None, None, "FR", "NZ", "US.AK"])
)
keys = st.sampled_from(["FR", "FR.84", "FR.84#2996944", "SE", "US", "US.TX", "NO.05", "ZZ", "FR.ZZ"])
areas = st.builds(Areas, weights=st.dictionaries(keys, st.floats(0.01, 1)), elsewhere=st.sampled_from([0.01, 0.3, 1.0]))


def plain(likelihood: Likelihood, atlas: Atlas) -> Floats:
    """The formulas of the docs, written down once more: the ratio at every row."""
    if isinstance(likelihood, Mixture):
        rest = 1.0 - sum(weight for weight, _ in likelihood.parts)
        return rest + sum(weight * plain(part, atlas) for weight, part in likelihood.parts)
    if isinstance(likelihood, Areas):
        found = np.full(len(atlas), likelihood.elsewhere)
        for area in sorted(likelihood.weights, key=lambda area: AREA_LEVELS.index(area.level)):
            found[atlas.rows(area)] = likelihood.weights[area]
    else:
        assert isinstance(likelihood, Kernel)
        distance, footprint = haversine_km(likelihood.lat, likelihood.lon, atlas.lat, atlas.lon), atlas.footprint_km
        own = np.ones(len(atlas), dtype=bool) if likelihood.within is None else atlas.rows(likelihood.within)
        if likelihood.within and own.any() and not (distance[own] < SPOT_REACH * footprint[own]).any():
            nearest = np.flatnonzero(own)[distance[own].argmin()]
            footprint = footprint.copy()
            footprint[nearest] = distance[nearest]
        sigma = np.maximum(likelihood.sigma_km, footprint)
        found = np.where(own, np.exp(-0.5 * (distance / sigma) ** 2) / sigma**2, 0.0)
    scale = float(atlas.prior @ found)
    ratio: Floats = found / scale if scale > 0 else np.ones(len(atlas))
    return ratio


def assert_like_plain(likelihood: Likelihood, atlas: Atlas) -> None:
    fast, _ = likelihood_ratio(likelihood, atlas, places_of_spots(atlas, []))
    assert np.allclose(fast, plain(likelihood, atlas), rtol=1e-6, atol=DROPPED)
    assert float(atlas.prior @ fast) == pytest.approx(1)


@calm
@given(kernels)
def test_a_kernel(atlas: Atlas, kernel: Kernel) -> None:
    assert_like_plain(kernel, atlas)


@calm
@given(st.integers(0, 200_000), widths_km, st.booleans())
def test_a_kernel_where_people_live(atlas: Atlas, row: int, sigma_km: float, inside: bool) -> None:
    code = atlas.countries[atlas.country[row]] if inside else None
    kernel = Kernel(lat=float(atlas.lat[row]), lon=float(atlas.lon[row]), sigma_km=sigma_km, within=code)
    assert_like_plain(kernel, atlas)


@calm
@given(areas)
def test_areas(atlas: Atlas, likelihood: Areas) -> None:
    assert_like_plain(likelihood, atlas)


@calm
@given(st.lists(kernels | areas, min_size=1, max_size=6))
def test_a_mixture(atlas: Atlas, parts: list[Kernel | Areas]) -> None:
    assert_like_plain(Mixture(parts=tuple((0.9 / len(parts), part) for part in parts)), atlas)


@pytest.mark.parametrize(
    ("said", "more", "less"),
    [
        (Surroundings(by="climate", weights={"ET": 1.0, "EF": 1.0}, elsewhere=0.01), (64.15, -51.7), (-3.1, -60.0)),
        (Surroundings(by="settlement", weights={"remote": 1.0}, elsewhere=0.01), (47.5, 100.9), (48.86, 2.35)),
        (Surroundings(by="settlement", weights={"metropolis": 1.0}, elsewhere=0.01), (35.68, 139.69), (65.0, -18.5)),
        (Surroundings(by="coast", weights={"coastal": 1.0, "inland": 0.01}), (36.72, -4.42), (40.42, -3.70)),
    ],
    ids=["tundra", "remote", "metropolis", "coast"],
)
def test_surroundings(atlas: Atlas, said: Surroundings, more: tuple[float, float], less: tuple[float, float]) -> None:
    at_rows, _ = likelihood_ratio(said, atlas, NO_PLACES)
    assert float(atlas.prior @ at_rows) == pytest.approx(1)
    rows = [row for lat, lon in (more, less) if (row := atlas.at(Point(lat=lat, lon=lon)).row) is not None]
    assert at_rows[rows[0]] == pytest.approx(100 * at_rows[rows[1]])


def test_cases_are_on_the_scale_of_the_rows(atlas: Atlas) -> None:
    row = int(atlas.population.argmax())
    here = Point(lat=float(atlas.lat[row]), lon=float(atlas.lon[row]))
    spot = Spot(name="there", point=here, radius_km=0.1, evidence="e")
    wide = Kernel(lat=here.lat, lon=here.lon, sigma_km=3 * float(atlas.footprint_km[row]))
    for likelihood in (wide, Areas(weights={atlas.city_of(row): 1.0}, elsewhere=0.1)):
        at_rows, at_spots = likelihood_ratio(likelihood, atlas, places_of_spots(atlas, [spot]))
        assert at_spots[0] == pytest.approx(at_rows[row])


@calm
@given(st.integers(1, 400), st.integers(0, 1000), st.sampled_from([0.01, 1.0, 30.0, 180.0]))
def test_the_point_is_that_of_an_exhaustive_search(count: int, seed: int, spread_deg: float) -> None:
    rng = np.random.default_rng(seed)
    lat = np.clip(20 + spread_deg / 2 * rng.uniform(-1, 1, count), -90, 90)
    lon = (170 + spread_deg * rng.uniform(-1, 1, count) + 180) % 360 - 180
    weight = rng.exponential(1.0, count) ** 3
    bins = gather(lat, lon, weight)
    assert bins.weight.sum() == pytest.approx(weight.sum())
    candidates = [*zip(lat[bins.heaviest], lon[bins.heaviest], strict=True), *zip(bins.lat, bins.lon, strict=True)]
    best = max(_score(Point(lat=a, lon=b), bins.lat, bins.lon, bins.weight) for a, b in candidates)
    found = point_of_highest_score(lat, lon, weight)
    assert _score(found, bins.lat, bins.lon, bins.weight) == pytest.approx(best, rel=1e-9)


def _score(point: Point, lat: Floats, lon: Floats, weight: Floats) -> float:
    return float(np.exp(-haversine_km(point.lat, point.lon, lat, lon) / 1492.7) @ weight)


def test_the_point_of_the_whole_atlas(atlas: Atlas) -> None:
    bins = gather(atlas.lat, atlas.lon, atlas.prior)
    centres = unit_vectors(bins.lat, bins.lon)
    heaviest = unit_vectors(atlas.lat[bins.heaviest], atlas.lon[bins.heaviest])
    best = max(float(scores(part, centres, bins.weight).max()) for part in (centres, heaviest))
    found = point_of_highest_score(atlas.lat, atlas.lon, atlas.prior)
    reached = float(scores(unit_vectors([found.lat], [found.lon]), centres, bins.weight)[0])
    assert reached == pytest.approx(best, rel=1e-9)


@pytest.fixture(scope="module")
def some_beliefs(atlas: Atlas) -> list[Belief]:
    beliefs = Beliefs(atlas, load_reliabilities())
    likelihoods: list[Likelihood] = [Areas(weights={"FR": 1.0}), Kernel(lat=48.2, lon=16.4, sigma_km=30)]
    pieces = [
        Evidence(kind="test", witness="ocr", statement="x", likelihood=likelihood, group="g", level="city")
        for likelihood in likelihoods
    ]
    return [beliefs.of([]), *(beliefs.of([piece]) for piece in pieces), beliefs.of(pieces)]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_regions_and_radii_are_those_of_a_full_sort(some_beliefs: list[Belief], share: float) -> None:
    for belief in some_beliefs:
        cell, area = belief.atlas.cells
        order = cell_ranking(belief)
        held = np.cumsum(np.bincount(cell, belief.probability, len(area))[order])
        members = order[: int(np.searchsorted(held, share * held[-1] * (1 - 1e-12))) + 1]
        assert credible_area_km2(belief, share) == pytest.approx(float(area[members].sum()), rel=1e-3)
        at = Point(lat=48.2, lon=16.4)
        km = np.hypot(haversine_km(at.lat, at.lon, belief.atlas.lat, belief.atlas.lon), belief.atlas.extent_km)
        nearest = np.argsort(km)
        until = np.searchsorted(np.cumsum(belief.rest[nearest]), share * belief.rest.sum() * (1 - 1e-12))
        assert radius_km(belief, at, share) == pytest.approx(float(km[nearest][until]), rel=1e-3)


@calm
@given(area=areas)
def test_means_over_areas_are_those_of_their_rows(atlas: Atlas, area: Areas) -> None:
    ratio, _ = likelihood_ratio(area, atlas, NO_PLACES)
    means = country_means(ratio, atlas)
    for code in ("FR", "SE", "US"):
        rows = np.flatnonzero(atlas.country == atlas.countries.index(code))
        expected = float(np.average(ratio[rows], weights=atlas.prior[rows]))
        assert means[atlas.countries.index(code)] == pytest.approx(expected, rel=1e-12)
        assert coarsened(ratio, atlas, "country")[rows[0]] == pytest.approx(expected, rel=1e-12)
    empty = np.setdiff1d(np.arange(len(atlas.countries)), atlas.country)
    assert np.all(means[empty] == 1.0)
