"""A prior whose answer is known: the colour of a photo's first pixel says where it was taken."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from geoagent.atlas import Atlas
from geoagent.geo import haversine_km
from geoagent.priors.prior import GeoDistribution, Precision


class ColourPrior:
    """Its places are every hundredth row of an atlas; the ratio falls by a factor e with every `reach_km`."""

    name = "colour"

    def __init__(self, atlas: Atlas, reach_km: float = 300.0) -> None:
        self._lat, self._lon = atlas.lat[::100], atlas.lon[::100]
        self._reach_km = reach_km
        self.asked = 0

    def locate(
        self, photos: Sequence[Image.Image], *, batch: int = 16, device: str | None = None,
        precision: Precision | None = None,
    ) -> GeoDistribution:  # fmt: skip
        """Where the first pixels say."""
        self.asked += len(photos)
        ratios = []
        for photo in photos:
            red, green, _ = photo.convert("RGB").getpixel((0, 0))  # type: ignore[misc]
            distance = haversine_km(red / 255 * 180 - 90, green / 255 * 360 - 180, self._lat, self._lon)
            ratios.append(-distance / self._reach_km)
        return GeoDistribution(self._lat, self._lon, np.full(len(self._lat), 1 / len(self._lat)), np.array(ratios))


def photo_of(lat: float, lon: float) -> Image.Image:
    """A plain photo whose colour says a place in degrees, to a degree or so."""
    return Image.new("RGB", (80, 60), (round((lat + 90) / 180 * 255), round((lon + 180) / 360 * 255), 90))
