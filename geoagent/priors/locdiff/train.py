"""Training of LocDiff: resumable, with a running mean of the weights, checked on pairs that were held out.

The noise σ is log-uniform over its range, and for a quarter of each batch at the top of it, where the code tells
nothing and the whole density has to come from the embedding; a tenth of the embeddings is hidden, for guidance. All
ours.
"""

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor

from geoagent.errors import ConfigError
from geoagent.geo import EARTH_RADIUS_KM
from geoagent.priors.locdiff.calibration import fit_levels, fit_sharpness
from geoagent.priors.locdiff.checkpoint import Progress, load_progress, save
from geoagent.priors.locdiff.decode import climb
from geoagent.priors.locdiff.loss import log_density
from geoagent.priors.locdiff.places import Pairs, draw
from geoagent.priors.locdiff.sample import sigma_range
from geoagent.priors.locdiff.shdd import SCALE, Grid, fibonacci_grid, harmonics
from geoagent.priors.locdiff.unet import CSUNet, Shape, sharpened

log = logging.getLogger(__name__)

HIDDEN, AT_THE_TOP = 0.1, 0.25
WARMUP, DECAY = 100, 0.999
CHECKED, FINE = 1000, 100_000
ACCURACY_KM = (25, 200, 750)


class Recipe(BaseModel):
    """How to train; two trainings of one recipe on the same pairs and machine give the same network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shape: Shape = Shape()
    steps: int = Field(20_000, ge=1)
    batch: int = Field(256, ge=1)
    rate: float = Field(1e-3, gt=0)
    seed: int = 0


def recipe_for(pairs: Pairs, steps: int, batch: int, sizes: Mapping[str, int]) -> Recipe:
    """The recipe for a network of these sizes (degree, cells, width). Raises ConfigError for one out of range."""
    try:
        shape = Shape.model_validate({**sizes, "embedding": pairs.embeddings.shape[1]})
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"--{first['loc'][0]}: {first['msg'].lower()}") from error
    return Recipe(shape=shape, steps=steps, batch=batch)


def usable_device(name: str | None) -> str:
    """A device by its name, or the GPU where there is one. Raises ConfigError where it cannot be used."""
    device = name or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"--device {device}: {str(error).splitlines()[0]}") from error
    return device


def train(
    recipe: Recipe, pairs: Pairs, held_out: Pairs, out: Path, device: str = "cpu",
    check_every: int = 500,
) -> CSUNet:  # fmt: skip
    """Train into the folder `out`, going on from what lies there; returns the network of the running mean.

    Raises ConfigError where the folder holds a training by another recipe.
    """
    shape = recipe.shape
    if pairs.embeddings.shape[1] != shape.embedding:
        raise ConfigError(f"the embeddings have {pairs.embeddings.shape[1]} numbers, not {shape.embedding}")
    torch.manual_seed(recipe.seed)
    grid = fibonacci_grid(shape.cells, shape.degree, device)
    network: CSUNet = CSUNet(shape).to(device)
    mean: CSUNet = CSUNet(shape).to(device)
    mean.load_state_dict(network.state_dict())
    mean.eval()
    optimizer = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=0.01)
    progress = load_progress(out, recipe.model_dump_json(), network, mean, optimizer)
    begun, before_s = time.monotonic(), progress.seconds
    for step in range(progress.step, recipe.steps):
        generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + step)
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * _rate(step, recipe.steps)
        rows = torch.randint(len(pairs), (recipe.batch,), generator=generator)
        loss = _loss(network, grid, *draw(pairs, rows, generator), generator)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call, unused-ignore]  # with and without torch's types
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        _average(mean, network, min(DECAY, (1 + step) / (10 + step)))
        if (step + 1) % check_every == 0 or step + 1 == recipe.steps:
            seconds = before_s + time.monotonic() - begun
            figures = check(mean, held_out, grid)
            progress = Progress(step + 1, seconds, loss.item(), figures)
            log.info(f"step {step + 1} of {recipe.steps}, {seconds:.0f} s: {progress.line()}")
            save(out, recipe.model_dump_json(), progress, network, mean, optimizer)
    _calibrate(mean, held_out, grid)
    progress = replace(progress, figures=check(mean, held_out, grid))
    log.info(f"calibrated: {progress.line()}")
    save(out, recipe.model_dump_json(), progress, network, mean, optimizer)
    return mean


def _calibrate(network: CSUNet, held_out: Pairs, grid: Grid) -> None:
    """Fit sharpness and levels on held-out pairs, where there are enough on others than those that `check` looks at."""
    rows = torch.arange(CHECKED if len(held_out) >= 2 * CHECKED else 0, len(held_out))[:CHECKED]
    embeddings, vectors = draw(held_out, rows, torch.Generator().manual_seed(2))
    network.sharpness.copy_(torch.tensor([1.0, 0.0]))
    codes = density_codes(network, embeddings, grid)
    fine = fibonacci_grid(FINE, grid.degree, str(codes.device))
    vectors = vectors.to(codes.device)
    network.sharpness.copy_(fit_sharpness(codes, vectors, fine))
    network.levels.copy_(fit_levels(density_codes(network, embeddings, grid), vectors, fine))


def _rate(step: int, steps: int) -> float:
    """The share of the learning rate: linear warm-up, then half a cosine."""
    return min(1.0, (step + 1) / WARMUP) * 0.5 * (1 + math.cos(math.pi * step / steps))


def _loss(network: CSUNet, grid: Grid, embeddings: Tensor, vectors: Tensor, generator: torch.Generator) -> Tensor:
    device = grid.codes.device
    count = len(embeddings)
    low, high = (math.log(bound) for bound in sigma_range(grid))
    level = torch.rand(count, generator=generator)
    level[: int(AT_THE_TOP * count)] = 1.0
    sigma = torch.exp(low + (high - low) * level).to(device)
    known = (torch.rand(count, generator=generator) >= HIDDEN).to(device)
    vectors = vectors.to(device)
    code = (SCALE * harmonics(vectors, grid.degree)).float()
    noise = torch.randn(code.shape, generator=generator).to(device)
    at = code + sigma[:, None] * noise
    with torch.autocast(grid.codes.device.type, torch.bfloat16, enabled=grid.codes.is_cuda):
        learned = network(at, sigma, embeddings.to(device), known)
    phase = 2 * math.pi * float(torch.rand((), generator=generator))
    return -log_density(at / sigma[:, None] ** 2 + learned.float(), vectors, grid, phase).mean()


def _average(mean: CSUNet, network: CSUNet, decay: float) -> None:
    with torch.no_grad():
        for kept, new in zip(mean.parameters(), network.parameters(), strict=True):
            kept.lerp_(new, 1 - decay)


def density_codes(network: CSUNet, embeddings: Tensor, grid: Grid, known: bool = True) -> Tensor:
    """The spherical-harmonic codes (n, (L + 1)²) of log p(place | embedding); with `known=False`, of log p(place).

    They are what the network answers for a blank code at the greatest noise, which tells it nothing of the place.
    """
    device = grid.codes.device
    count = len(embeddings)
    with torch.no_grad():
        blank = torch.zeros(count, grid.codes.shape[1], device=device)
        sigma = torch.full((count,), sigma_range(grid)[1], device=device)
        given = torch.full((count,), known, device=device)
        code: Tensor = network(blank, sigma, embeddings.float().to(device), given)
        return sharpened(code, network.sharpness) if known else code


def check(network: CSUNet, pairs: Pairs, grid: Grid) -> dict[str, float]:
    """The figures of the first 1,000 held-out pairs: bits at the truth beyond the even density, and how far the
    peaks are off.
    """
    generator = torch.Generator().manual_seed(0)
    embeddings, vectors = draw(pairs, torch.arange(min(len(pairs), CHECKED)), generator)
    codes = density_codes(network, embeddings, grid)
    with torch.no_grad():
        density = float(log_density(codes, vectors.to(codes.device), grid).mean())
    return {"bits": density / math.log(2), **accuracies(climb(codes, grid).cpu(), vectors)}


def accuracies(found: Tensor, truth: Tensor) -> dict[str, float]:
    """The median distance in km, and the shares within 25, 200 and 750 km, of unit vectors (n, 3) from the truth."""
    distance = 2 * EARTH_RADIUS_KM * torch.asin(((found - truth).norm(dim=-1) / 2).clamp(max=1))
    figures: dict[str, Any] = {"median_km": float(distance.median())}
    return figures | {f"acc_{reach}": float((distance <= reach).double().mean()) for reach in ACCURACY_KM}
