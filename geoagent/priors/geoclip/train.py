"""Training of GeoCLIP on photos with known places, above a published model that stays as it is.

Contrastive: a photo's embedding has to be nearer to that of its own place than to those of the other places of the
batch and of a queue of earlier ones, which a running mean of the location encoder embeds (He et al. 2020; GeoCLIP has
the queue). Places near the true one are hardly wrong: each counts by the share of all difference between photos that
photos so far apart show, a semivariogram of the photos' own features (ours; the idea is that of Tobler and Matheron).
"""

import logging
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, linear, normalize

from geoagent.errors import ConfigError
from geoagent.geo import EARTH_RADIUS_KM
from geoagent.priors.geoclip.embedding import placed_photos
from geoagent.priors.geoclip.locations import DEGREE, ENCODER, PERCEPTRON, SCALE, SINES, embedded, read_weights
from geoagent.priors.geoclip.place_gallery import SIZE
from geoagent.priors.locdiff.shdd import length, unit_vectors
from geoagent.priors.locdiff.train import accuracies
from geoagent.vision.model import VisionModel

log = logging.getLogger(__name__)

Form = Literal["fourier", "harmonics"]
LEAST, HELD_OUT, AT_ONCE = 40, 10, 16
"""The fewest photos that are trained on, one in how many is held out, and how many are seen at a time."""
QUEUE, DECAY, WARMUP, SCORE_SCALE = 1024, 0.99, 50, 3.0
SIGMAS, WAVES, WIDTH, SINE_WIDTH, LEGENDRE = (1.0, 16.0, 256.0), 256, 1024, 512, 20
"""The sizes of new location encoders: as GeoCLIP's are published, and SatCLIP's between its two degrees, 10 and 40."""
REACHES_KM = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)
COMPARED = 1000


@dataclass(frozen=True)
class Seen:
    """Photos as a published model sees them: features (n, d), and where they were taken, in degrees (n,)."""

    features: Tensor
    lat_deg: Tensor
    lon_deg: Tensor

    def part(self, rows: Tensor) -> "Seen":
        """The photos with the given numbers."""
        return Seen(self.features[rows], self.lat_deg[rows], self.lon_deg[rows])

    @property
    def vectors(self) -> Tensor:
        """Their places as unit vectors (n, 3)."""
        return unit_vectors(self.lat_deg, self.lon_deg)


@dataclass(frozen=True)
class Weights:
    """GeoCLIP's own numbers: the location encoder's, the perceptron's, and the logarithm of the scale of scores."""

    places: dict[str, Tensor]
    photos: dict[str, Tensor]
    scale: Tensor

    def trainable(self) -> list[Tensor]:
        """All but the frequencies and the degree, which stay as they were drawn."""
        fixed = {name for name in self.places if name.endswith("capsule.0.b") or name == DEGREE}
        return [*(value for name, value in self.places.items() if name not in fixed), *self.photos.values(), self.scale]

    def copied(self) -> "Weights":
        """The same numbers, apart."""
        places, photos = ({name: v.detach().clone() for name, v in p.items()} for p in (self.places, self.photos))
        return Weights(places, photos, self.scale.detach().clone())

    def files(self) -> dict[Path, Tensor | dict[str, Tensor]]:
        """As they are kept."""
        return {ENCODER: self.places, PERCEPTRON: self.photos, SCALE: self.scale}

    def of_photos(self, features: Tensor) -> Tensor:
        """Features (n, d) as embeddings (n, 512) of length 1."""
        hidden = linear(features, self.photos["0.weight"], self.photos["0.bias"]).relu()
        return normalize(linear(hidden, self.photos["2.weight"], self.photos["2.bias"]), dim=-1)


def see(model: VisionModel, data: Path) -> Seen:
    """The photos of a folder, or of that of a labels.csv, as a model sees them. Raises ConfigError."""
    folder = data.parent if data.is_file() else data
    if not folder.is_dir():
        raise ConfigError(f"{data}: neither a folder of photos nor a labels.csv in one")
    features, places, batch = [], [], []
    for _, point, image in placed_photos(folder):
        places.append((point.lat, point.lon))
        batch.append(image)
        if len(batch) == AT_ONCE:
            features.append(model.photo_features(model.pixels(batch)))
            batch = []
            log.info(f"{len(places)} photos seen")
    if batch:
        features.append(model.photo_features(model.pixels(batch)))
    if len(places) < LEAST:
        raise ConfigError(f"{data}: {len(places)} photos with places are too few: at least {LEAST}")
    lat, lon = torch.tensor(places, dtype=torch.float64).T
    return Seen(torch.cat(features), lat.contiguous(), lon.contiguous())


def hold_out(seen: Seen) -> tuple[Seen, Seen]:
    """Photos to train on and photos to check on, one in ten."""
    last = torch.arange(len(seen.features)) % HELD_OUT == HELD_OUT - 1
    return seen.part(torch.nonzero(~last)[:, 0]), seen.part(torch.nonzero(last)[:, 0])


def begin(seen: Seen, form: Form, folder: Path | None, seed: int = 0) -> Weights:
    """The weights to begin with: those of the files of a GeoCLIP in `folder`, or new ones for these photos.

    Raises ConfigError where those files are for other features.
    """
    if folder is not None and form == "fourier":
        photos, scale = read_weights(folder / PERCEPTRON), next(iter(read_weights(folder / SCALE).values()))
        if photos["0.weight"].shape[1] != seen.features.shape[1]:
            raise ConfigError(f"{folder}: is for another model than the one that sees the photos")
        return Weights(read_weights(folder / ENCODER), photos, scale)
    generator = torch.Generator().manual_seed(seed)
    spread, width = seen.features.std().clamp(min=1e-6), seen.features.shape[1]
    first = torch.randn(width, width, generator=generator) / (spread * width**0.5)
    photos = {"0.weight": first, "0.bias": -first @ seen.features.mean(0)}
    photos |= {"2.weight": torch.randn(SIZE, width, generator=generator) / width**0.5, "2.bias": torch.zeros(SIZE)}
    places = _new_fourier(generator) if form == "fourier" else _new_harmonics(generator)
    return Weights(places, photos, torch.tensor(SCORE_SCALE))


def _new_fourier(generator: torch.Generator) -> dict[str, Tensor]:
    """A location encoder of GeoCLIP's form: three of its kind, each for another fineness."""
    found = {}
    layers = (("capsule.1", WIDTH, 2 * WAVES), ("capsule.3", WIDTH, WIDTH), ("capsule.5", WIDTH, WIDTH))
    for number, sigma in enumerate(SIGMAS):
        found[f"LocEnc{number}.capsule.0.b"] = sigma * torch.randn(WAVES, 2, generator=generator)
        for layer, wide, given in (*layers, ("head.0", SIZE, WIDTH)):
            found[f"LocEnc{number}.{layer}.weight"] = torch.randn(wide, given, generator=generator) * (2 / given) ** 0.5
            found[f"LocEnc{number}.{layer}.bias"] = torch.zeros(wide)
    return found


def _new_harmonics(generator: torch.Generator) -> dict[str, Tensor]:
    """A location encoder of SatCLIP's form, begun as SIRENs are (Sitzmann et al. 2020)."""
    found = {DEGREE: torch.tensor(LEGENDRE)}
    widths = [length(LEGENDRE), *[SINE_WIDTH] * SINES, SIZE]
    for number, (given, wide) in enumerate(pairwise(widths)):
        bound = 1 / given if number == 0 else (6 / given) ** 0.5
        found[f"siren.{number}.weight"] = bound * (2 * torch.rand(wide, given, generator=generator) - 1)
        found[f"siren.{number}.bias"] = torch.zeros(wide)
    return found


def reach_km(seen: Seen) -> float:
    """How far places must be apart for photos to be about as unlike as any: the range of an exponential semivariogram
    of their features, the best of `REACHES_KM`.
    """
    rows = torch.randperm(len(seen.features), generator=torch.Generator().manual_seed(0))[:COMPARED]
    some = seen.part(rows)
    features = normalize(some.features - some.features.mean(0), dim=-1)
    first, second = torch.triu_indices(len(rows), len(rows), offset=1)
    unlike = (1 - features @ features.T)[first, second].double().numpy()
    apart = _km(some.vectors, some.vectors)[first, second].numpy()
    edges = np.concatenate([[0.0], np.geomspace(1, 20_100, 30)])
    counts, sums = (np.histogram(apart, edges, weights=w)[0] for w in (None, unlike))
    held = counts > 0
    middle = np.histogram(apart, edges, weights=apart)[0][held] / counts[held]
    gamma, weight = sums[held] / counts[held], np.sqrt(counts[held].astype(np.float64))

    def misfit(reach: float) -> float:
        shape = np.stack([np.ones_like(middle), 1 - np.exp(-middle / reach)], axis=1)
        fitted = np.linalg.lstsq(shape * weight[:, None], gamma * weight, rcond=None)[0]
        return float(np.square((shape @ fitted - gamma) * weight).sum()) if fitted[1] > 0 else np.inf

    misfits = [misfit(reach) for reach in REACHES_KM]
    return REACHES_KM[int(np.argmin(misfits))] if np.isfinite(misfits).any() else REACHES_KM[0]


def _km(these: Tensor, those: Tensor) -> Tensor:
    """The distances in km of unit vectors (n, 3) from others (m, 3), shape (n, m)."""
    return EARTH_RADIUS_KM * torch.acos((these @ those.T).clamp(-1, 1))


def train(seen: Seen, held_out: Seen, start: Weights, steps: int, batch: int, rate: float = 1e-3) -> Weights:
    """Train on photos for some steps; returns the running mean of the weights."""
    now, mean, reach = start.copied(), start.copied(), reach_km(seen)
    log.info(f"places count as wrong by 1 − exp(−distance / {reach:g} km)")
    optimizer = torch.optim.AdamW([value.requires_grad_() for value in now.trainable()], lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=steps + 1, pct_start=min(0.3, WARMUP / steps), cycle_momentum=False
    )
    queue = torch.zeros(0, dtype=torch.long)
    for step in range(steps):
        generator = torch.Generator().manual_seed(step)
        rows = torch.randint(len(seen.features), (min(batch, len(seen.features)),), generator=generator)
        loss = contrastive(now, mean, seen.part(rows), seen.part(queue), reach)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call, unused-ignore]  # with and without torch's types
        optimizer.step()
        schedule.step()
        queue = torch.cat((rows, queue))[: min(QUEUE, len(seen.features))]
        with torch.no_grad():
            for kept, new in zip(mean.trainable(), now.trainable(), strict=True):
                kept.lerp_(new, 1 - min(DECAY, (1 + step) / (10 + step)))
        if (step + 1) % 200 == 0 or step + 1 == steps:
            figures = check(mean, seen, held_out)
            told = ", ".join(f"{name} {value:.3g}" for name, value in figures.items())
            log.info(f"step {step + 1} of {steps}: loss {loss.item():.3f}, held out: {told}")
    return mean


def contrastive(now: Weights, mean: Weights, photos: Seen, queue: Seen, reach: float) -> Tensor:
    """The loss of a batch: how surprising each photo's own place is among the batch's and the queue's.

    Another place counts 1 − exp(−distance / reach) of one that is far away; the running mean embeds the queue.
    """
    own = embedded(photos.lat_deg, photos.lon_deg, now.places)
    with torch.no_grad():
        earlier = embedded(queue.lat_deg, queue.lon_deg, mean.places)
        wrong = -torch.expm1(-_km(photos.vectors, torch.cat((photos.vectors, queue.vectors))) / reach)
        wrong.fill_diagonal_(1.0)
    scores = now.scale.exp().clamp(max=100) * now.of_photos(photos.features) @ torch.cat((own, earlier)).T
    return cross_entropy(scores + wrong.clamp(min=1e-9).log().float(), torch.arange(len(own)))


def check(weights: Weights, seen: Seen, held_out: Seen) -> dict[str, float]:
    """How far the best of the places trained on is from the truth, for photos that were held out: the median in km,
    and the shares within 25, 200 and 750 km.
    """
    with torch.no_grad():
        places = embedded(seen.lat_deg, seen.lon_deg, weights.places)
        best = (weights.of_photos(held_out.features) @ places.T).argmax(-1)
    return accuracies(seen.vectors[best], held_out.vectors)
