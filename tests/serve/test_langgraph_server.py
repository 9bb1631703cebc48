"""What langgraph.json names can be loaded, and solves a photo that is named by its path."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_named_graph_solves_from_plain_json(monkeypatch: pytest.MonkeyPatch, cache: Path, photos: Path) -> None:
    monkeypatch.setenv("GEOAGENT_CACHE_DIR", str(cache))
    (named,) = json.loads((ROOT / "langgraph.json").read_text())["graphs"].values()
    file, _, name = named.partition(":")
    spec = spec_from_file_location("loaded", ROOT / file)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    graph = getattr(module, name)()
    assert graph.get_input_jsonschema()["properties"].keys() == {"paths", "hint"}
    answer = graph.invoke({"paths": [str(photos / "nowhere_plain.jpg")], "hint": "in Japan"})
    assert answer.keys() == {"prediction"}
    assert str(answer["prediction"].levels[0].code) == "JP"
