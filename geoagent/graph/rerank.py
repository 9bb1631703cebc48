"""Re-ranking: the model compares the photo with the leading places, each described, and orders them.

It does so several times, the places standing in another order each time: a model that goes by the order in which it is
told them contradicts itself. Where its rankings agree, their scores by Plackett and Luce's model are evidence in the
group of its opinion, and move the belief among these places alone. Where they do not, it abstains.
"""

import math
import random
import time

from geoagent.atlas import Atlas
from geoagent.atlas.surroundings import CLIMATES
from geoagent.belief import Belief
from geoagent.belief.ranking import agreement, plackett_luce
from geoagent.belief.readout import rank_divisions
from geoagent.case.evidence import Evidence
from geoagent.case.likelihood import Areas
from geoagent.case.prediction import Region, Usage
from geoagent.case.trace import State, Trace
from geoagent.errors import ModelError, UnusableAnswer
from geoagent.geo import distance_km
from geoagent.graph.resources import Resources
from geoagent.graph.second_look_at_clues import prevented
from geoagent.reasoners.reasoner import Ranks, wasted
from geoagent.tools.core.call import evidence_step

KIND = "ranking"
TIMES = 3
"""So many rankings are asked for."""
LEAST_AGREEMENT = 0.6
"""Of the mean τ of the rankings: three rankings of four places by chance agree so far about once in thirty times."""
LEAST_PROBABILITY = 0.01


def rerank(state: State, resources: Resources) -> State:
    """Let the model order the leading places; returns what that adds to the case, empty where it is not asked for."""
    reasoner, trace = resources.reasoner, state["trace"]
    done = any(item.kind == KIND for item in trace.evidence)
    if not resources.settings.rerank or done or not isinstance(reasoner, Ranks):
        return {}
    belief = resources.belief(state)
    leading = rank_divisions(belief, resources.settings.rerank)
    places = [place for place in leading if place.probability > LEAST_PROBABILITY]
    if len(places) < 2:
        return {}
    if why := prevented(state, resources):
        return {"notes": (f"the leading places were not compared again: {why}",)}
    told, rankings, usage = descriptions(places, belief), list[list[int]](), Usage()
    orders = _orders(len(places), trace)
    began = time.monotonic()
    for order in orders:
        try:
            said, spent = reasoner.rank(resources.view(state), [told[place] for place in order])
        except UnusableAnswer as error:
            usage += wasted(error)
            continue
        except ModelError as error:
            return {**resources.failed(state, error, time.monotonic() - began), "usage": usage}
        usage += spent
        rankings.append([order[place] for place in said])
    return {**_concluded(places, rankings, reasoner.witness), "usage": usage}


def _orders(count: int, trace: Trace) -> list[list[int]]:
    """The orders in which the places are told: some order, the reverse, and others; the same for the same case."""
    rng = random.Random(trace.evidence[0].id if trace.evidence else "")
    first = rng.sample(range(count), count)
    return [first, first[::-1], *(rng.sample(range(count), count) for _ in range(TIMES - 2))]


def _concluded(places: list[Region], rankings: list[list[int]], witness: str) -> State:
    """The rankings as evidence, or a note that says why there is none."""
    if len(rankings) < 2 or agreement(rankings) < LEAST_AGREEMENT:
        why = "its orders contradict each other" if len(rankings) >= 2 else "it gave no order that can be used"
        return {"notes": (f"the model compared {len(places)} places and abstains: {why}",)}
    worth = [math.exp(score) for score in plackett_luce(rankings, len(places))]
    held = sum(place.probability for place in places)
    mean = sum(w * place.probability for w, place in zip(worth, places, strict=True)) / held
    best = max(range(len(places)), key=worth.__getitem__)
    evidence = Evidence(
        kind=KIND, witness=witness, level="region", group=f"opinion:{witness}",
        statement=f"of {len(places)} places the model finds that {places[best].name} fits best",
        likelihood=Areas(
            weights={p.key: float(f"{w / mean:.4g}") for p, w in zip(places, worth, strict=True)}, elsewhere=1.0
        ),
    )  # fmt: skip
    return {"trace": Trace(evidence=(evidence,), steps=(evidence_step("verify", evidence),))}


def descriptions(places: list[Region], belief: Belief) -> list[str]:
    """Each place in words: its name, its climate, whether it is by the sea, and how far the others are."""
    atlas = belief.atlas
    rows = [int((belief.probability * atlas.rows(place.key)).argmax()) for place in places]
    return [
        f"{place.name}: {_surroundings(row, atlas)}; " + ", ".join(
            f"{distance_km(atlas.point(row), atlas.point(other)):.0f} km from {far.name}"
            for far, other in zip(places, rows, strict=True)
            if other != row
        )
        for place, row in zip(places, rows, strict=True)
    ]  # fmt: skip


def _surroundings(row: int, atlas: Atlas) -> str:
    """What is round the row that leads in a place."""
    climate = CLIMATES[atlas.climate[row]]
    kinds, settled = atlas.surroundings("settlement")
    told = [f"climate {climate}"] * bool(climate) + ["by the sea"] * bool(atlas.coastal[row])
    return ", ".join([*told, f"most probably near {atlas.name(row)} ({kinds[settled[row]]})"])
