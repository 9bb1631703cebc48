"""Geometry on the sphere: points, great-circle distances, unit vectors."""

import math
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator

EARTH_RADIUS_KM = 6371.0
"""Mean radius used by every distance here; published Im2GPS3k distances are reproduced with it to 0.01 km."""

Floats = NDArray[np.float64]


class Point(BaseModel):
    """A place on WGS 84, latitude before longitude, in degrees. Longitudes are folded into [-180, 180)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    lon: Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]

    @field_validator("lon")
    @classmethod
    def _fold(cls, lon: float) -> float:
        return (lon + 180.0) % 360.0 - 180.0 if not -180.0 <= lon < 180.0 else lon


def haversine_km(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> Floats:
    """Great-circle distance in km between points in degrees; arrays broadcast."""
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half_dphi = (phi2 - phi1) / 2
    half_dlambda = np.radians(np.subtract(lon2, lon1)) / 2
    a = np.sin(half_dphi) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_dlambda) ** 2
    distance: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(a, 0.0, 1.0)))
    return distance


def distance_km(a: Point, b: Point) -> float:
    """Great-circle distance in km between two points."""
    return float(haversine_km(a.lat, a.lon, b.lat, b.lon))


def unit_vectors(lat: ArrayLike, lon: ArrayLike) -> Floats:
    """Points in degrees as unit vectors, shape (n, 3). Chords order as great-circle distances do, at the poles too."""
    phi, lam = np.radians(np.atleast_1d(lat)), np.radians(np.atleast_1d(lon))
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))


def chord_to_km(chord: ArrayLike) -> Floats:
    """Chord lengths on the unit sphere as great-circle distances in km."""
    distance: Floats = np.asarray(np.asarray(chord, dtype=np.float64) / 2)
    np.clip(distance, 0.0, 1.0, out=distance)
    np.arcsin(distance, out=distance)
    distance *= 2 * EARTH_RADIUS_KM
    return distance


def km_to_chord(distance: float) -> float:
    """A great-circle distance in km as a chord length on the unit sphere."""
    return 2 * math.sin(min(distance / EARTH_RADIUS_KM, math.pi) / 2)


def inner(a: Floats, b: Floats) -> float:
    """Σ a·b of two columns, in this thread alone: those of a BLAS wait for each other on a busy machine."""
    return float(np.einsum("i,i", a, b))
