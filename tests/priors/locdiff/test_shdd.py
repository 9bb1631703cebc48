"""SHDD codes: the addition theorem, the norm, scipy, stability; and decoding."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from scipy.special import eval_legendre, sph_harm_y  # noqa: E402

from geoagent.geo import EARTH_RADIUS_KM, haversine_km  # noqa: E402
from geoagent.priors.locdiff.decode import cap_factors, climb, mass_within, seek_mode  # noqa: E402
from geoagent.priors.locdiff.shdd import (  # noqa: E402
    SCALE,
    degree_of_each,
    degrees_of,
    delta_codes,
    fibonacci_grid,
    harmonics,
    length,
    unit_vectors,
)

LATITUDES = st.floats(-90, 90)
LONGITUDES = st.floats(-180, 180)
DEGREES = st.integers(0, 47)


def code(lat: float, lon: float, degree: int):
    return delta_codes(torch.tensor([lat]), torch.tensor([lon]), degree)


@settings(max_examples=60)
@given(LATITUDES, LONGITUDES, DEGREES)
def test_the_squared_norm_is_that_of_the_addition_theorem(lat: float, lon: float, degree: int) -> None:
    assert float((code(lat, lon, degree) ** 2).sum()) == pytest.approx(length(degree) / (4 * math.pi), rel=1e-9)


@settings(max_examples=60)
@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES, DEGREES)
def test_products_follow_the_addition_theorem_degree_by_degree(
    lat1: float, lon1: float, lat2: float, lon2: float, degree: int
) -> None:
    product = (code(lat1, lon1, degree) * code(lat2, lon2, degree))[0]
    cosine = float(
        unit_vectors(torch.tensor(lat1), torch.tensor(lon1)) @ unit_vectors(torch.tensor(lat2), torch.tensor(lon2))
    )
    for n in range(degree + 1):
        expected = (2 * n + 1) / (4 * math.pi) * eval_legendre(n, min(max(cosine, -1), 1))
        assert float(product[degree_of_each(degree) == n].sum()) == pytest.approx(expected, abs=1e-9)


def test_every_coefficient_up_to_degree_47_agrees_with_scipy() -> None:
    generator = np.random.default_rng(0)
    lat = np.concatenate((np.degrees(np.arcsin(generator.uniform(-1, 1, 40))), [90, -90, 89.9999, 0, 1e-7]))
    lon = np.concatenate((generator.uniform(-180, 180, 40), [0, 77, -13, 180, -180]))
    ours = delta_codes(torch.tensor(lat), torch.tensor(lon), 47).numpy()
    theta, phi = np.radians(90 - lat), np.radians(lon)
    for n in range(48):
        for m in range(n + 1):
            theirs = (-1) ** m * sph_harm_y(n, m, theta, phi) * (math.sqrt(2) if m else 1)
            assert np.abs(ours[:, n * n + n + m] - theirs.real).max() < 1e-11
            if m:
                assert np.abs(ours[:, n * n + n - m] - theirs.imag).max() < 1e-11


def test_the_harmonics_are_orthonormal_on_the_grid() -> None:
    grid = fibonacci_grid(20_000, 9)
    gram = grid.codes.double().T @ grid.codes.double() / 20_000
    assert float((gram - torch.eye(100)).abs().max()) < 1e-3


@pytest.mark.slow
@settings(max_examples=40)
@given(LATITUDES, LONGITUDES)
def test_the_decoder_undoes_the_code(lat: float, lon: float) -> None:
    grid = fibonacci_grid(2000, 15)
    for place in (
        climb((SCALE * code(lat, lon, 15)).float(), grid),
        seek_mode(code(lat, lon, 15), grid, radius_km=300),
    ):
        found_lat, found_lon = degrees_of(place)
        assert haversine_km(lat, lon, float(found_lat[0]), float(found_lon[0])) < 1


@pytest.mark.parametrize("radius_km", [50.0, 500.0, 5000.0, math.pi * EARTH_RADIUS_KM])
def test_cap_masses_of_a_smooth_density_are_those_of_a_sum(radius_km: float) -> None:
    grid = fibonacci_grid(40_000, 6)
    density = (1 + 0.5 * grid.vectors[:, 2] + 0.3 * grid.vectors[:, 0] * grid.vectors[:, 1]) / (4 * math.pi)
    coefficients = (density[:, None] * harmonics(grid.vectors, 6)).mean(0) * 4 * math.pi
    centre = unit_vectors(torch.tensor([35.0]), torch.tensor([20.0]))
    inside = (grid.vectors @ centre[0]) >= math.cos(min(radius_km / EARTH_RADIUS_KM, math.pi)) - 1e-12
    summed = float(density[inside].sum()) * 4 * math.pi / len(grid.vectors)
    assert float(mass_within(coefficients[None], centre, 6, radius_km)) == pytest.approx(summed, abs=2e-4)


def test_a_cap_of_half_the_sphere_keeps_odd_degrees_only() -> None:
    factors = cap_factors(5, math.pi / 2 * EARTH_RADIUS_KM)
    degrees = degree_of_each(5)
    assert float(factors[(degrees > 0) & (degrees % 2 == 0)].abs().max()) < 1e-12
    assert float(factors[0]) == pytest.approx(2 * math.pi)


def test_the_mode_is_where_most_mass_is_near_and_not_where_one_sample_stands_out() -> None:
    grid = fibonacci_grid(2000, 15)
    lat, lon = torch.tensor([10.0, 12.0, 11.0, -40.0, -40.0]), torch.tensor([20.0, 21.0, 22.0, 100.0, 100.0])
    found_lat, found_lon = degrees_of(seek_mode(delta_codes(lat, lon, 15).mean(0, keepdim=True), grid, 500))
    assert haversine_km(11, 21, float(found_lat[0]), float(found_lon[0])) < 150
