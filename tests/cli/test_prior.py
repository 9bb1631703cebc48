"""`geoagent models` and `geoagent prior`: what they print, that they ask, and what they say without the extra."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from geoagent.cli.main import main
from tests.priors.places import photo_of

WITHOUT = (
    "import sys\n"
    "for name in ('torch', 'safetensors', 'huggingface_hub', 'onnx', 'tokenizers', 'geoclip', 'pyarrow'):\n"
    "    sys.modules[name] = None\n"
    "from geoagent.cli.main import main\n"
    "sys.exit(main(sys.argv[1:]))\n"
)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path) -> Iterator[None]:
    os.environ["GEOAGENT_CACHE_DIR"] = str(tmp_path / "cache")
    yield
    del os.environ["GEOAGENT_CACHE_DIR"]


def test_the_list_says_size_licence_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list"]) == 0
    out = capsys.readouterr().out
    for words in ("clip-vit-large-patch14", "1.7 GB", "MIT", "openai/clip-vit-large-patch14", "models pull", "geoclip"):
        assert words in out


def test_where_and_remove(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "models" / "clip-vit-large-patch14"
    assert main(["models", "where", "clip-vit-large-patch14"]) == 0
    shown = capsys.readouterr()
    assert shown.out.strip() == str(folder)
    assert "models pull" in shown.err
    folder.mkdir(parents=True)
    assert main(["models", "remove", "clip-vit-large-patch14"]) == 2  # nobody is there to be asked
    assert "--yes" in capsys.readouterr().err
    assert folder.exists()
    assert main(["models", "remove", "clip-vit-large-patch14", "--yes"]) == 0
    assert not folder.exists()
    assert main(["models", "remove", "clip-vit-large-patch14", "--yes"]) == 0
    assert "is not there" in capsys.readouterr().out


def test_nothing_is_fetched_without_a_yes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["models", "pull", "clip-vit-large-patch14"]) == 2
    err = capsys.readouterr().err
    assert "1.7 GB" in err
    assert "MIT" in err
    assert not (tmp_path / "cache").exists()
    assert main(["models", "pull", "other", "--yes"]) == 2
    assert "there is no model 'other'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (["models", "pull", "clip-vit-large-patch14", "--yes"], "pip install 'geoagent-locate[prior]'"),
        (["prior", "export"], "pip install 'geoagent-locate[prior]'"),
        (["prior", "embed", ".", "--out", "x.parquet"], "pip install 'geoagent-locate[prior]'"),
        (["prior", "train", "locdiff", "--places", "--out", "x"], "pip install 'geoagent-locate[prior]'"),
    ],
)
def test_without_the_extra_each_command_says_how_to_get_it(command: list[str], wanted: str) -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("geoagent: ")
    assert done.stderr.count("\n") == 1
    assert wanted in done.stderr


@pytest.mark.slow
def test_without_the_extra_solve_goes_on(cache: Path, atlas: object, photos: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, "solve", "--quiet", str(photos / "nowhere_plain.jpg"), "--prior", "geoclip"],
        capture_output=True, text=True, check=False, env={**os.environ, "GEOAGENT_CACHE_DIR": str(cache)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "note: solved without the prior: priors need PyTorch and safetensors: pip install" in done.stdout


def test_a_prior_that_there_is_not(capsys: pytest.CaptureFixture[str], photos: Path) -> None:
    assert main(["solve", str(photos / "nowhere_plain.jpg"), "--prior", "hypatia"]) == 2
    err = capsys.readouterr().err
    assert "there is no prior 'hypatia'; there is geoclip, clip-zeroshot, locdiff, locdiff-h, and an installed" in err
    assert err.count("\n") == 1


@pytest.mark.slow
def test_photos_become_rows_that_can_be_trained_on(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    pytest.importorskip("pyarrow")
    from geoagent.priors.locdiff.places import read_pairs
    from tests.priors.geoclip.models import make_geoclip
    from tests.vision.models import make_clip

    clip = make_clip(tmp_path / "clip")
    make_geoclip(clip / "geoclip", np.linspace(-50, 60, 20), np.linspace(-120, 150, 20))
    (tmp_path / "photos").mkdir()
    for number in range(5):
        photo_of(10.0 * number, 0).save(tmp_path / "photos" / f"{number}.png")
    lines = ["file,lat,lon", *(f"{number}.png,{10 * number},5" for number in range(4))]
    (tmp_path / "photos" / "labels.csv").write_text("\n".join(lines))
    out = tmp_path / "pairs.parquet"
    command = ["prior", "embed", str(tmp_path / "photos"), "--out", str(out), "--prior-weights", str(clip)]
    assert main([*command, "--device", "cpu", "--batch", "3"]) == 0
    shown = capsys.readouterr()
    assert shown.out == f"4 photos in {out}\n"
    assert "4.png: left out: no position" in shown.err
    pairs = read_pairs(out)
    assert pairs.embeddings.shape == (4, 512)
    assert main([*command, "--batch", "0"]) == 2
    assert main(["prior", "embed", str(tmp_path / "none"), "--out", str(out), "--prior-weights", str(clip)]) == 2
    assert "not a folder of photos" in capsys.readouterr().err
