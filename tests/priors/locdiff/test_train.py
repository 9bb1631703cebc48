"""Training reaches the optimum of a toy whose optimum is known, resumes where it stopped, and says what is wrong."""

import json
import logging
import math
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from geoagent.cli.main import main  # noqa: E402
from geoagent.errors import ConfigError  # noqa: E402
from geoagent.priors.locdiff.checkpoint import load_network  # noqa: E402
from geoagent.priors.locdiff.places import Pairs, draw, noisy, spread_of  # noqa: E402
from geoagent.priors.locdiff.sample import learned, sample  # noqa: E402
from geoagent.priors.locdiff.shdd import fibonacci_grid, unit_vectors  # noqa: E402
from geoagent.priors.locdiff.train import Recipe, check, train  # noqa: E402
from geoagent.priors.locdiff.unet import Shape  # noqa: E402
from tests.priors.locdiff.bumps import drawn_round  # noqa: E402

SMALL = Shape(degree=7, cells=300, embedding=2, width=64)
PLACES = unit_vectors(torch.tensor([48.9, 35.7, -33.9, -33.9]), torch.tensor([2.4, 139.7, 151.2, 151.2]))


CONCENTRATION = 200.0
"""Of the von Mises-Fisher bump round a place: a deviation of 450 km."""


def toy() -> Pairs:
    """One embedding means Paris; the other Tokyo in one of three cases and Sydney in two."""
    embeddings = torch.tensor([[1.0, 0], [1, 0], [1, 0], [0, 1], [0, 1], [0, 1]])
    return Pairs(embeddings, PLACES[[0, 0, 0, 1, 2, 3]])


def bumps(count: int, seed: int) -> Pairs:
    """The toy, each place drawn anew from the bump round it."""
    generator = torch.Generator().manual_seed(seed)
    pairs = toy().part(torch.arange(count) % 6)
    return Pairs(pairs.embeddings, drawn_round(pairs.vectors, generator, CONCENTRATION))


def true_bits(pairs: Pairs) -> float:
    """The mean log density beyond the even one, in bits, that whoever knows the bumps gives the places."""
    k = CONCENTRATION
    peak = math.log(2 * k / (1 - math.exp(-2 * k)))
    logs = k * (pairs.vectors @ PLACES[:3].T - 1) + peak
    paris, tokyo, sydney = logs.unbind(-1)
    other = torch.logaddexp(tokyo + math.log(1 / 3), sydney + math.log(2 / 3))
    return float(torch.where(pairs.embeddings[:, 0] == 1, paris, other).mean()) / math.log(2)


@pytest.mark.slow
def test_training_reaches_the_optimum_and_the_sampler_draws_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "geoagent")
    recipe = Recipe(shape=SMALL, steps=500, batch=64, rate=1e-2)
    held_out = bumps(400, 2)
    network = train(recipe, bumps(20_000, 1), held_out, tmp_path, check_every=250)
    grid = fibonacci_grid(SMALL.cells, SMALL.degree)
    missed = true_bits(held_out) - check(network, held_out, grid)["bits"]
    assert abs(missed) * math.log(2) < 0.03
    told = caplog.messages
    assert len(told) == 3 and "held out" in told[1] and "500 of 500" in told[1] and "calibrated" in told[2]

    finer = fibonacci_grid(5 * SMALL.cells, SMALL.degree)
    with torch.no_grad():
        torn = torch.tensor([[0.0, 1.0]]).expand(300, -1)
        places = sample(learned(network, torn, finer), 300, finer, torch.Generator().manual_seed(0))
    nearest = (places @ PLACES[:3].T).argmax(-1)
    shares = torch.bincount(nearest, minlength=3) / 300
    assert torch.allclose(shares, torch.tensor([0, 1 / 3, 2 / 3]), atol=0.1)
    assert float(((places * PLACES[nearest]).sum(-1) > math.cos(0.4)).double().mean()) > 0.95


@pytest.mark.slow
def test_an_interrupted_training_ends_where_an_uninterrupted_one_does(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recipe = Recipe(shape=SMALL, steps=12, batch=8)
    whole = train(recipe, toy(), toy(), tmp_path / "whole", check_every=6)

    class Interrupted(Exception):
        pass

    class Stop(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith("step 12"):
                raise Interrupted

    stop = Stop()
    logging.getLogger("geoagent").addHandler(stop)
    caplog.set_level("INFO", "geoagent")
    with pytest.raises(Interrupted):
        train(recipe, toy(), toy(), tmp_path / "parts", check_every=6)
    logging.getLogger("geoagent").removeHandler(stop)
    parts = train(recipe, toy(), toy(), tmp_path / "parts", check_every=6)
    for one, other in zip(whole.parameters(), parts.parameters(), strict=True):
        assert torch.equal(one, other)
    kept = load_network(tmp_path / "parts").state_dict()
    assert all(torch.equal(kept[name], value) for name, value in parts.state_dict().items())
    assert "has never seen a photo" in (tmp_path / "parts" / "README.md").read_text()
    with pytest.raises(ConfigError, match="other settings"):
        train(recipe.model_copy(update={"batch": 9}), toy(), toy(), tmp_path / "parts")


def test_noise_has_the_length_asked_for_and_the_directions_of_the_embeddings() -> None:
    generator = torch.Generator().manual_seed(0)
    stretched = torch.randn(4000, 3, generator=generator) * torch.tensor([3.0, 1.0, 0.1])
    spread = spread_of(stretched)
    noise = torch.randn(20_000, 3, generator=generator) @ spread
    assert float((noise**2).sum(-1).mean()) == pytest.approx(1, abs=0.03)
    assert noise.std(0) == pytest.approx(stretched.std(0) / stretched.std(0).norm(), abs=0.03)
    embeddings = torch.nn.functional.normalize(stretched, dim=-1)
    assert torch.allclose(noisy(embeddings, spread, torch.zeros(4000), generator), embeddings, atol=1e-6)


def test_pairs_without_noise_are_drawn_as_they_are() -> None:
    embeddings, vectors = draw(toy(), torch.arange(6), torch.Generator().manual_seed(1))
    assert torch.equal((vectors @ PLACES[0] > 0.999), embeddings[:, 0] == 1)


def write_parquet(path: Path, rows: int, **columns: list[object]) -> Path:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    told = {
        "embedding": [[1.0, 0.0] if row % 2 else [0.0, 1.0] for row in range(rows)],
        "lat": [48.9 if row % 2 else -33.9 for row in range(rows)],
        "lon": [2.4 if row % 2 else 151.2 for row in range(rows)],
    }
    parquet.write_table(pyarrow.table({**told, **columns}), path)
    return path


def command(data: Path, out: Path, *more: str) -> int:
    sizes = ["--steps", "2", "--batch", "4", "--degree", "3", "--cells", "100", "--width", "16", "--device", "cpu"]
    return main(["prior", "train", "locdiff", "--data", str(data), "--out", str(out), *sizes, *more])


def test_the_command_trains_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(write_parquet(tmp_path / "pairs.parquet", 60), tmp_path / "out") == 0
    shown = capsys.readouterr()
    assert shown.out.strip() == str(tmp_path / "out") and "step 2 of 2" in shown.err
    assert load_network(tmp_path / "out").shape.embedding == 2
    assert json.loads(load_network(tmp_path / "out").shape.model_dump_json())["cells"] == 100


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"lat": [95.0] * 60}, "out of range"),
        ({"lon": [float("nan")] * 60}, "out of range"),
        ({"lat": [None] * 60}, "out of range"),
        ({"embedding": [[1.0]] + [[1.0, 0.0]] * 59}, "all of one length"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(
    columns: dict[str, list[object]], complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(write_parquet(tmp_path / "pairs.parquet", 60, **columns), tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert complaint in error and error.count("\n") == 1


def test_other_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = write_parquet(tmp_path / "few.parquet", 3)
    enough = write_parquet(tmp_path / "enough.parquet", 60)
    assert command(few, tmp_path / "out") == 2
    assert command(tmp_path / "none.parquet", tmp_path / "out") == 2
    assert command(enough, tmp_path / "out", "--degree", "48") == 2
    assert command(enough, tmp_path / "out", "--device", "abacus") == 2
    (tmp_path / "out").mkdir(exist_ok=True)
    (tmp_path / "out" / "training.safetensors").write_bytes(b"not one")
    assert command(enough, tmp_path / "out") == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.startswith("geoagent: ") for line in lines] == [True] * 5
    for line, part in zip(
        lines, ("too few", "none.parquet", "--degree", "--device abacus", "not a checkpoint"), strict=True
    ):
        assert part in line


def test_a_checkpoint_with_other_tensors_is_one_line(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    train(Recipe(shape=SMALL, steps=1, batch=2), toy(), toy(), tmp_path)
    kept = load_network(tmp_path).state_dict()
    del kept["levels"]
    for shape in (SMALL.model_dump_json(), "none", '{"width": 1000000000000}', '{"wide": 1}'):
        save_file(kept, tmp_path / "model.safetensors", {"shape": shape})
        with pytest.raises(ConfigError, match="train it anew"):
            load_network(tmp_path)
