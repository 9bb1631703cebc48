"""The embedded reasoner asks what is expected to tell something, once, and says what is missing."""

from pathlib import Path

import pytest

from geoagent import GeoAgent
from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import Areas
from geoagent.case.trace import State, Trace, extend
from geoagent.case.views import Box
from geoagent.graph.conclude import conclude
from geoagent.reasoners.reasoner import CaseView, Finish, UseTool
from geoagent.tools import call_tool


def opened(agent: GeoAgent, photos: Path, *texts: str) -> State:
    state = agent.start(photos / "nowhere_plain.jpg")
    box = Box(x0=0.1, y0=0.1, x1=0.4, y1=0.2)
    clues = tuple(Clue(kind="text", value=text, view=1, box=box, witness="ocr", confidence=0.95) for text in texts)
    state["trace"] = extend(agent.prior(photos / "nowhere_plain.jpg").trace, Trace(clues=clues))
    return state


def told(**weights: float) -> Trace:
    likelihood = Areas(weights=weights, elsewhere=0.01)
    return Trace(evidence=(Evidence(kind="hint", witness="user", statement="s", likelihood=likelihood, group="hint"),))


def decided(agent: GeoAgent, state: State) -> list[UseTool]:
    """Every call that the reasoner makes until it finishes."""
    calls = list[UseTool]()
    while isinstance(decision := agent.resources.reasoner.decide(view(agent, state))[0], UseTool):
        calls.append(decision)
        added = call_tool(agent.resources.tools, decision.tool, decision.arguments, agent.resources.tool_context(state))
        state["trace"] = extend(state["trace"], added)
    assert isinstance(decision, Finish)
    return calls


def view(agent: GeoAgent, state: State) -> CaseView:
    return agent.resources.view(state)


def test_a_photo_without_text_is_not_searched_again(agent: GeoAgent, photos: Path) -> None:
    assert decided(agent, opened(agent, photos)) == []


@pytest.mark.slow
def test_little_text_is_looked_for_while_much_is_open(agent: GeoAgent, photos: Path) -> None:
    calls = decided(agent, opened(agent, photos, "one", "two"))
    assert [call.tool for call in calls] == ["read_text", "read_text"]
    assert calls[0].arguments != calls[1].arguments


def test_where_the_country_is_clear_nothing_is_read_again(agent: GeoAgent, photos: Path) -> None:
    state = opened(agent, photos, "one", "two")
    state["trace"] = extend(state["trace"], told(LU=1.0))
    state["trace"] = extend(state["trace"], Trace(evidence=(told(LU=0.9).evidence[0].replace(group="other"),)))
    assert decided(agent, state) == []


@pytest.mark.slow
def test_what_is_small_is_read_again_and_close_countries_are_compared(agent: GeoAgent, photos: Path) -> None:
    state = opened(agent, photos, *(f"text {n}" for n in range(4)))
    doubtful = Clue(kind="text", value="?", view=1, box=Box(x0=0, y0=0, x1=1, y1=1), witness="ocr", confidence=0.5)
    state["trace"] = extend(state["trace"], Trace(clues=(doubtful,)))
    assert [call.thought for call in decided(agent, state)] == ['"?" is small or unsure']
    state = opened(agent, photos)
    state["trace"] = extend(state["trace"], told(PT=1.0, LU=1.0))
    assert [call.tool for call in decided(agent, state)] == ["compare_candidates"]


@pytest.mark.parametrize(("countries", "names"), [(("GB", "FR"), {"United Kingdom", "France"})])
def test_an_open_answer_says_what_would_settle_it(
    agent: GeoAgent, photos: Path, countries: tuple[str, str], names: set[str]
) -> None:
    state = opened(agent, photos)
    state["trace"] = extend(state["trace"], told(**dict.fromkeys(countries, 1.0), BR=1.0))
    missing = conclude(state, agent.resources)["prediction"].undetermined[0]
    assert missing.level == "country"
    assert "what would tell most: " in missing.reason
    assert any(name in missing.reason for name in names)
