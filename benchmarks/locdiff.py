"""LocDiff on places without photos: `python benchmarks/locdiff.py CHECKPOINT [PLACES]` (default 1000 held-out places).

For embeddings of held-out places of GeoCLIP's gallery with ever more noise: the peak of the density and the mode of 64
samples, nearest-gallery search over the other places, and the same within LocDiff's 90 % region (LocDiff-H); how often
the 50 % and 90 % regions hold the truth, and how large they are, in squares of so many km a side. The checkpoint is
one of `geoagent prior train locdiff --places`.
"""

import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from scipy.spatial import KDTree
from torch import Tensor

from geoagent.priors.geoclip.locations import gallery_places, geoclip_folder
from geoagent.priors.locdiff import places
from geoagent.priors.locdiff.calibration import level
from geoagent.priors.locdiff.checkpoint import load_network
from geoagent.priors.locdiff.decode import climb, seek_mode
from geoagent.priors.locdiff.loss import log_density, log_masses
from geoagent.priors.locdiff.region import area_km2, localizability_bits, mass_above, region, split
from geoagent.priors.locdiff.sample import learned, sample
from geoagent.priors.locdiff.shdd import Grid, fibonacci_grid, harmonics
from geoagent.priors.locdiff.train import accuracies, density_codes
from geoagent.priors.locdiff.unet import CSUNet

NOISE = (0.0, 0.25, 0.5, 1.0, 2.0)
CELLS, SAMPLER_CELLS = 200_000, 15_000
"""Of the density, 50 km wide, and of the sampler."""
AT_ONCE = 100
SAMPLED, SAMPLES = 25, 64
SHARES = (0.5, 0.9)


def line(name: str, figures: dict[str, float]) -> None:
    """Print the median and the shares of one method."""
    shares = "  ".join(f"{100 * share:5.1f} %" for reach, share in figures.items() if reach != "median_km")
    print(f"  {name:<34}{figures['median_km']:8.0f} km   {shares}")


def nearest(embeddings: Tensor, gallery: places.Pairs, allowed: Tensor | None = None) -> Tensor:
    """Unit vectors of the gallery's places whose embeddings are most like those given; `allowed` (n, places)."""
    likeness = embeddings @ gallery.embeddings.float().T
    if allowed is not None:
        likeness = likeness.masked_fill(~allowed, -2)
    return gallery.vectors[likeness.argmax(-1)]


def sampled(network: CSUNet, embeddings: Tensor) -> Tensor:
    """The modes of 64 samples for each of some embeddings, unit vectors."""
    grid = fibonacci_grid(SAMPLER_CELLS, network.shape.degree)
    generator = torch.Generator().manual_seed(0)
    modes = []
    for embedding in embeddings:
        log_density = learned(network, embedding.expand(SAMPLES, -1), grid)
        drawn = sample(log_density, SAMPLES, grid, generator)
        modes.append(seek_mode(harmonics(drawn, grid.degree).mean(0, keepdim=True), grid)[0])
    return torch.stack(modes)


def compare(network: CSUNet, held_out: places.Pairs, gallery: places.Pairs, cells: Tensor, grid: Grid) -> None:
    """Print how well each method inverts the embeddings at each noise; `cells` holds the gallery's places' cells."""
    for name, embeddings in drawn_at_each_noise(held_out):
        print(f"{name:<44}median   within 25, 200, 750 km")
        line("nearest of the gallery", accuracies(nearest(embeddings, gallery), held_out.vectors))
        codes = density_codes(network, embeddings, grid)
        line("LocDiff, peak of the density", accuracies(climb(codes, grid), held_out.vectors))
        mass = level(0.9, network.levels)
        inside = torch.stack([region(log_masses(code[None], grid)[0].exp(), mass)[cells] for code in codes])
        line("LocDiff-H: nearest in 90 % region", accuracies(nearest(embeddings, gallery, inside), held_out.vectors))
        start = time.perf_counter()
        modes = sampled(network, embeddings[:SAMPLED])
        seconds = (time.perf_counter() - start) / SAMPLED
        line(f"LocDiff, {SAMPLES} samples (n = {SAMPLED})", accuracies(modes, held_out.vectors[:SAMPLED]))
        needed = [level(share, network.levels) for share in SHARES]
        above, sides, bits, at_truth = regions(codes, held_out.vectors, needed, grid)
        covered = ", ".join(f"{100 * float((above <= mass).double().mean()):.1f} %" for mass in needed)
        large = " and ".join(f"{side:.0f} km" for side in sides.median(0).values.tolist())
        print(f"  50 % and 90 % regions hold the truth: {covered}; in the median {large} wide")
        beyond = f"{bits.median():.1f} bits in the median, at the truth {at_truth.mean():.2f} on average"
        print(f"  beyond the even density {beyond}; sampling {seconds:.2f} s a photo")


def regions(codes: Tensor, truth: Tensor, needed: list[float], grid: Grid) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The mass denser than the truth (n,), the regions' widths in km (n, 2), bits (n,), and those at the truth (n,)."""
    above, sides, bits, at_truth = [], [], [], []
    for code, vectors in zip(codes.split(AT_ONCE), truth.split(AT_ONCE), strict=True):
        cells = split(code, grid)
        above.append(mass_above(cells, code, vectors, grid))
        sides.append(torch.stack([area_km2(cells, mass).sqrt() for mass in needed], 1))
        bits.append(localizability_bits(log_masses(code, grid).exp()))
        at_truth.append(log_density(code, vectors, grid) / math.log(2))
    return torch.cat(above), torch.cat(sides), torch.cat(bits), torch.cat(at_truth)


def drawn_at_each_noise(pairs: places.Pairs) -> Iterator[tuple[str, Tensor]]:
    """Embeddings with the noises that training draws from, then with each noise alone."""
    assert pairs.spread is not None
    yield "noise as in training", places.draw(pairs, torch.arange(len(pairs)), torch.Generator().manual_seed(1))[0]
    for noise in NOISE:
        lengths = torch.full((len(pairs),), noise)
        generator = torch.Generator().manual_seed(1)
        yield f"noise {noise:g}", places.noisy(pairs.embeddings, pairs.spread, lengths, generator)


def cells_of(vectors: Tensor, grid: Grid) -> Tensor:
    """The cells that unit vectors (n, 3) lie in."""
    return torch.from_numpy(KDTree(grid.vectors.numpy()).query(vectors.numpy())[1])


def main() -> None:
    """Print the table."""
    network = load_network(Path(sys.argv[1]))
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    grid = fibonacci_grid(CELLS, network.shape.degree)
    folder = geoclip_folder()
    pairs = places.pairs_of_places(*gallery_places(folder), folder)
    rows = torch.arange(len(pairs))
    gallery, held_out = (
        pairs.part(rows[rows % places.HELD_OUT != 0]),
        pairs.part(rows[rows % places.HELD_OUT == 0][:count]),
    )
    print(f"degree {grid.degree}, cells of {grid.spacing_km:.0f} km, n = {len(held_out)}")
    with torch.no_grad():
        compare(network, held_out, gallery, cells_of(gallery.vectors, grid), grid)


if __name__ == "__main__":
    main()
