"""LocDiff on places without photos: `python benchmarks/locdiff.py CHECKPOINT [PLACES]` (default 1000 held-out places).

For embeddings of held-out places of GeoCLIP's gallery with ever more noise: the peak of the density and the mode of 64
samples, nearest-gallery search over the other places, and the same within LocDiff's 90 % region (LocDiff-H); how often
the 50 % and 90 % regions hold the truth. The checkpoint is one of `geoagent prior train locdiff --places`.
"""

import sys
import time
from pathlib import Path

import torch
from torch import Tensor

from geoagent.priors.geoclip.locations import gallery_places, geoclip_folder
from geoagent.priors.locdiff import places
from geoagent.priors.locdiff.checkpoint import load_network
from geoagent.priors.locdiff.command import HELD_OUT
from geoagent.priors.locdiff.decode import climb, seek_mode
from geoagent.priors.locdiff.loss import log_masses
from geoagent.priors.locdiff.region import localizability_bits, mass_before, region
from geoagent.priors.locdiff.sample import learned, sample
from geoagent.priors.locdiff.shdd import Grid, fibonacci_grid, harmonics
from geoagent.priors.locdiff.train import accuracies, density_codes
from geoagent.priors.locdiff.unet import CSUNet

NOISE = (0.0, 0.25, 0.5, 1.0, 2.0)
SAMPLED, SAMPLES = 25, 64


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


def sampled(network: CSUNet, embeddings: Tensor, grid: Grid) -> Tensor:
    """The modes of 64 samples for each of some embeddings, unit vectors."""
    generator = torch.Generator().manual_seed(0)
    modes = []
    for embedding in embeddings:
        log_density = learned(network, embedding.expand(SAMPLES, -1), grid)
        drawn = sample(log_density, SAMPLES, grid, generator)
        modes.append(seek_mode(harmonics(drawn, grid.degree).mean(0, keepdim=True), grid)[0])
    return torch.stack(modes)


def compare(network: CSUNet, held_out: places.Pairs, gallery: places.Pairs, grid: Grid, noise: float) -> None:
    """Print how well each method inverts the embeddings at one noise."""
    generator = torch.Generator().manual_seed(1)
    assert held_out.spread is not None
    lengths = torch.full((len(held_out),), noise)
    embeddings = places.noisy(held_out.embeddings, held_out.spread, lengths, generator)
    codes = density_codes(network, embeddings, grid)
    masses = log_masses(codes, grid).exp()
    inside = torch.stack([region(row, 0.9) for row in masses])
    cells = _cells(gallery.vectors, grid)
    print(f"noise {noise:g}" + " " * 37 + "median   within 25, 200, 750 km")
    line("nearest of the gallery", accuracies(nearest(embeddings, gallery), held_out.vectors))
    line("LocDiff, peak of the density", accuracies(climb(codes, grid), held_out.vectors))
    line(
        "LocDiff-H: nearest in 90 % region",
        accuracies(nearest(embeddings, gallery, inside[:, cells]), held_out.vectors),
    )
    start = time.perf_counter()
    modes = sampled(network, embeddings[:SAMPLED], grid)
    seconds = (time.perf_counter() - start) / SAMPLED
    line(f"LocDiff, {SAMPLES} samples (n = {SAMPLED})", accuracies(modes, held_out.vectors[:SAMPLED]))
    before = mass_before(masses, _cells(held_out.vectors, grid))
    covered = ", ".join(f"{100 * float((before <= share).double().mean()):.1f} %" for share in (0.5, 0.9))
    bits = float(localizability_bits(masses).median())
    print(f"  50 % and 90 % regions hold the truth: {covered}; {bits:.1f} bits; sampling {seconds:.2f} s a photo")


def _cells(vectors: Tensor, grid: Grid) -> Tensor:
    return torch.cat([(part @ grid.vectors.T).argmax(-1) for part in vectors.split(2000)])


def main() -> None:
    """Print the table."""
    network = load_network(Path(sys.argv[1]))
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    grid = fibonacci_grid(network.shape.cells, network.shape.degree)
    folder = geoclip_folder()
    pairs = places.pairs_of_places(*gallery_places(folder), folder)
    rows = torch.arange(len(pairs))
    gallery, held_out = pairs.part(rows[rows % HELD_OUT != 0]), pairs.part(rows[rows % HELD_OUT == 0][:count])
    print(f"degree {grid.degree}, {network.shape.cells} cells of {grid.spacing_km:.0f} km, n = {len(held_out)}")
    with torch.no_grad():
        for noise in NOISE:
            compare(network, held_out, gallery, grid, noise)


if __name__ == "__main__":
    main()
