"""Zero-shot: a CLIP compares a photo with captions that name places, country by country, then division by division.

After StreetCLIP (Haas et al. 2023, arXiv 2302.00275), which is such a CLIP; any published CLIP or SigLIP will do.
Captions that differ in the name alone are compared; so the softmax over the countries is what the photo tells beyond
them, and so is that over the divisions of a country. Only the leading countries are looked into: of the others each
division is alike.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize

from geoagent.atlas import Atlas, Rows
from geoagent.geo import Area, Floats
from geoagent.priors.prior import GeoDistribution
from geoagent.vision.model import VisionModel

COUNTRY, DIVISION = "A photo taken in {}.", "A photo taken in {}, {}."
LEADING = 5
AT_ONCE = 64


class ClipZeroShot:
    """A CLIP in a folder as a prior, by captions of the countries and divisions of an atlas."""

    name = "clip-zeroshot"

    def __init__(self, folder: Path, atlas: Atlas) -> None:
        self._atlas = atlas
        self._model = VisionModel(folder)
        self._known: dict[int, Tensor] = {}

    def locate(self, photos: Sequence[Image.Image]) -> GeoDistribution:
        """The distribution over the most populous place of each division, countries counting alike beforehand."""
        where = self._divisions
        seen = normalize(self._model.photo_features(self._model.pixels(photos)), dim=-1)
        ratios = np.stack([self._ratios(photo) for photo in seen])
        return GeoDistribution(self._atlas.lat[where.rows], self._atlas.lon[where.rows], where.weight, ratios)

    def _ratios(self, photo: Tensor) -> Floats:
        """The log ratio of each division for one photo's features."""
        where = self._divisions
        countries = _log_ratios(self._model.scale * (self._countries @ photo))
        ratios: Floats = countries[where.country].copy()
        for country in np.argsort(-countries)[:LEADING].tolist():
            inside = where.country == country
            ratios[inside] += _log_ratios(self._model.scale * (self._inside(country) @ photo))
        return ratios

    @cached_property
    def _divisions(self) -> "_Divisions":
        return _divisions_of(self._atlas)

    @cached_property
    def _countries(self) -> Tensor:
        names = [self._atlas.country_name(code) for code in self._atlas.countries]
        return self.embed_texts([COUNTRY.format(name) for name in names])

    def _inside(self, country: int) -> Tensor:
        """The captions of a country's divisions, embedded when they are first needed."""
        if country not in self._known:
            areas = [self._divisions.areas[n] for n in np.flatnonzero(self._divisions.country == country)]
            name = self._atlas.country_name(self._atlas.countries[country])
            self._known[country] = self.embed_texts([
                DIVISION.format(self._atlas.division_name(area), name) if area.division else COUNTRY.format(name)
                for area in areas
            ])  # fmt: skip
        return self._known[country]

    def embed_texts(self, texts: Sequence[str]) -> Tensor:
        """Texts as embeddings (n, dimension) of length 1, in the space of the photos."""
        starts = range(0, len(texts), AT_ONCE)
        return normalize(torch.cat([self._model.text_features(texts[n : n + AT_ONCE]) for n in starts]), dim=-1)


class _Divisions(NamedTuple):
    """For each division, or country without any: its most populous row, its country's number, its weight and area."""

    rows: Rows
    country: Rows
    weight: Floats
    areas: list[Area]


def _divisions_of(atlas: Atlas) -> _Divisions:
    """All divisions in which people live, and the countries without a division."""
    key = np.where(atlas.division >= 0, atlas.division.astype(np.int64) + len(atlas.countries), atlas.country)
    order = np.lexsort((-atlas.population, key))
    rows = order[np.unique(key[order], return_index=True)[1]]
    areas = [atlas.division_of(int(row)) or atlas.country_of(int(row)) for row in rows]
    country = atlas.country[rows].astype(np.int64)
    count = np.bincount(country)
    weight: Floats = 1 / (count[country] * float(np.count_nonzero(count)))
    return _Divisions(rows, country, weight, areas)


def _log_ratios(scores: Tensor) -> Floats:
    """Scores as log ratios of their softmax to even shares."""
    found: Floats = (torch.log_softmax(scores.double(), 0) + float(np.log(len(scores)))).numpy()
    return found
