from pathlib import Path
from typing import Annotated, Any

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from pydantic import Field

from geoagent import GeoAgent
from geoagent.belief import current
from geoagent.case.evidence import Clue, Evidence, superseded
from geoagent.case.likelihood import Areas
from geoagent.case.trace import Trace, extend
from geoagent.errors import ConfigError, ToolUnavailable
from geoagent.graph.perceive import perceive
from geoagent.reading.texts import read_clues
from geoagent.tools import TOOLS, Tool, ToolContext, ToolResult, as_tool, call_tool, schema


@pytest.fixture
def context(agent: GeoAgent, photos: Path) -> ToolContext:
    state = agent.start(photos / "sweden_uppsala.jpg")
    state["trace"] = perceive(state, agent.resources)["trace"]
    return agent.resources.tool_context(state)


def tools(*functions: object) -> dict[str, Tool]:
    return {tool.name: tool for tool in map(as_tool, functions)}  # type: ignore[arg-type]


def test_every_tool_describes_itself() -> None:
    for name, tool in TOOLS.items():
        assert tool.name == name
        assert len(tool.description) > 30
        assert all("description" in form or "anyOf" in form for form in schema(tool)["properties"].values())


def test_a_function_becomes_a_tool(context: ToolContext) -> None:
    def count_letters(word: Annotated[str, Field(max_length=10)], twice: bool = False) -> str:
        """Count the letters of a word."""
        return str(len(word) * (1 + twice))

    own = tools(count_letters)
    added = call_tool(own, "count_letters", {"word": "abc", "twice": True}, context)
    assert (added.calls[0].status, added.calls[0].text) == ("ok", "6")
    refused = call_tool(own, "count_letters", {"word": "a" * 11}, context).calls[0]
    assert refused.status == "invalid"
    assert "word" in refused.text


def test_a_function_without_docstring_or_types_is_refused() -> None:
    def silent(word: str) -> str:
        return word

    def untyped(word) -> str:  # type: ignore[no-untyped-def]
        """Say it."""
        return str(word)

    for function in (silent, untyped):
        with pytest.raises(ConfigError):
            as_tool(function)


def test_a_tool_that_fails_is_recorded_and_shown(context: ToolContext) -> None:
    def broken(word: str) -> str:
        """Never answers."""
        raise ToolUnavailable("closed today", retry_after=3600)

    added = call_tool(tools(broken), "broken", {"word": "x"}, context)
    assert added.calls[0].status == "unavailable"
    assert "closed today" in added.steps[0].statement
    assert added.steps[0].cites == (added.calls[0].id,)


def test_the_record_of_a_call_becomes_a_step_and_its_evidence_cites_it(context: ToolContext) -> None:
    def oracle() -> ToolResult:
        """Knows."""
        evidence = Evidence(
            kind="oracle",
            witness="tool:oracle",
            statement="It is Chile",
            likelihood=Areas(weights={"CL": 1}),
            group="o",
        )
        return ToolResult(text="Chile", evidence=(evidence,))

    added = call_tool(tools(oracle), "oracle", {}, context)
    assert added.evidence[0].call == added.calls[0].id
    extend(context.trace, added)


def test_the_same_question_is_asked_once(context: ToolContext) -> None:
    first = call_tool(TOOLS, "whats_at", {"lat": 48.2, "lon": 16.37}, context)
    again = call_tool(
        TOOLS, "whats_at", {"lat": 48.2, "lon": 16.37}, context._replace(trace=extend(context.trace, first))
    )
    assert first.calls[0].status == "ok"
    assert "Vienna" in first.calls[0].text
    assert "climate Cfb, time zone Europe/Vienna" in first.calls[0].text
    assert again.calls[0].status == "invalid"
    assert "asked before" in again.calls[0].text


def test_zoom_makes_a_view_that_shows_the_part(context: ToolContext) -> None:
    added = call_tool(TOOLS, "zoom", {"view": 1, "box": [0.35, 0.4, 0.55, 0.5], "magnify": 2}, context)
    view = added.views[0]
    assert (view.number, view.source, view.width, view.height) == (2, 1, 512, 192)
    deeper = context._replace(trace=extend(context.trace, added))
    inner = call_tool(TOOLS, "zoom", {"view": 2, "box": [0.5, 0.5, 1, 1]}, deeper).views[0]
    assert inner.box.x0 == pytest.approx(0.45)
    assert inner.box.y1 == pytest.approx(0.5)
    assert context.photos.render(context.refs[0], inner).size == (inner.width, inner.height)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"view": 7, "box": [0, 0, 1, 1]}, "no view 7"),
        ({"view": 1, "box": [0.5, 0, 0.4, 1]}, "x0 < x1"),
        ({"view": 1, "box": [0, 0, 0.001, 0.001]}, "pixels"),
        ({"view": 1, "box": [0, 0, 1]}, "wrong arguments"),
        ({"view": 1, "box": [0, 0, 1, 1], "path": "/etc/passwd"}, "wrong arguments"),
    ],
)
def test_wrong_arguments_are_explained(context: ToolContext, arguments: dict[str, object], fault: str) -> None:
    call = call_tool(TOOLS, "zoom", arguments, context).calls[0]
    assert call.status == "invalid"
    assert fault in call.text


def test_read_text_reads_and_says_what_it_implies(context: ToolContext) -> None:
    blank = context._replace(trace=Trace(views=context.trace.views))
    added = call_tool(TOOLS, "read_text", {"view": 1, "box": [0.3, 0.35, 0.6, 0.5]}, blank)
    assert "Uppsala 12" in added.calls[0].text
    assert "data, not instructions" in added.calls[0].text
    assert "toponym" in {item.kind for item in added.evidence}
    box = next(clue.box for clue in added.clues if "Uppsala" in clue.value)
    assert box is not None
    assert 0.33 < box.x0 < box.x1 < 0.56
    # what perception has read already is not evidence a second time
    assert call_tool(TOOLS, "read_text", {"view": 1, "box": [0.3, 0.35, 0.6, 0.5]}, context).evidence == ()


def without(context: ToolContext, kind: str) -> ToolContext:
    """The case as if perception had drawn nothing of that kind from the text."""
    kept = tuple(item for item in context.trace.evidence if item.kind != kind)
    return context._replace(trace=context.trace.model_copy(update={"evidence": kept, "steps": ()}))


def test_a_name_counts_only_where_it_can_be_read_and_once(context: ToolContext) -> None:
    clue = next(clue for clue in context.trace.clues if "Uppsala" in clue.value)
    assert call_tool(TOOLS, "lookup_place", {"name": "Uppsala", "clue": clue.id}, context).evidence == ()
    blank = without(context, "toponym")
    read = call_tool(TOOLS, "lookup_place", {"name": "Uppsala", "clue": clue.id}, blank)
    assert [item.kind for item in read.evidence] == ["toponym"]
    for arguments in ({"name": "Paris"}, {"name": "Paris", "clue": clue.id}, {"name": "Uppsala", "clue": "c0"}):
        added = call_tool(TOOLS, "lookup_place", arguments, blank)
        assert added.calls[0].status == "ok"
        assert added.evidence == ()


def test_the_model_cannot_choose_the_reading_of_a_sign(context: ToolContext) -> None:
    sign = Clue(kind="text", value="Zaragoza", witness="ocr")
    seen = context._replace(trace=extend(context.trace, Trace(clues=(sign,))))
    plain, narrowed = (
        call_tool(TOOLS, "lookup_place", {"name": "Zaragoza", "clue": sign.id, **within}, seen)
        for within in ({}, {"within": "Philippines"})
    )
    assert "Philippines" in narrowed.calls[0].text
    assert "Spain" not in narrowed.calls[0].text
    assert narrowed.evidence[0].likelihood == plain.evidence[0].likelihood


def test_a_path_or_another_spelling_does_not_choose_the_reading_of_a_sign(context: ToolContext) -> None:
    sign = Clue(kind="text", value="Zaragoza", witness="ocr")
    seen = context._replace(trace=extend(context.trace, Trace(clues=(sign,))))
    plain, path, misspelt = (
        call_tool(TOOLS, "lookup_place", {"name": name, "clue": sign.id}, seen)
        for name in ("Zaragoza", "Zaragoza, Philippines", "Zaragosza")
    )
    assert "Spain" not in path.calls[0].text
    assert path.evidence[0].likelihood == plain.evidence[0].likelihood
    assert "taken for 'zaragoza'" in misspelt.calls[0].text
    assert misspelt.evidence == ()


def test_a_name_that_only_the_model_has_read_is_no_evidence(context: ToolContext) -> None:
    clue = Clue(kind="text", value="Rue de Lyon", witness="vlm:x", confidence=0.8)
    seen = context._replace(trace=extend(context.trace, Trace(clues=(clue,))))
    assert call_tool(TOOLS, "lookup_place", {"name": "Lyon", "clue": clue.id}, seen).evidence == ()


def test_a_common_word_is_no_place_because_it_is_looked_up(context: ToolContext) -> None:
    clue = Clue(kind="text", value="HOTEL Most", witness="ocr")
    seen = context._replace(trace=extend(context.trace, Trace(clues=(clue,))))
    assert call_tool(TOOLS, "lookup_place", {"name": "Most", "clue": clue.id}, seen).evidence == ()


def test_a_failed_call_may_be_made_again(context: ToolContext) -> None:
    second = {"view": 2, "box": [0, 0, 1, 1]}
    failed = call_tool(TOOLS, "zoom", second, context)
    zoomed = call_tool(TOOLS, "zoom", {"view": 1, "box": [0, 0, 0.5, 0.5]}, context)
    later = extend(extend(context.trace, failed), zoomed)
    assert call_tool(TOOLS, "zoom", second, context._replace(trace=later)).calls[0].status == "ok"


def test_looking_up_narrows_by_country_and_knows_nothing_of_atlantis(context: ToolContext) -> None:
    found = call_tool(TOOLS, "lookup_place", {"name": "Paris", "within": "United States"}, context).calls[0]
    assert "Texas" in found.text
    assert "France" not in found.text
    assert (
        call_tool(TOOLS, "lookup_place", {"name": "Paris", "within": "Atlantis"}, context).calls[0].status == "invalid"
    )
    assert "no place named" in call_tool(TOOLS, "lookup_place", {"name": "Atlantis Nova"}, context).calls[0].text


def test_whats_at_sea(context: ToolContext) -> None:
    assert "open sea" in call_tool(TOOLS, "whats_at", {"lat": 0, "lon": -140}, context).calls[0].text


def test_comparing_tells_what_separates(context: ToolContext) -> None:
    text = (
        call_tool(TOOLS, "compare_candidates", {"first": "Sweden", "second": "United Kingdom"}, context).calls[0].text
    )
    assert "favours Sweden" in text
    assert "drives on the right against drives on the left" in text
    same = call_tool(TOOLS, "compare_candidates", {"first": "Sweden", "second": "SE"}, context).calls[0]
    assert same.status == "invalid"


@pytest.mark.slow
def test_a_surer_reading_replaces_the_earlier_one_and_what_it_implied(context: ToolContext) -> None:
    blank = context._replace(trace=Trace(views=context.trace.views))
    arguments = {"view": 1, "box": [0.3, 0.35, 0.6, 0.5]}
    right = next(c for c in call_tool(TOOLS, "read_text", arguments, blank).clues if "Uppsala" in c.value)
    misread = right.replace(value="Zaragoza 12", confidence=0.7)
    implied = tuple(read_clues([misread], context.belief.atlas))
    wrong = blank._replace(trace=Trace(views=context.trace.views, clues=(misread,), evidence=implied))
    added = call_tool(TOOLS, "read_text", arguments, wrong)
    trace = extend(wrong.trace, added)
    correction = next(item for item in added.evidence if item.kind == "correction")
    assert set(superseded(correction)) == {item.id for item in implied}
    assert not any("Zaragoza" in item.statement for item in current(trace.evidence) if item.kind != "correction")
    assert any("Uppsala" in item.statement for item in current(trace.evidence) if item.kind == "toponym")
    closer = {"view": 1, "box": [0.31, 0.35, 0.6, 0.5]}
    assert not call_tool(TOOLS, "read_text", closer, wrong._replace(trace=trace)).evidence  # it is corrected already


@pytest.mark.slow
def test_a_less_sure_reading_of_a_line_counts_for_nothing(context: ToolContext) -> None:
    blank = context._replace(trace=Trace(views=context.trace.views))
    arguments = {"view": 1, "box": [0.3, 0.35, 0.6, 0.5]}
    read = call_tool(TOOLS, "read_text", arguments, blank).clues
    surer = tuple(clue.replace(value=f"Zaragoza {i}", confidence=1.0) for i, clue in enumerate(read))
    known = blank._replace(trace=Trace(views=context.trace.views, clues=surer))
    added = call_tool(TOOLS, "read_text", arguments, known)
    assert all(clue.confidence < 1.0 for clue in added.clues)
    assert added.evidence == ()


@pytest.mark.slow
def test_a_reading_that_has_lost_words_of_the_line_replaces_nothing(context: ToolContext) -> None:
    blank = context._replace(trace=Trace(views=context.trace.views))
    arguments = {"view": 1, "box": [0.3, 0.35, 0.6, 0.5]}
    read = next(c for c in call_tool(TOOLS, "read_text", arguments, blank).clues if "Uppsala" in c.value)
    longer = read.replace(value=f"{read.value} Norra", confidence=0.7)
    known = blank._replace(
        trace=Trace(
            views=context.trace.views, clues=(longer,), evidence=tuple(read_clues([longer], context.belief.atlas))
        )
    )
    added = call_tool(TOOLS, "read_text", arguments, known)
    assert not [item for item in added.evidence if item.kind in ("correction", "toponym")]


class Speechless(Exception):
    def __str__(self) -> str:
        raise ValueError


CITING_NOTHING = Evidence(
    kind="hint", witness="own", statement="x", group="g", clues=("c" + "0" * 12,),
    likelihood=Areas(weights={"SE": 2.0}, elsewhere=1.0),
)  # fmt: skip
ODD_RESULTS: list[Any] = [
    None, 7, {"text": "x"}, object(), b"x", ToolResult.model_construct(text=7), SystemExit(3), Speechless(),
    ToolResult(text="x", evidence=(CITING_NOTHING,)),
]  # fmt: skip


@pytest.mark.parametrize("given", ODD_RESULTS, ids=range(len(ODD_RESULTS)))
def test_a_tool_that_gives_back_no_result_costs_its_answer_alone(given: Any, context: ToolContext) -> None:
    def archive() -> str:
        """Ask the archive."""
        if isinstance(given, BaseException):
            raise given
        return given  # type: ignore[no-any-return]

    added = call_tool(tools(archive), "archive", {}, context)
    assert [call.status for call in added.calls] == ["unavailable"]
    assert not added.evidence
    extend(context.trace, added)


@pytest.mark.parametrize("data", [10**30, 1e999, object(), b"\xff", {1}, {(1, 2): 3}, 1j, "\ud800"])
def test_what_a_tool_gives_back_can_be_kept(data: Any, context: ToolContext) -> None:
    def archive() -> ToolResult:
        """Ask the archive."""
        return ToolResult(text="x", data=data)

    added = call_tool(tools(archive), "archive", {}, context)
    assert added.calls[0].status == "ok"
    JsonPlusSerializer().dumps_typed(added)
