"""A judge behind real vLLM, whose tiny model talks nonsense: each row is scored or says why not, and none is a zero."""

import os
from pathlib import Path

import pytest

from geoagent.eval.chains.chains import Chain
from geoagent.eval.chains.open_judges import model_judge
from geoagent.eval.chains.scores import bipartite
from geoagent.settings import Settings
from tests.vllm.server import serve

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif("GEOAGENT_TEST_VLLM" not in os.environ, reason="GEOAGENT_TEST_VLLM names no vLLM environment"),
]


def test_a_judge_over_the_wire(tmp_path: Path) -> None:
    candidate = Chain("1", ("Red soil beside the road", "Traffic keeps left"))
    reference = Chain("1", ("Reddish soil", "A yellow centre line"))
    with serve(Path(os.environ["GEOAGENT_TEST_VLLM"]), tmp_path / "log") as url:
        row = bipartite(candidate, reference, model_judge(Settings(vlm=url, cache_dir=tmp_path / "cache")))
    if row.fault:
        assert row.f1 is None
        assert "gave no verdict" in row.fault
    else:
        assert row.precision is not None
        assert all(0 <= support.score <= 100 for support in (*row.candidate, *row.reference))
