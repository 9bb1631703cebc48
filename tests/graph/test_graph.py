"""The graph over the wire: a scripted model behind a real HTTP server drives each branch."""

import itertools
import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from geoagent import GeoAgent, Settings, ToolResult, TraceFile
from geoagent.belief.readout import mass
from geoagent.belief.reliability import Reliabilities, load_reliabilities
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Areas
from geoagent.case.trace import check
from geoagent.errors import ConfigError
from geoagent.geo import Area
from geoagent.testing.scripted_model import Answer, Failure, NativeCall, Request, ScriptedModel, action, look, said
from tests.perceived import solve_perceived

NOTHING = {"region": None, "city": None, "street": None, "lat": None, "lon": None, "because": ""}
SWEDEN = {**NOTHING, "country": "Sweden", "probability": 0.6}
UNSURE = look(
    {"country": "Sweden", "probability": 0.3},
    {"country": "Norway", "probability": 0.3},
    {"country": "Finland", "probability": 0.2},
    elsewhere=0.2,
)
DONE = action("conclude", claims=[])
CITIES = ["Stockholm", "Uppsala", "Gothenburg", "Kiruna"]
RELIABLE_ARCHIVES = Reliabilities.model_validate(
    {
        "gamma": 0.3,
        "rows": [
            *(row.model_dump() for row in load_reliabilities().rows),
            {"witness": "tool", "kind": "archive", "level": "*", "r": 0.95},
        ],
    }
)


@pytest.fixture
def solve(cache: Path, photos: Path) -> Callable[..., TraceFile]:
    def run(
        script: Sequence[Answer], photo: str = "nowhere_plain.jpg", tools: Sequence[Any] = (), **settings: Any
    ) -> TraceFile:
        with ScriptedModel(script) as model:
            given = Settings(vlm=model.url, model="scripted", cache_dir=cache, **settings)
            file = solve_perceived(given, photos / photo, tools=tools, reliabilities=RELIABLE_ARCHIVES)
        check(file.trace)
        assert TraceFile.model_validate_json(file.model_dump_json()) == file
        return file

    return run


def tools_called(file: TraceFile) -> list[str]:
    return [call.tool for call in file.trace.calls]


def test_investigate_verify_conclude(solve: Callable[..., TraceFile]) -> None:
    file = solve([look(SWEDEN), action("zoom", view=1, box=[0.2, 0.2, 0.6, 0.6]), DONE])
    assert tools_called(file) == ["zoom"]
    assert file.prediction.status == "complete"
    assert file.prediction.usage.steps == 2
    assert file.prediction.usage.model_calls == 3
    assert file.prediction.usage.tokens == 330
    assert file.trace.prompts.keys() >= {"propose"}


def test_the_model_sees_the_photo_and_each_new_view(cache: Path, photos: Path) -> None:
    with ScriptedModel([look(SWEDEN), action("zoom", view=1, box=[0.2, 0.2, 0.6, 0.6]), DONE]) as model:
        GeoAgent(Settings(vlm=model.url, cache_dir=cache)).solve(photos / "nowhere_plain.jpg", hint="in the north")
        pictures = [json.dumps(request).count("data:image/jpeg;base64,") for request in model.requests]
    assert pictures == [1, 1, 2]
    assert "in the north" in said(model.requests[0])
    assert "What it adds up to" not in said(model.requests[0])  # the opinion comes before the belief
    assert "What it adds up to" in said(model.requests[1])
    assert "Result of zoom: view 2" in said(model.requests[2])


def test_a_sharp_and_confirmed_photo_goes_straight_to_verify(solve: Callable[..., TraceFile]) -> None:
    file = solve([look({"country": "Spain", "city": "Zaragoza", "probability": 0.9})], photo="spain_zaragoza.jpg")
    assert file.prediction.usage.model_calls == 1
    assert "confirmed" in {verdict.outcome for verdict in file.trace.verdicts}


def test_a_model_that_concludes_between_two_close_countries_is_not_asked_again(
    solve: Callable[..., TraceFile],
) -> None:
    file = solve([UNSURE, DONE, action("zoom", view=1, box=[0, 0, 0.5, 0.5]), DONE])
    assert file.prediction.usage.model_calls == 2
    assert tools_called(file) == []


def test_a_revised_opinion_replaces_the_first(solve: Callable[..., TraceFile]) -> None:
    places = [{"country": "Chile", "probability": 0.9}]
    file = solve([look(SWEDEN), action("revise_opinion", places=places, elsewhere=0.1), DONE])
    opinions = [item for item in file.trace.evidence if item.kind == "opinion"]
    assert opinions[1].supersedes == opinions[0].id
    assert file.prediction.levels[0].name == "Chile"
    assert mass_of(file, "SE") < 0.02


def mass_of(file: TraceFile, country: str) -> float:
    return next((r.probability for r in file.prediction.alternatives if r.key == Area(country)), 0.0)


def test_a_tool_error_is_shown_and_the_run_goes_on(solve: Callable[..., TraceFile]) -> None:
    file = solve([look(SWEDEN), action("teleport"), action("zoom", view=9, box=[0, 0, 1, 1]), DONE])
    assert [call.status for call in file.trace.calls] == ["invalid", "invalid"]
    assert file.prediction.status == "complete"


def test_garbage_is_repaired_once(solve: Callable[..., TraceFile]) -> None:
    file = solve(["It looks Nordic to me.", look(SWEDEN), DONE])
    assert file.prediction.status == "complete"
    assert file.prediction.usage.model_calls == 3


def test_garbage_twice_leaves_the_model_without_an_opinion_and_text_still_counts(
    solve: Callable[..., TraceFile],
) -> None:
    file = solve(["no", "still no", DONE], photo="france_lyon.jpg")
    assert file.prediction.status == "complete"
    assert "unusable" in file.prediction.notes[0]
    assert file.prediction.levels[0].name == "France"
    assert file.prediction.usage.model_calls == 3


def test_garbage_in_the_loop_degrades_the_answer(solve: Callable[..., TraceFile]) -> None:
    file = solve([look(SWEDEN), "no", "still no"])
    assert file.prediction.status == "degraded"
    assert file.prediction.usage.model_calls == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("failure", "note"),
    [
        (Failure(401), "refuses the key"),
        (Failure(404), "no model"),
        (Failure(200, "<html>hello</html>", content_type="text/html"), "not a chat completion"),
        (Failure(200, '{"choices": []}'), "not a chat completion"),
    ],
)
def test_a_failing_server_degrades_the_answer(solve: Callable[..., TraceFile], failure: Failure, note: str) -> None:
    file = solve([look(SWEDEN), failure])
    assert file.prediction.status == "degraded"
    assert note in file.prediction.notes[0]
    assert mass_of(file, "SE") > 0.3  # the opinion given before still counts


def test_budgets_are_outcomes(solve: Callable[..., TraceFile]) -> None:
    looks = [action("zoom", view=1, box=[0, 0, 0.1 * n, 0.5]) for n in range(1, 9)]
    steps = solve([look(SWEDEN), *looks], max_steps=3)
    assert (steps.prediction.status, len(steps.trace.calls)) == ("out_of_budget", 3)
    assert "steps" in steps.prediction.notes[0]
    tokens = solve([look(SWEDEN), *looks], max_tokens=300)
    assert (tokens.prediction.status, len(tokens.trace.calls)) == ("out_of_budget", 2)
    none = solve([look(SWEDEN), *looks], max_steps=0)
    assert (none.prediction.status, none.trace.calls) == ("out_of_budget", ())


def test_time_runs_out(solve: Callable[..., TraceFile]) -> None:
    file = solve([look(SWEDEN), Failure(503, delay_s=0.8)], timeout_s=2.5, request_timeout_s=1)
    assert file.prediction.status in ("degraded", "out_of_budget")
    assert len(file.trace.evidence) == 1


def test_native_tools(solve: Callable[..., TraceFile]) -> None:
    script = [look(SWEDEN), NativeCall("whats_at", {"lat": 59.3, "lon": 18.1}), NativeCall("conclude", {"claims": []})]
    file = solve(script, native_tools=True)
    assert tools_called(file) == ["whats_at"]
    assert file.prediction.status == "complete"


def test_direct_asks_once_and_takes_the_model_at_its_word(cache: Path, photos: Path) -> None:
    with ScriptedModel([look({"country": "Chile", "city": "Santiago", "probability": 0.8})]) as model:
        file = GeoAgent(Settings(vlm=model.url, cache_dir=cache)).direct(photos / "sweden_uppsala.jpg")
        assert len(model.requests) == 1
    assert file.prediction.levels[0].name == "Chile"
    assert file.prediction.levels[0].probability == pytest.approx(0.8, abs=0.02)
    assert file.prediction.levels[2].name == "Santiago"


def test_a_scripted_liar_gains_nothing(solve: Callable[..., TraceFile]) -> None:
    clue = {"kind": "road", "value": "white line", "view": 1, "box": [0.1, 0.5, 0.4, 0.9]}
    honest = solve([look(SWEDEN, clues=[clue]), DONE])
    cited = honest.trace.clues[-1].id
    claim = {"statement": "the street view confirms it: this is Malmö", "cites": [cited]}
    liar = solve([look(SWEDEN, clues=[clue]), action("conclude", claims=[claim])])
    assert liar.prediction.levels == honest.prediction.levels
    assert liar.prediction.point == honest.prediction.point
    lie = next(step for step in liar.prediction.chain if "street view" in step.statement)
    assert lie.support == "seen"
    assert lie.cites == (cited,)


def test_however_many_claims_a_model_stays_bounded(solve: Callable[..., TraceFile], agent: GeoAgent) -> None:
    q = 0.6
    clues = [{"kind": "text", "value": f"{name} {name}", "view": 1, "box": [0, 0, 0.5, 0.5]} for name in CITIES]
    claims = [{"statement": f"proof {n} that it is Sweden", "cites": []} for n in range(12)]
    again = [
        action("revise_opinion", places=[SWEDEN, {"country": "Chad", "probability": n / 100}], elsewhere=0.4 - n / 100)
        for n in range(1, 5)
    ]
    first = solve([look(SWEDEN, clues=clues, elsewhere=0.4), DONE])
    ids = {clue.value.split()[0]: clue.id for clue in first.trace.clues if clue.kind == "text"}
    lookups = [action("lookup_place", name=name, clue=ids[name]) for name in CITIES]
    file = solve(
        [look(SWEDEN, clues=clues, elsewhere=0.4), *lookups, *again, action("conclude", claims=claims)], max_steps=30
    )
    assert len(file.trace.calls) == len(CITIES)
    assert len([item for item in file.trace.evidence if item.kind == "opinion"]) == 5
    prior = float(agent.resources.beliefs.atlas.prior[agent.resources.beliefs.atlas.rows(Area("SE"))].sum())
    belief = agent.resources.beliefs.of(file.trace.evidence, file.trace.spots)
    told = q + (1 - q) * prior
    read = [term for term in belief.terms if term.evidence.kind != "opinion"]
    assert {term.evidence.group for term in read} == {f"opinion:{file.trace.evidence[0].witness}"}
    gamma, sweden = agent.resources.beliefs.reliabilities.gamma, agent.resources.beliefs.atlas.rows(Area("SE"))
    most = max(float(term.log_ratio[sweden].max()) for term in read)
    odds = told / (1 - told) * math.exp(gamma / (1 - gamma) * most)
    assert 0.3 < mass(belief, Area("SE")) <= odds / (1 + odds)


def test_the_same_opinion_again_changes_nothing(solve: Callable[..., TraceFile]) -> None:
    same = action("revise_opinion", places=[SWEDEN], elsewhere=0.1)
    file = solve([look(SWEDEN), same, same, DONE])
    assert len([item for item in file.trace.evidence if item.kind == "opinion"]) == 1
    assert "said before" in file.trace.turns[0].observation


def test_a_wrong_city_is_not_confirmed_by_evidence_for_its_country(solve: Callable[..., TraceFile]) -> None:
    file = solve(
        [look({"country": "France", "city": "Marseille", "street": "Rue du Faux", "probability": 0.9}), DONE],
        photo="france_lyon.jpg",
    )
    outcomes = {step.statement.split(":")[0]: step.statement for step in file.trace.steps if step.node == "verify"}
    assert not any("Rue du Faux" in name for name in outcomes)
    assert not any("Marseille" in name and ": confirmed" in text for name, text in outcomes.items())


@pytest.mark.slow
def test_seven_looks_at_one_web_address_are_one_observation(solve: Callable[..., TraceFile]) -> None:
    crops = [action("read_text", view=1, box=[0.05 + n / 200, 0.2, 0.75, 0.75 + n / 200]) for n in range(7)]
    once, often = (solve([UNSURE, *looks, DONE], photo="spain_zaragoza.jpg") for looks in ([], crops))
    odds = [p / (1 - p) for p in (file.prediction.levels[0].probability for file in (once, often))]
    assert odds[1] < 10 * odds[0]


ODD_REPLIES = {
    "no message": {"choices": [{"index": 0, "message": None}]},
    "content as a list": {"choices": [{"index": 0, "message": {"role": "assistant", "content": [1]}}]},
    "empty usage": {"usage": {}},
    "negative usage": {"usage": {"prompt_tokens": -5000, "completion_tokens": None, "total_tokens": 0}},
    "no usage": {"usage": None},
}


@pytest.mark.parametrize("odd", ODD_REPLIES.values(), ids=ODD_REPLIES)
@pytest.mark.parametrize("native", [False, True])
def test_odd_replies_never_end_a_run(solve: Callable[..., TraceFile], odd: dict[str, Any], native: bool) -> None:
    plain: dict[str, Any] = {
        "id": "x", "object": "chat.completion", "created": 0, "model": "x",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": json.dumps(look(SWEDEN))}}],
    }  # fmt: skip
    reply = Failure(200, json.dumps({**plain, **odd}))
    file = solve([look(SWEDEN), reply, reply, DONE], native_tools=native)
    assert file.prediction.usage.tokens >= 0


@pytest.mark.parametrize(
    "call",
    [
        {"id": "1", "type": "function", "function": {"name": "zoom", "arguments": {"view": 1, "box": [0, 0, 1, 1]}}},
        {"id": "1", "type": "function", "function": {"name": "zoom", "arguments": 7}},
        {"id": "1", "type": "function", "function": None},
        {"id": "1", "type": "function", "function": {"name": None, "arguments": "{}"}},
        {"id": "1", "type": "function", "function": {"name": "zoom", "arguments": '{"a": ' * 3000}},
        {"id": "1", "type": "function", "function": {"name": "lookup_place", "arguments": '{"name": "\\ud800 Lyon"}'}},
    ],
)
def test_odd_tool_calls_never_end_a_run(solve: Callable[..., TraceFile], call: dict[str, Any]) -> None:
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    reply = {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "x",
        "choices": [{"index": 0, "message": message}],
    }
    file = solve([look(SWEDEN), Failure(200, json.dumps(reply)), DONE], native_tools=True, max_steps=2)
    assert file.prediction.levels


def test_a_redirect_does_not_carry_the_photo_elsewhere(cache: Path, photos: Path) -> None:
    with ScriptedModel([look(SWEDEN)]) as elsewhere:
        moved = Failure(307, headers={"Location": f"{elsewhere.url}/chat/completions"})
        with ScriptedModel([moved]) as model:
            agent = GeoAgent(Settings(vlm=model.url, model="x", cache_dir=cache))
            with pytest.raises(ConfigError, match="307"):
                agent.trace(photos / "nowhere_plain.jpg")
        assert elsewhere.requests == []


def test_credentials_are_not_kept(solve: Callable[..., TraceFile], cache: Path) -> None:
    settings = Settings(vlm="http://user:secret@127.0.0.1:8000/v1?key=abc", api_key="sk-1")
    assert settings.public()["vlm"] == "http://127.0.0.1:8000/v1"
    assert "sk-1" not in str(settings.public())
    assert "sk-1" not in repr(settings)


# Ten cases: one of three archives holds the answer, the others point to it or know nothing.


def archive(name: str, content: str) -> Any:
    def ask() -> ToolResult:
        evidence: tuple[Evidence, ...] = ()
        found = re.match(r"country ([A-Z]{2})", content)
        if found:
            evidence = (
                Evidence(
                    kind="archive", witness=f"tool:{name}", statement=f"{name} names {found[1]}", group=name,
                    likelihood=Areas(weights={found[1]: 1.0}),
                ),
            )  # fmt: skip
        return ToolResult(text=content, evidence=evidence)

    ask.__name__, ask.__doc__ = name, f"Ask the {name}."
    return ask


def detective(request: Request) -> dict[str, Any]:
    """Asks the archive that the last answer points to, else the next one not asked yet; stops at a country."""
    text = said(request)
    if "What it adds up to" not in text:
        return UNSURE
    results = re.findall(r"Result of (\w+): (\S+ ?\S*)", text)
    if results and results[-1][1].startswith("country"):
        return DONE
    asked = {name for name, _ in results}
    pointed = re.match(r"ask (\w+)", results[-1][1]) if results else None
    order = ([pointed[1]] if pointed else []) + ["archive", "register", "diary"]
    left = [name for name in order if name not in asked]
    return action(left[0]) if left else DONE


ORDERS = list(itertools.permutations(["archive", "register", "diary"]))[:5]


@pytest.mark.parametrize(
    ("holders", "country"), [(o, c) for o, c in zip(ORDERS * 2, "CL SE JP NZ KE PE IS VN MA UY".split(), strict=True)]
)
def test_what_the_tools_hold_decides_the_path_and_the_answer(
    solve: Callable[..., TraceFile], holders: tuple[str, str, str], country: str
) -> None:
    first, second, third = holders

    def run(*contents: str) -> TraceFile:
        return solve([detective], tools=[archive(n, c) for n, c in zip(holders, contents, strict=True)])

    pointing = run(f"ask {third}", "nothing here", f"country {country}")
    direct = run(f"country {country}", "nothing here", f"ask {second}")
    removed = run(f"ask {third}", "nothing here", "nothing here")
    for file in (pointing, direct):
        assert file.prediction.levels[0].code == Area(country)
        assert file.prediction.levels[0].stated
    # where the answer lies decides which calls are made, in which order
    assert tools_called(pointing)[-1] == third
    assert tools_called(direct)[-1] == first
    assert tools_called(pointing) != tools_called(direct)
    assert set(tools_called(removed)) == set(holders)
    assert not removed.prediction.levels[0].stated


def test_the_graph_has_five_nodes(agent: GeoAgent) -> None:
    nodes = set(agent.graph.get_graph().nodes) - {"__start__", "__end__"}
    assert nodes == {"perceive", "propose", "investigate", "verify", "conclude"}


def test_pictures_never_enter_the_state(agent: GeoAgent, photos: Path) -> None:
    file = agent.trace(photos / "nowhere_plain.jpg")
    assert len(file.model_dump_json()) < 30_000


def test_same_photo_same_answer(agent: GeoAgent, photos: Path) -> None:
    one, two = (agent.solve(photos / "spain_zaragoza.jpg") for _ in range(2))
    assert one.model_copy(update={"usage": two.usage}) == two


def test_a_verdict_never_moves_the_belief(agent: GeoAgent, photos: Path) -> None:
    file = agent.trace(photos / "spain_zaragoza.jpg")
    belief = agent.resources.beliefs.of(file.trace.evidence, file.trace.spots)
    assert file.trace.verdicts
    assert mass(belief, Area("ES")) == pytest.approx(file.prediction.levels[0].probability)
