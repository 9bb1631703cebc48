"""LocDiff as a prior: a density on a grid from GeoCLIP's embedding of a photo, and LocDiff-H on top of it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy.spatial import KDTree
from torch import Tensor

from geoagent.geo import Floats, km_to_chord, unit_vectors
from geoagent.priors.geoclip.model import GeoClip
from geoagent.priors.locdiff.calibration import level
from geoagent.priors.locdiff.checkpoint import load_network
from geoagent.priors.locdiff.loss import log_masses
from geoagent.priors.locdiff.region import region
from geoagent.priors.locdiff.shdd import degrees_of, fibonacci_grid
from geoagent.priors.locdiff.train import density_codes
from geoagent.priors.prior import GeoDistribution, Precision

CELLS = 50_000
"""Cells of the density that is told, 100 km wide: finer than the grid that training sums over."""


class LocDiff:
    """A network that `geoagent prior train locdiff` left in a folder; its photos are embedded by GeoCLIP."""

    name = "locdiff"

    def __init__(self, folder: Path, geoclip: GeoClip) -> None:
        self._network = load_network(folder)
        shape = self._network.shape
        self._grid = fibonacci_grid(CELLS, shape.degree)
        self._geoclip = geoclip

    def locate(
        self, photos: Sequence[Image.Image], *, batch: int = 16, device: str | None = None,
        precision: Precision | None = None,
    ) -> GeoDistribution:  # fmt: skip
        """The density of each photo on the cells of the grid, divided by that of the places trained on."""
        embeddings = self._geoclip.embed_photos(photos, batch=batch, device=device, precision=precision)
        return self.distribution(embeddings)

    def distribution(self, embeddings: Tensor) -> GeoDistribution:
        """The density for each embedding (n, 512) on the cells, divided by that of the places trained on."""
        with torch.no_grad():
            own = log_masses(density_codes(self._network, embeddings, self._grid), self._grid).double()
            free = log_masses(
                density_codes(self._network, embeddings[:1], self._grid, known=False), self._grid
            ).double()
        lat, lon = degrees_of(self._grid.vectors)
        weight = free[0].exp().numpy()
        return GeoDistribution(lat.numpy(), lon.numpy(), weight / weight.sum(), (own - free).numpy())

    def within(self, embeddings: Tensor, share: float = 0.9) -> GeoDistribution:
        """LocDiff-H: GeoCLIP's ratios inside the smallest set of cells that holds the truth so often; else 0."""
        coarse, mass = self.distribution(embeddings), level(share, self._network.levels)
        fine = self._geoclip.distribution(embeddings)
        places = unit_vectors(fine.lat_deg, fine.lon_deg)
        reach = km_to_chord(self._grid.spacing_km)
        ratios = np.full_like(fine.log_ratio, -np.inf)
        for row, masses in enumerate(coarse.probability()):
            cells = self._grid.vectors[region(torch.from_numpy(masses), mass)].numpy()
            near = _nearest(cells, places) <= reach
            inside = near if near.any() else np.ones_like(near)
            ratios[row, inside] = fine.log_ratio[row, inside]
        return fine._replace(log_ratio=ratios)


class LocDiffH:
    """LocDiff-H as a prior of its own: GeoCLIP's search, inside the region that LocDiff says holds the place."""

    name = "locdiff-h"

    def __init__(self, locdiff: LocDiff, geoclip: GeoClip) -> None:
        self._locdiff, self._geoclip = locdiff, geoclip

    def locate(self, photos: Sequence[Image.Image]) -> GeoDistribution:
        """The gallery's ratios of each photo, 0 outside the region that holds nine truths in ten."""
        return self._locdiff.within(self._geoclip.embed_photos(photos))


def _nearest(cells: Floats, places: Floats) -> Floats:
    """How far, as a chord, each place is from the nearest cell."""
    return np.asarray(KDTree(cells).query(places)[0], dtype=np.float64)
