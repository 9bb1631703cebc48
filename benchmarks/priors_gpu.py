"""GeoCLIP and LocDiff on a GPU, in one run: numbers against the CPU in float64, latencies, throughput, and the floor.

    python benchmarks/priors_gpu.py [--small] [--device cuda]

The floor is the time that the memory's bandwidth or the arithmetic of the card allows, as `--bandwidth` (TB/s) and
`--tflops` give them (those of an H200 by default). `--small` runs every part at toy sizes, on a CPU too.
"""

import argparse
import copy
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from geoagent.no_telemetry import load_transformers
from geoagent.priors.geoclip.exported import ImageTower
from geoagent.priors.geoclip.place_gallery import SIZE
from geoagent.priors.locdiff.places import Pairs
from geoagent.priors.locdiff.sample import learned, sample
from geoagent.priors.locdiff.shdd import fibonacci_grid
from geoagent.priors.locdiff.train import Recipe, train
from geoagent.priors.locdiff.unet import CSUNet, Shape

REAL = {
    "hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24, "num_attention_heads": 16,
    "patch_size": 14, "image_size": 224,
}  # fmt: skip
SMALL = {
    "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "patch_size": 14,
    "image_size": 56,
}  # fmt: skip
NO_TEXTS = {"hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 1}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--bandwidth", type=float, default=4.8, help="of the card, TB/s (4.8)")
    parser.add_argument("--tflops", type=float, default=989.0, help="of the card in bfloat16, dense (989)")
    options = parser.parse_args()
    torch.manual_seed(0)
    name = torch.cuda.get_device_name(options.device) if "cuda" in options.device else "CPU"
    print(f"{name}, torch {torch.__version__}")
    print("| what | size | time | rate | floor |\n|---|---|---|---|---|")
    tower(options)
    matching(options)
    sampling(options)
    training(options)


def timed(device: str, do: Callable[[], object], runs: int = 10) -> float:
    """The median seconds of a run, what is queued on the device included."""
    found = []
    for turn in range(runs + 2):
        wait(device)
        began = time.perf_counter()
        do()
        wait(device)
        if turn > 1:
            found.append(time.perf_counter() - began)
    return statistics.median(found)


def wait(device: str) -> None:
    """Until everything queued is done."""
    if "cuda" in device:
        torch.cuda.synchronize(device)


def row(what: str, size: str, seconds: float, rate: str, floor_s: float) -> None:
    """A row of the table."""
    print(f"| {what} | {size} | {1000 * seconds:.3f} ms | {rate} | {1000 * floor_s:.3f} ms |", flush=True)


def tower(options: argparse.Namespace) -> None:
    """The image tower in three precisions: against float64 on the CPU, then its latency by batch."""
    shape = SMALL if options.small else REAL
    transformers = load_transformers()
    config = transformers.CLIPConfig(projection_dim=768, vision_config=shape, text_config=NO_TEXTS)
    network = transformers.CLIPModel(config)
    del network.text_model
    exact = ImageTower(network).requires_grad_(False).eval()
    numbers = sum(p.numel() for p in exact.parameters())
    tokens = (shape["image_size"] // shape["patch_size"]) ** 2 + 1
    batches = (1, 2) if options.small else (1, 16, 64, 256)
    pixels = torch.randn(max(batches), 3, shape["image_size"], shape["image_size"])
    expected = copy.deepcopy(exact).double()(pixels[:2].double())
    for kind in (torch.float32, torch.bfloat16, torch.float16):
        model = copy.deepcopy(exact).to(options.device, kind)
        found = model(pixels[:2].to(options.device, kind)).cpu().double()
        cosine = torch.nn.functional.cosine_similarity(found, expected).min()
        print(f"| image tower, {kind} | against float64 | cosine {cosine:.7f} | | |")
        for batch in batches:
            given = pixels[:batch].to(options.device, kind)
            with torch.inference_mode():
                seconds = timed(options.device, lambda model=model, given=given: model(given))
            work = 2 * numbers * tokens * batch / (options.tflops * 1e12)
            read = numbers * kind.itemsize / (options.bandwidth * 1e12)
            row(f"image tower, {kind}", f"{batch}", seconds, f"{batch / seconds:.0f} photos/s", max(work, read))
        if "cuda" in options.device:
            graphed(options, model, pixels[:1].to(options.device, kind), f"image tower, {kind}, CUDA graph")


def graphed(options: argparse.Namespace, model: ImageTower, given: Tensor, what: str) -> None:
    """One photo by a graph that was captured once: what the launches of the kernels cost."""
    with torch.inference_mode():
        side = torch.cuda.Stream()
        with torch.cuda.stream(side):
            for _ in range(3):
                model(given)
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            model(given)
    seconds = timed(options.device, graph.replay)
    read = sum(p.numel() * p.itemsize for p in model.parameters()) / (options.bandwidth * 1e12)
    row(what, "1", seconds, f"{1 / seconds:.0f} photos/s", read)


def matching(options: argparse.Namespace) -> None:
    """A gallery matched with one photo and with 64."""
    for count in (1_000, 5_000) if options.small else (100_000, 5_000_000):
        gallery = torch.nn.functional.normalize(torch.randn(count, SIZE, device=options.device), dim=-1).half()
        exact = gallery[:1000].cpu().double()
        for batch in (1, 64):
            asked = torch.nn.functional.normalize(torch.randn(batch, SIZE, device=options.device), dim=-1).half()
            off = ((gallery[:1000] @ asked.T).cpu().double() - exact @ asked.cpu().double().T).abs().max()
            seconds = timed(options.device, lambda gallery=gallery, asked=asked: gallery @ asked.T)
            size = count * SIZE * 2
            rate = f"{size / seconds / 1e9:.0f} GB/s, off by {off:.1e}"
            row("matching, float16", f"{count:,} × {batch}", seconds, rate, size / (options.bandwidth * 1e12))


def sampling(options: argparse.Namespace) -> None:
    """LocDiff's sampler by samples and steps."""
    shape = Shape(degree=5, cells=200, width=32) if options.small else Shape()
    network = CSUNet(shape).to(options.device).eval()
    grid = fibonacci_grid(shape.cells, shape.degree, options.device)
    numbers = sum(p.numel() for p in network.parameters()) + 2 * grid.codes.numel()
    for samples in (8,) if options.small else (64, 1024):
        embedding = torch.nn.functional.normalize(torch.randn(1, SIZE, device=options.device), dim=-1)
        density = learned(network, embedding.expand(samples, -1), grid)
        for steps in (5, 10, 20):
            generator = torch.Generator(device=options.device).manual_seed(0)
            with torch.no_grad():
                draw = partial(sample, density, samples, grid, generator, steps)
                seconds = timed(options.device, draw, 3)
            work = 2 * steps * 2 * numbers * samples / (options.tflops * 1e12)
            row("LocDiff, samples × steps", f"{samples} × {steps}", seconds, f"{samples / seconds:.0f} samples/s", work)


def training(options: argparse.Namespace) -> None:
    """A step of LocDiff's training, the check at its end included."""
    shape = Shape(degree=5, cells=200, width=32) if options.small else Shape()
    count, steps, batch = (500, 10, 32) if options.small else (100_000, 300, 1024)
    vectors = torch.nn.functional.normalize(torch.randn(count, 3, dtype=torch.float64), dim=-1)
    pairs = Pairs(torch.nn.functional.normalize(torch.randn(count, SIZE), dim=-1), vectors)
    recipe = Recipe(shape=shape, steps=steps, batch=batch)
    with tempfile.TemporaryDirectory() as folder:
        wait(options.device)
        began = time.perf_counter()
        network = train(recipe, pairs, pairs, Path(folder), options.device, check_every=steps)
        seconds = (time.perf_counter() - began) / steps
    numbers = sum(p.numel() for p in network.parameters()) + 2 * shape.cells * (shape.degree + 1) ** 2
    work = 6 * numbers * batch / (options.tflops * 1e12)
    row("LocDiff, a step of training", f"batch {batch}", seconds, f"{batch / seconds:.0f} pairs/s", work)


if __name__ == "__main__":
    main()
