"""A prior in the loop: asked of each photo and of crops, one opinion however often; without weights a case goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent, Settings, TraceFile
from geoagent.atlas import Atlas
from geoagent.belief.reliability import Reliabilities, Row
from geoagent.case.prediction import Prediction
from geoagent.case.trace import Trace, check
from geoagent.case.views import View
from geoagent.errors import ConfigError
from geoagent.geo import Area
from geoagent.graph.build import build_graph
from geoagent.priors.prior import Prior
from geoagent.testing.scripted_model import ScriptedModel, action, look, said
from geoagent.tools import Tool, ToolContext, call_tool
from geoagent.tools.ask_prior import prior_tool
from tests.priors.places import ColourPrior, photo_of

SAID = look({"country": "Chile", "probability": 0.4}, {"country": "Peru", "probability": 0.3}, elsewhere=0.3)
DONE = action("conclude", claims=[])


def solved(agent: GeoAgent, opening: Callable[[], Prior], *photos: Path) -> tuple[Trace, Prediction]:
    """Solve with a prior of a test's own."""
    tools = {**agent.resources.tools, "ask_prior": prior_tool(opening)}
    state = build_graph(agent.resources._replace(tools=tools)).invoke(agent.start(*photos))
    check(state["trace"])
    return state["trace"], state["prediction"]


@pytest.fixture
def madrid(tmp_path: Path) -> Path:
    photo_of(40.4, -3.7).save(tmp_path / "madrid.png")
    return tmp_path / "madrid.png"


@pytest.mark.slow
def test_the_prior_is_asked_of_each_photo(agent: GeoAgent, atlas: Atlas, madrid: Path, tmp_path: Path) -> None:
    photo_of(41.6, -0.9).save(tmp_path / "other.png")
    prior = ColourPrior(atlas)
    trace, prediction = solved(agent, lambda: prior, madrid, tmp_path / "other.png")
    assert prior.asked == 2
    assert [call.arguments for call in trace.calls if call.tool == "ask_prior"] == [{"view": 1}, {"view": 2}]
    found = [item for item in trace.evidence if item.witness == "prior:colour"]
    assert len(found) == 2
    assert {item.group for item in found} == {"prior:colour"}
    assert prediction.levels[0].code == Area("ES")
    assert {step.node for step in trace.steps if set(step.cites) & {item.id for item in found}} >= {"propose"}


@pytest.mark.slow
def test_alone_on_and_off(agent: GeoAgent, atlas: Atlas, madrid: Path, photos: Path) -> None:
    """Off nothing tells where; alone the prior does; with text that says Spain it cannot turn the answer."""
    off = agent.solve(madrid)
    assert not off.levels[0].stated
    _, alone = solved(agent, lambda: ColourPrior(atlas), madrid)
    assert alone.levels[0].code == Area("ES") != off.levels[0].code
    assert alone.levels[0].probability > 4 * atlas.prior[atlas.rows(Area("ES"))].sum()
    text = agent.solve(photos / "spain_zaragoza.jpg")
    _, against = solved(agent, lambda: ColourPrior(atlas), photos / "spain_zaragoza.jpg")
    assert against.levels[0].code == text.levels[0].code == Area("ES")


@pytest.mark.slow
def test_a_model_asks_it_of_a_crop(atlas: Atlas, cache: Path, madrid: Path) -> None:
    script = [
        SAID,
        action("zoom", view=1, box=[0.5, 0.5, 1, 1]),
        action("ask_prior", view=2),
        action("ask_prior", view=1),
        DONE,
    ]
    with ScriptedModel(script) as model:
        agent = GeoAgent(Settings(vlm=model.url, model="scripted", cache_dir=cache))
        prior = ColourPrior(atlas)
        trace, _ = solved(agent, lambda: prior, madrid)
        assert "ask_prior" in said(model.requests[1])
    calls = [call for call in trace.calls if call.tool == "ask_prior"]
    assert [(call.arguments["view"], call.status) for call in calls] == [(1, "ok"), (2, "ok"), (1, "invalid")]
    assert prior.asked == 2
    found = [item for item in trace.evidence if item.witness == "prior:colour"]
    belief = agent.resources.beliefs.of(trace.evidence)
    discounts = sorted(term.discount for term in belief.terms if term.evidence.id in {item.id for item in found})
    assert discounts[0] == pytest.approx(0.3 * discounts[1])  # a crop of the same photo is the same opinion


def test_a_picture_from_outside_is_not_asked_about(agent: GeoAgent, atlas: Atlas, madrid: Path) -> None:
    tools, state = {"ask_prior": prior_tool(lambda: ColourPrior(atlas))}, agent.start(madrid)
    ref = state["photos"][0]
    view = View(number=1, photo=0, width=ref.width, height=ref.height, of=ref, outside="the picture 77")
    context = ToolContext((ref,), Trace(views=(view,)), agent.resources.beliefs.of(()), agent.resources.photos, "vlm:x")
    added = call_tool(tools, "ask_prior", {"view": 1}, context)
    assert added.calls[0].status == "invalid" and not added.evidence


def test_the_opinion_comes_first(atlas: Atlas, cache: Path, madrid: Path) -> None:
    """The model looks before it is shown what the prior says."""
    with ScriptedModel([SAID, DONE]) as model:
        agent = GeoAgent(Settings(vlm=model.url, model="scripted", cache_dir=cache))
        trace, _ = solved(agent, lambda: ColourPrior(atlas), madrid)
        assert "looks to colour" not in said(model.requests[0])
        assert "looks to colour" in said(model.requests[1])
    kinds = [item.kind for item in trace.evidence]
    assert kinds.index("opinion") < kinds.index("looks_like")


@pytest.mark.slow
def test_how_far_down_it_is_told_follows_the_reliabilities(agent: GeoAgent, atlas: Atlas, madrid: Path) -> None:
    def way(tool: Tool) -> Any:
        tools = {**agent.resources.tools, "ask_prior": tool}
        state = build_graph(agent.resources._replace(tools=tools)).invoke(agent.start(madrid))
        (call,) = (call for call in state["trace"].calls if call.tool == "ask_prior")
        assert "as far down as it is to be believed: Spain" in call.text
        return call.data["priors"]["colour"]["way"]

    fitted = Reliabilities(gamma=0.3, rows=(Row(witness="prior:colour", kind="*", level="*", r=0.99),))
    prior = ColourPrior(atlas, reach_km=20)
    assert way(prior_tool(lambda: prior))["cell"] is None
    told = way(prior_tool(lambda: prior, reliabilities=fitted))
    assert told["area"].startswith("ES.")
    assert abs(told["cell"]["lat"] - 40.4) < 1


def test_without_weights_the_case_goes_on_and_says_so(cache: Path, photos: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    settings = Settings(cache_dir=cache, prior="geoclip", prior_weights=tmp_path)
    file = GeoAgent(settings).trace(photos / "spain_zaragoza.jpg")
    assert file.prediction.levels[0].code == Area("ES")
    assert file.prediction.status == "complete"
    (note,) = (note for note in file.prediction.notes if "prior" in note)
    assert note == f"solved without the prior: {tmp_path}: no model.safetensors of a published model in it"
    assert TraceFile.model_validate_json(file.model_dump_json()) == file


def test_an_opening_that_fails_is_tried_once(agent: GeoAgent, madrid: Path) -> None:
    tried = []

    def opening() -> Prior:
        tried.append(1)
        raise ConfigError("no weights")

    tool = prior_tool(opening)
    tools = {**agent.resources.tools, "ask_prior": tool}
    graph = build_graph(agent.resources._replace(tools=tools))
    for _ in range(2):
        state = graph.invoke(agent.start(madrid))
        assert "solved without the prior: no weights" in state["prediction"].notes
    assert len(tried) == 1


def test_a_small_geoclip_in_solve(cache: Path, photos: Path, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    import numpy as np

    from tests.priors.geoclip.models import make_geoclip
    from tests.vision.models import make_clip

    make_geoclip(make_clip(tmp_path) / "geoclip", np.linspace(-50, 60, 200), np.linspace(-120, 150, 200))
    settings = Settings(cache_dir=cache, prior="geoclip", prior_weights=tmp_path)
    file = GeoAgent(settings).trace(photos / "spain_zaragoza.jpg")
    (found,) = (item for item in file.trace.evidence if item.witness == "prior:geoclip")
    assert found.call in {call.id for call in file.trace.calls}
    assert "what geoclip says is weighed by judgement, not fitted to photos" in file.prediction.notes
    assert file.prediction.levels[0].code == Area("ES")  # random numbers do not outweigh an address
