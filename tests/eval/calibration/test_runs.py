"""Samples to fit to: each photo once, however many runs it is in."""

import shutil
from pathlib import Path

import pytest

from geoagent import GeoAgent
from geoagent.belief import Beliefs
from geoagent.errors import ConfigError
from geoagent.eval.calibration.runs import labelled_samples
from geoagent.runs.run_folder import Manifest, Result, append, dataset_hash, open_run
from geoagent.runs.samples import Sample

PHOTOS = Path(__file__).parents[3] / "examples" / "photos"


def kept(folder: Path, agent: GeoAgent, **photos: str) -> Path:
    """A run that looked at no photo, with a sample for each of these, by their ids."""
    samples = [Sample(id=identity, country="ES", granularity="country") for identity in photos]
    open_run(folder, Manifest(mode="prior", dataset=folder.name, dataset_hash=dataset_hash(samples)), samples)
    append(folder, [Result(id=identity, trace=agent.prior(PHOTOS / name)) for identity, name in photos.items()])
    return folder


def test_a_photo_counts_once(tmp_path: Path, agent: GeoAgent, beliefs: Beliefs) -> None:
    one = kept(tmp_path / "one", agent, a="spain_zaragoza.jpg")
    other = kept(tmp_path / "other", agent, a="france_lyon.jpg", b="spain_zaragoza.jpg")
    assert len(labelled_samples([one], beliefs)) == 1
    copy = Path(shutil.copytree(one, tmp_path / "copy"))
    for runs, told in (([one, one], "one/a is one/a"), ([one, copy], "copy/a is one/a"), ([one, other], "other/b is")):
        with pytest.raises(ConfigError, match=told):
            labelled_samples(runs, beliefs)
