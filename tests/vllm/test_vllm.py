"""The whole loop against real vLLM, whose tiny model talks nonsense: the form must hold all the same."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from geoagent import GeoAgent, Settings, TraceFile
from geoagent.case.trace import check
from geoagent.errors import ConfigError
from geoagent.geo import Area
from geoagent.graph.build import build_graph
from tests.vllm.server import serve

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif("GEOAGENT_TEST_VLLM" not in os.environ, reason="GEOAGENT_TEST_VLLM names no vLLM environment"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serve(Path(os.environ["GEOAGENT_TEST_VLLM"]), tmp_path_factory.mktemp("vllm") / "log") as url:
        yield url


@pytest.mark.parametrize("native_tools", [False, True])
def test_the_loop_over_the_wire(server: str, cache: Path, photos: Path, native_tools: bool) -> None:
    settings = Settings(vlm=server, cache_dir=cache, native_tools=native_tools, max_steps=4, timeout_s=300)
    file = GeoAgent(settings).trace(photos / "spain_zaragoza.jpg", hint="in Europe")
    check(file.trace)
    assert TraceFile.model_validate_json(file.model_dump_json()) == file
    assert file.prediction.usage.model_calls >= 2
    assert file.prediction.usage.prompt_tokens > 500
    assert file.prediction.levels[0].code == Area("ES")  # what OCR reads outweighs nonsense


def test_the_prior_as_a_tool(server: str, cache: Path, photos: Path, tmp_path: Path) -> None:
    """With no other tool to call, the model's nonsense asks a small random GeoCLIP sooner or later, or concludes."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.priors.geoclip.models import make_geoclip
    from tests.vision.models import make_clip

    make_geoclip(make_clip(tmp_path) / "geoclip", np.linspace(-50, 60, 200), np.linspace(-120, 150, 200))
    settings = Settings(
        vlm=server, cache_dir=cache, prior="geoclip", prior_weights=tmp_path, max_steps=8, timeout_s=300
    )
    agent = GeoAgent(settings)
    only = {name: tool for name, tool in agent.resources.tools.items() if name in ("ask_prior", "zoom")}
    graph = build_graph(agent.resources._replace(tools=only))
    state = graph.invoke(agent.start(photos / "spain_zaragoza.jpg"))
    check(state["trace"])
    asked = [call for call in state["trace"].calls if call.tool == "ask_prior"]
    print(f"ask_prior: {[(call.arguments, call.status) for call in asked]}")
    assert asked[0].arguments == {"view": 1}
    assert asked[0].status == "ok"
    assert [item.group for item in state["trace"].evidence if item.witness == "prior:geoclip"]
    assert state["prediction"].levels[0].code == Area("ES")


def test_direct_over_the_wire(server: str, cache: Path, photos: Path) -> None:
    from geoagent.errors import ModelError

    agent = GeoAgent(Settings(vlm=server, cache_dir=cache))
    try:
        file = agent.direct(photos / "spain_zaragoza.jpg")
    except ModelError as error:
        assert "unusable" in str(error)
    else:
        assert file.prediction.usage.model_calls in (1, 2)


def test_a_model_that_is_not_served(server: str, cache: Path, photos: Path) -> None:
    with pytest.raises(ConfigError, match="gpt-9"):
        GeoAgent(Settings(vlm=server, model="gpt-9", cache_dir=cache)).trace(photos / "spain_zaragoza.jpg")
