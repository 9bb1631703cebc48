"""Coarse to fine: the location encoder is a continuous function, so the search need not end at the gallery's places."""

import torch
from torch import Tensor

from geoagent.geo import EARTH_RADIUS_KM
from geoagent.priors.geoclip.locations import LocationEncoder

SIDE, ROUNDS, SHRINK = 9, 4, 3.0


def refine(
    encoder: LocationEncoder, embedding: Tensor, lat_deg: Tensor, lon_deg: Tensor, radius_km: float
) -> tuple[Tensor, Tensor, Tensor]:
    """The best place near each of some places (k,) for one embedding (512,): latitudes, longitudes and cosines (k,).

    Grids of 9 × 9 round the best so far, the first `radius_km` to each side, each further one a third as wide.
    """
    steps = torch.linspace(-1, 1, SIDE, dtype=torch.float64)
    north, east = (part.reshape(-1) for part in torch.meshgrid(steps, steps, indexing="ij"))
    lat, lon = lat_deg.double(), lon_deg.double()
    best = torch.full(lat.shape, -1.0)
    reach_deg = torch.rad2deg(torch.tensor(radius_km / EARTH_RADIUS_KM, dtype=torch.float64))
    for _ in range(ROUNDS):
        around_lat = (lat[:, None] + north * reach_deg).clamp(-89.9, 89.9)
        around_lon = lon[:, None] + east * reach_deg / torch.cos(torch.deg2rad(around_lat))
        around_lon = (around_lon + 180) % 360 - 180
        cosines = encoder.encode(around_lat.reshape(-1), around_lon.reshape(-1)) @ embedding.float()
        best, chosen = cosines.view(len(lat), -1).max(-1)
        lat, lon = (part.gather(1, chosen[:, None])[:, 0] for part in (around_lat, around_lon))
        reach_deg = reach_deg / SHRINK
    return lat, lon, best
