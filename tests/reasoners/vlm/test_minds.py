"""Several minds: blind first, then with the others' clues; how much they count together follows how alike they err."""

import itertools
from pathlib import Path
from typing import Any, cast

import pytest

from geoagent import GeoAgent, Settings, TraceFile
from geoagent.belief import Beliefs
from geoagent.belief.reliability import Calibration, Reliabilities, load_reliabilities
from geoagent.cancellation import called_off_when, is_called_off
from geoagent.case.prediction import Usage
from geoagent.case.trace import Capabilities, Trace
from geoagent.errors import ConfigError, UnusableAnswer
from geoagent.eval.calibration.opinions import Outcome, fit_correlations
from geoagent.reasoners.reasoner import CaseView
from geoagent.reasoners.vlm.minds import Minds
from geoagent.testing.scripted_model import Reply, Request, ScriptedModel, action, look, said
from tests.perceived import solve_perceived

MINDS = ("a", "b", "c")
CLUES = {"a": "a tram with a blue stripe", "b": "pine trees", "c": "a granite kerb"}
HEARD = "Others who looked"


def swedish(request: Request) -> Reply:
    """Each mind says Sweden, and notices something of its own; the first concludes when it is to act."""
    if '"conclude"' in str(request["messages"]) or len(request["messages"]) > 4:
        return action("conclude", claims=[])
    mind, heard = request["model"], HEARD in said(request)
    clues: list[dict[str, Any]] = [] if heard else [{"kind": "object", "value": CLUES[mind], "view": 1}]
    place = {"country": "Sweden", "probability": 0.65 if heard else 0.6, "because": "it looks so"}
    return look(place, elsewhere=0.35 if heard else 0.4, clues=clues)


def solved(
    script: Any,
    cache: Path,
    photos: Path,
    reliabilities: Reliabilities | None = None,
    minds: tuple[str, ...] = MINDS[1:],
) -> tuple[TraceFile, ScriptedModel]:
    with ScriptedModel([script]) as model:
        settings = Settings(vlm=model.url, model="a", minds=minds, cache_dir=cache, no_second_look=True, max_steps=1)
        return solve_perceived(settings, photos / "nowhere_plain.jpg", reliabilities=reliabilities), model


def test_blind_first_then_with_the_clues_of_the_others_and_not_their_places(cache: Path, photos: Path) -> None:
    file, model = solved(swedish, cache, photos)
    asked = [(request["model"], said(request)) for request in model.requests[:6]]
    assert sorted(mind for mind, _ in asked[:3]) == sorted(mind for mind, _ in asked[3:]) == list(MINDS)
    assert not any(clue in text for _, text in asked[:3] for clue in CLUES.values())
    for mind, text in asked[3:]:
        heard = text.partition(HEARD)[2]
        assert [other for other in MINDS if CLUES[other] in heard] == [other for other in MINDS if other != mind]
        assert "Sweden" not in heard
    opinions = [item for item in file.trace.evidence if item.kind == "opinion"]
    assert {item.witness for item in opinions} == {f"vlm:{mind}" for mind in MINDS}
    assert len(opinions) == 6  # each has said so again, surer
    assert sum(item.supersedes is not None for item in opinions) == 3
    assert {clue.value for clue in file.trace.clues} >= set(CLUES.values())


def test_copies_count_as_one_and_the_independent_add_up(cache: Path, photos: Path, beliefs: Beliefs) -> None:
    file, _ = solved(swedish, cache, photos)
    one = [item for item in file.trace.evidence if item.witness == "vlm:a" and item.kind == "opinion"]

    def sweden(evidence: Any, correlation: float) -> float:
        pairs = {f"vlm:{a} vlm:{b}": correlation for a, b in itertools.combinations(MINDS, 2)}
        table = beliefs.reliabilities.model_copy(update={"correlations": pairs})
        belief = Beliefs(beliefs.atlas, table).of(evidence)
        return float(belief.probability[beliefs.atlas.country == beliefs.atlas.countries.index("SE")].sum())

    opinions = [item for item in file.trace.evidence if item.kind == "opinion"]
    alone = sweden(one, 1)
    assert sweden(opinions, 1) == pytest.approx(alone, abs=1e-6)
    assert alone < sweden(opinions, 0.7) < sweden(opinions, 0)
    assert sweden(opinions, 0) > 0.95


def test_a_mind_that_fails_costs_its_own_opinion(cache: Path, photos: Path) -> None:
    def script(request: Request) -> Reply:
        return "nothing that can be read" if request["model"] == "b" else swedish(request)

    file, _ = solved(script, cache, photos)
    assert {item.witness for item in file.trace.evidence if item.kind == "opinion"} == {"vlm:a", "vlm:c"}
    assert "b failed, and its opinion does not count" in file.prediction.notes
    assert file.prediction.levels[0].name == "Sweden"


class Speechless:
    """A mind that answers nothing usable, and keeps whether it knew that the case was called off."""

    able = Capabilities(name="vlm")

    def __init__(self, name: str) -> None:
        self.witness, self.knew = f"vlm:{name}", False

    def propose(self, case: CaseView) -> tuple[Trace, Usage]:
        self.knew = is_called_off()
        raise UnusableAnswer("nothing usable", 1, 100, 10)


def test_each_looks_for_the_case_and_the_cost_of_all_counts_where_the_first_fails() -> None:
    minds = [Speechless(name) for name in MINDS]
    with called_off_when(lambda: True), pytest.raises(UnusableAnswer) as raised:
        Minds(cast(Any, minds)).propose(cast(Any, None))
    assert [mind.knew for mind in minds] == [True] * 3
    assert (raised.value.model_calls, raised.value.prompt_tokens, raised.value.completion_tokens) == (3, 300, 30)


def test_the_calibration_of_each_counts(cache: Path, photos: Path) -> None:
    """A mind that is known to be right as often whatever it says cannot outvote: it adds nothing."""
    shipped = load_reliabilities()
    deaf = [Calibration(witness=f"vlm:{mind}", level="*", shift=-4.0, slope=0.01, source="test") for mind in "bc"]
    table = shipped.model_copy(update={"calibrations": (*deaf, *shipped.calibrations)})
    without, _ = solved(swedish, cache, photos)
    file, _ = solved(swedish, cache, photos, table)
    assert file.prediction.levels[0].probability < without.prediction.levels[0].probability


def test_the_same_model_twice_is_refused(cache: Path) -> None:
    with ScriptedModel([swedish]) as model, pytest.raises(ConfigError, match="not each another model"):
        GeoAgent(Settings(vlm=model.url, model="a", minds=("a",), cache_dir=cache)).resources  # noqa: B018


def test_correlations_are_measured_where_enough_was_seen() -> None:
    def sample(n: int) -> list[Outcome]:
        right = n % 3 > 0
        return [Outcome("vlm:a", "country", 0.6, right), Outcome("vlm:b", "country", 0.6, right),
                Outcome("vlm:c", "country", 0.6, n % 2 > 0), Outcome("vlm:a", "city", 0.5, False)]  # fmt: skip

    found = fit_correlations(map(sample, range(60)))
    assert found["vlm:a vlm:b"] == pytest.approx((60 + 20 * 0.7) / 80, abs=1e-3)
    assert found["vlm:a vlm:c"] == pytest.approx(20 * 0.7 / 80, abs=0.02)
    assert fit_correlations(map(sample, range(10))) == {}
