"""What `geoagent prior train geoclip` learns, on generated embeddings: bits for the country, before and after.

    pip install -c constraints.txt '.[prior]'
    python benchmarks/train_geoclip.py [PHOTOS [STEPS]]      # 2000 photos, 400 steps; minutes

In place of photos stand vectors: waves over the globe some 1,500 km long, the same for all, and as much noise of each
photo's own. Places are drawn from the atlas's prior; one in ten is held out, and the others are what is searched. Bits:
how much likelier the true country is than the share of the places in it, with 95 % intervals.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import numpy as np
import torch

from geoagent.atlas import Atlas, open_atlas
from geoagent.eval.metrics.intervals import mean_interval
from geoagent.geo import EARTH_RADIUS_KM
from geoagent.priors.areas import area_numbers
from geoagent.priors.geoclip.locations import embedded
from geoagent.priors.geoclip.train import Form, Seen, Weights, begin, check, hold_out, train
from geoagent.priors.locdiff.shdd import unit_vectors
from geoagent.settings import read_settings

WAVES, LENGTH_KM, NOISE = 256, 1500.0, 1.0


def generated(count: int, atlas: Atlas) -> Seen:
    """Places, and vectors in place of photos."""
    rng = np.random.default_rng(0)
    rows = rng.choice(len(atlas.lat), count, p=atlas.prior / atlas.prior.sum())
    lat, lon = torch.from_numpy(atlas.lat[rows].astype("f8")), torch.from_numpy(atlas.lon[rows].astype("f8"))
    waves = torch.from_numpy(rng.normal(size=(3, WAVES)) * EARTH_RADIUS_KM / LENGTH_KM)
    phases = torch.from_numpy(rng.uniform(0, 2 * np.pi, WAVES))
    seen = torch.cos(unit_vectors(lat, lon) @ waves + phases) * 2**0.5
    return Seen((seen + NOISE * torch.from_numpy(rng.normal(size=seen.shape))).float(), lat, lon)


def bits(weights: Weights, kept: Seen, held_out: Seen, atlas: Atlas) -> str:
    """The mean bits for the country of the held-out photos, of those countries that the search knows."""
    with torch.no_grad():
        places = embedded(kept.lat_deg, kept.lon_deg, weights.places)
        chances = (weights.scale.exp() * weights.of_photos(held_out.features) @ places.T).softmax(-1).numpy()
    known = area_numbers(kept.lat_deg.numpy(), kept.lon_deg.numpy(), atlas)
    true = area_numbers(held_out.lat_deg.numpy(), held_out.lon_deg.numpy(), atlas)
    found = []
    for row, number in zip(chances, true.country, strict=True):
        inside = known.country == (known.areas.index(true.areas[number]) if true.areas[number] in known.areas else -2)
        if inside.any():
            found.append(float(np.log2(row[inside].sum() / inside.mean())))
    mean = mean_interval(found)
    return f"{mean.value:.2f} [{mean.low:.2f}, {mean.high:.2f}] (n = {len(found)})"


def main(count: int, steps: int) -> None:
    """Train both forms and print the table."""
    atlas = open_atlas(read_settings({}).cache)
    kept, held_out = hold_out(generated(count, atlas))
    print("| location encoder | bits, country, before | after | median km, after | seconds |\n|---|---|---|---|---|")
    forms: tuple[Form, ...] = ("harmonics", "fourier")
    for form in forms:
        start, began = begin(kept, form, None), time.monotonic()
        weights = train(kept, held_out, start, steps, 128)
        seconds, after = time.monotonic() - began, check(weights, kept, held_out)["median_km"]
        told = bits(start, kept, held_out, atlas), bits(weights, kept, held_out, atlas)
        print(f"| {form} | {told[0]} | {told[1]} | {after:.0f} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main(*(int(given) for given in (sys.argv[1:] + ["2000", "400"][len(sys.argv) - 1 :])))
