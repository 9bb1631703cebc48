"""GeoCLIP here beside `geoclip` 1.3.0: image tower, end to end, matching, refining, growth, start, memory. It prints.

    pip install -c constraints.txt '.[prior,benchmarks]' && pip install --no-deps geoclip==1.3.0
    python benchmarks/priors.py [--runs 5] [--places 5000000] [--skip-published] [--only-refine]

CLIP has random weights of the real shape, which costs the same time. Everything is timed in one run, in turns.
"""

import argparse
import contextlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from geoagent.atlas import open_atlas
from geoagent.eval.metrics.intervals import median_interval, proportion_interval
from geoagent.geo import haversine_km
from geoagent.no_telemetry import load_transformers
from geoagent.priors.geoclip.exported import export
from geoagent.priors.geoclip.locations import geoclip_folder
from geoagent.priors.geoclip.model import GeoClip
from geoagent.priors.geoclip.place_gallery import SIZE, Gallery
from geoagent.priors.geoclip.refine import refine
from geoagent.settings import read_settings
from geoagent.vision.model import VisionModel

VISION = {
    "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24, "num_attention_heads": 16,
    "patch_size": 14, "image_size": 224,
}  # fmt: skip
START = """
import sys, time
began = time.monotonic()
from pathlib import Path
from PIL import Image
from geoagent.priors.geoclip.locations import geoclip_folder
from geoagent.priors.geoclip.model import GeoClip
clip, cache, photo, precision = sys.argv[1:]
prior = GeoClip(Path(clip), geoclip_folder(), Path(cache), precision)
prior.locate([Image.open(photo).convert("RGB")], device="cpu")
most = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(time.monotonic() - began, int(most.split()[1]) / 1e6)
"""


def main() -> None:
    """Print it all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--places", type=int, default=5_000_000, help="of the largest gallery")
    parser.add_argument("--skip-published", action="store_true", help="leave out geoclip 1.3.0, which takes minutes")
    parser.add_argument("--only-refine", action="store_true", help="measure how far `refine` comes, and nothing else")
    options = parser.parse_args()
    if options.only_refine:
        refined()
        return
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}; medians of {options.runs} runs")
    with tempfile.TemporaryDirectory() as folder:
        clip, cache = make_clip(Path(folder) / "clip"), Path(folder) / "cache"
        photo = Path(folder) / "photo.png"
        values = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
        Image.fromarray(values).save(photo)
        ours = GeoClip(clip, geoclip_folder(), cache)
        began = time.monotonic()
        ours.gallery  # noqa: B018
        print(f"gallery of 100,000 places encoded, once: {time.monotonic() - began:.1f} s")
        if not options.skip_published:
            against_published(ours, clip, photo, options.runs)
        starts(clip, cache, photo, "torch", ("float32", "bfloat16"))
        for precision in ("float32", "int8"):
            with contextlib.redirect_stdout(sys.stderr):
                export(clip, precision)  # type: ignore[arg-type]
        exported_towers(clip, cache, photo, options.runs)
        starts(clip, cache, photo, "onnx", ("float32", "int8"))
    refined()
    growth(options.places, options.runs)
    print(f"most memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")


def make_clip(folder: Path) -> Path:
    """A CLIP of the real shape with random numbers, as it is published; with next to nothing for texts."""
    torch.manual_seed(0)
    transformers = load_transformers()
    texts = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 1}
    config = transformers.CLIPConfig(projection_dim=768, vision_config=VISION, text_config=texts)
    transformers.CLIPModel(config).save_pretrained(folder)
    return folder


def timed(runs: int, **what: Callable[[], object]) -> dict[str, float]:
    """The median seconds of each, done in turns after one unmeasured round."""
    found: dict[str, list[float]] = {name: [] for name in what}
    for turn in range(runs + 1):
        for name, do in what.items():
            began = time.perf_counter()
            do()
            if turn:
                found[name].append(time.perf_counter() - began)
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def against_published(ours: GeoClip, clip: Path, photo: Path, runs: int) -> None:
    """One photo end to end and the matching alone, beside the published package."""
    import geoclip

    theirs = geoclip.GeoCLIP(clip_pretrained=False).eval()
    model = VisionModel(clip)
    pixels = model.pixels([Image.open(photo).convert("RGB")])
    embedding = torch.nn.functional.normalize(torch.randn(1, SIZE), dim=-1)

    def match() -> None:
        with torch.no_grad():
            places = torch.nn.functional.normalize(theirs.location_encoder(theirs.gps_gallery), dim=1)
            (theirs.logit_scale.exp() * embedding @ places.T).softmax(-1)

    def bare() -> None:
        model.photo_features(pixels)

    found = timed(
        runs, bare=bare, ours=lambda: ours.locate([Image.open(photo).convert("RGB")], device="cpu"),
        matching=lambda: ours.gallery.cosines(embedding), distribution=lambda: ours.distribution(embedding),
    )  # fmt: skip
    slow = timed(max(1, runs // 3), predict=lambda: theirs.predict(str(photo), 5), match=match)
    print(
        f"one photo, float32: bare image tower {found['bare']:.2f} s; ours end to end {found['ours']:.2f} s, ", end=""
    )
    print(f"{found['ours'] / found['bare']:.3f} of it; geoclip 1.3.0 {slow['predict']:.1f} s, ", end="")
    print(f"{slow['predict'] / found['ours']:.1f} times ours, of which re-encoding and matching {slow['match']:.1f} s")
    print(f"matching 100,000 places, float16: {1000 * found['matching']:.1f} ms, ", end="")
    print(f"{slow['match'] / found['matching']:.0f} times as fast; with the distribution as float64 ", end="")
    print(f"{1000 * found['distribution']:.1f} ms")


def exported_towers(clip: Path, cache: Path, photo: Path, runs: int) -> None:
    """What an exported tower takes, and how far it is off."""
    picture = [Image.open(photo).convert("RGB")]
    kinds = ("float32", "int8", "bfloat16")
    prior = GeoClip(clip, geoclip_folder(), cache)
    before = VisionModel(clip)
    pixels = before.pixels(picture)

    def torch_tower() -> None:
        before.photo_features(pixels)

    found = timed(
        runs, torch=torch_tower,
        **{p: lambda p=p: prior.embed_photos(picture, device="cpu", precision=p) for p in kinds},
    )  # fmt: skip
    print("embedding of one photo: torch float32 {torch:.2f} s, onnx float32 {float32:.2f} s, ".format(**found), end="")
    print("onnx int8 {int8:.2f} s, torch bfloat16 {bfloat16:.2f} s".format(**found))
    with torch.inference_mode():
        full = prior.perceive(before.photo_features(pixels))
    for precision in kinds:
        other = prior.embed_photos(picture, device="cpu", precision=precision)  # type: ignore[arg-type]
        print(f"  {precision}: cosine with torch float32 {float((full * other).sum()):.6f} (random weights)")


def starts(clip: Path, cache: Path, photo: Path, what: str, kinds: tuple[str, ...]) -> None:
    """From a fresh process to the first answer, the gallery being in the cache."""
    for precision in kinds:
        done = subprocess.run(
            [sys.executable, "-c", START, str(clip), str(cache), str(photo), precision],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        seconds, memory = map(float, done.stdout.split())
        print(f"start to first answer, {what} {precision}: {seconds:.1f} s, most memory {memory:.1f} GB")


def refined(towns: int = 200, starts: int = 3, radius_km: float = 25) -> None:
    """How near towns, drawn by the atlas's prior and embedded as places, the gallery and `refine` come."""
    cache = read_settings({}).cache
    atlas, prior = open_atlas(cache), GeoClip(Path(), geoclip_folder(), cache / "geoclip")
    rng = np.random.default_rng(0)
    rows = rng.choice(len(atlas), towns, p=atlas.prior)
    lat_deg, lon_deg = atlas.lat[rows], atlas.lon[rows]
    exact = prior.embed_places(lat_deg, lon_deg)
    noise = torch.from_numpy(rng.normal(scale=SIZE**-0.5, size=exact.shape)).float()
    for share in (0.0, 0.5):
        embeddings = torch.nn.functional.normalize(exact + share * noise, dim=-1)
        near_km, fine_km = [], []
        for embedding, cosines, lat, lon in zip(
            embeddings, prior.gallery.cosines(embeddings), lat_deg, lon_deg, strict=True
        ):
            best = cosines.topk(starts).indices.numpy()
            places = prior.gallery.lat_deg[best], prior.gallery.lon_deg[best]
            near_km.append(haversine_km(lat, lon, places[0][0], places[1][0]))
            found = refine(prior.encoder, embedding, *map(torch.from_numpy, places), radius_km)
            top = int(found[2].argmax())
            fine_km.append(haversine_km(lat, lon, float(found[0][top]), float(found[1][top])))
        for name, d_km in (("the gallery's best place", near_km), (f"refined from the best {starts}", fine_km)):
            within = (f"within {km} km {proportion_interval(sum(d < km for d in d_km), towns)}" for km in (1, 25))
            print(f"noise {share:g}, {name}: median {median_interval(d_km)} km, {', '.join(within)}")


def growth(largest: int, runs: int) -> None:
    """Matching by the size of the gallery."""
    one = torch.nn.functional.normalize(torch.randn(1, SIZE), dim=-1)
    count = 10_000
    while count <= largest:
        gallery = Gallery(np.zeros(0), np.zeros(0), torch.empty(count, SIZE, dtype=torch.float16).uniform_(-0.1, 0.1))
        seconds = timed(runs, match=lambda gallery=gallery: gallery.cosines(one))["match"]
        rate = count * SIZE * 2 / seconds / 1e9
        print(f"matching {count:>9,} places, float16: {1000 * seconds:8.1f} ms, {rate:.1f} GB/s")
        count *= 10 if count * 10 <= largest else max(2, largest // count)


if __name__ == "__main__":
    main()
