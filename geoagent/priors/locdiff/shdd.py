"""SHDD codes: the real spherical-harmonic coefficients, degrees 0 to L, of a Dirac delta at a place.

Coefficient l² + l + m belongs to degree l and order m; orders below 0 are the sines. The harmonics are orthonormal and
without the Condon-Shortley phase. The code is the paper's (arXiv 2503.18142); how it is computed is ours.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from geoagent.geo import EARTH_RADIUS_KM


def length(degree: int) -> int:
    """How many numbers a code of degrees 0 to `degree` has."""
    return (degree + 1) ** 2


def unit_vectors(lat_deg: Tensor, lon_deg: Tensor) -> Tensor:
    """Places in degrees as unit vectors in float64, shape (…, 3)."""
    phi, lam = torch.deg2rad(lat_deg.double()), torch.deg2rad(lon_deg.double())
    return torch.stack((phi.cos() * lam.cos(), phi.cos() * lam.sin(), phi.sin()), -1)


def degrees_of(vectors: Tensor) -> tuple[Tensor, Tensor]:
    """Unit vectors (…, 3) as latitude and longitude in degrees."""
    x, y, z = vectors.unbind(-1)
    return torch.rad2deg(torch.atan2(z, torch.hypot(x, y))), torch.rad2deg(torch.atan2(y, x))


def harmonics(vectors: Tensor, degree: int) -> Tensor:
    """The real spherical harmonics at unit vectors (n, 3): shape (n, (degree + 1)²), float64.

    Each is a polynomial in z times the real or imaginary part of (x + iy)^m, so the poles are no special case. The
    polynomials follow the three-term recurrence of the normalised associated Legendre functions; it is stable for
    degrees far beyond 47, since no factorial is ever formed.
    """
    x, y, z = vectors.double().unbind(-1)
    orders = torch.arange(degree + 1, dtype=torch.float64, device=vectors.device)
    rising = torch.complex(x, y)[:, None] ** orders
    result = x.new_zeros(len(x), length(degree))
    before = x.new_zeros(len(x), degree + 1)
    last = torch.zeros_like(before)
    diagonal = math.sqrt(1 / (4 * math.pi))
    for n in range(degree + 1):
        m = orders[:n]
        now = torch.zeros_like(before)
        if n:
            a = torch.sqrt((4 * n * n - 1) / (n * n - m * m))
            b = torch.sqrt(((n - 1) ** 2 - m * m).clamp(min=0) / max(4 * (n - 1) ** 2 - 1, 1))
            now[:, :n] = a * (z[:, None] * last[:, :n] - b * before[:, :n])
            diagonal *= math.sqrt((2 * n + 1) / (2 * n))
        now[:, n] = diagonal
        middle = n * n + n
        result[:, middle] = now[:, 0]
        if n:
            waves = math.sqrt(2) * now[:, 1 : n + 1] * rising[:, 1 : n + 1]
            result[:, middle + 1 : middle + n + 1] = waves.real
            result[:, n * n : middle] = waves.imag.flip(1)
        before, last = last, now
    return result


def delta_codes(lat_deg: Tensor, lon_deg: Tensor, degree: int) -> Tensor:
    """The SHDD codes of places (n,) in degrees: shape (n, (degree + 1)²), float64, each of squared norm (L + 1)²/4π."""
    return harmonics(unit_vectors(lat_deg, lon_deg), degree)


def around(centre: Tensor, east: Tensor, north: Tensor) -> Tensor:
    """Points whose angles east and north of centres (n, 3) have the tangents (k,): unit vectors (n, k, 3)."""
    pole = torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64, device=centre.device)
    side = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64, device=centre.device)
    reference = torch.where((centre[:, 2].abs() < 0.9)[:, None], pole, side)
    eastward = torch.nn.functional.normalize(torch.linalg.cross(reference, centre), dim=-1)
    northward = torch.linalg.cross(centre, eastward)
    moved = centre[:, None] + east[None, :, None] * eastward[:, None] + north[None, :, None] * northward[:, None]
    return torch.nn.functional.normalize(moved, dim=-1)


SCALE = math.sqrt(4 * math.pi)
"""Times this, each coefficient of a delta has mean square 1 over the sphere; what networks and noise see. Ours."""


def degree_of_each(degree: int) -> Tensor:
    """The degree l that each coefficient of a code belongs to, shape ((degree + 1)²,)."""
    return torch.cat([torch.full((2 * n + 1,), n) for n in range(degree + 1)])


@dataclass(frozen=True)
class Grid:
    """Evenly spread points of the sphere: `vectors` (n, 3) float64 and their scaled codes (n, (L + 1)²) float32."""

    degree: int
    vectors: Tensor
    codes: Tensor

    @property
    def spacing_rad(self) -> float:
        """The side of a square as large as the share of the sphere that a point stands for, as an angle."""
        return math.sqrt(4 * math.pi / len(self.vectors))

    @property
    def spacing_km(self) -> float:
        """The side of a square as large as the share of the sphere that a point stands for, in km."""
        return self.spacing_rad * EARTH_RADIUS_KM


def fibonacci_grid(points: int, degree: int, device: str = "cpu") -> Grid:
    """So many points that each stand for the same area of the sphere, with their harmonics up to `degree`.

    The points are those of the Fibonacci lattice: each turns on from the one before by the golden angle.
    """
    index = torch.arange(points, dtype=torch.float64, device=device)
    z = 1 - (2 * index + 1) / points
    turn = index * (math.pi * (3 - math.sqrt(5)))
    radius = torch.sqrt(1 - z * z)
    vectors = torch.stack((radius * turn.cos(), radius * turn.sin(), z), -1)
    return Grid(degree, vectors, (SCALE * harmonics(vectors, degree)).float())
