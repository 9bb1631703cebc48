"""The state that the nodes of the graph share, the trace in it that holds all records, and the function that merges
traces.
"""

import operator
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, TypedDict, TypeVar

from pydantic import Field

from geoagent.case.evidence import (
    Candidate,
    Clue,
    Evidence,
    Id,
    Noun,
    SecondLook,
    Spot,
    Step,
    ToolCall,
    Turn,
    Verdict,
    superseded,
)
from geoagent.case.prediction import Failure, Prediction, Status, Usage
from geoagent.case.views import Frozen, PhotoRef, View
from geoagent.errors import TraceError

N = TypeVar("N", bound=Noun)
TRACE_VERSION: Literal["2"] = "2"


class Trace(Frozen):
    """The records of one case, each kind in the order in which they came: views, clues, tool calls, evidence, spots,
    candidates, verdicts, second looks, steps, and the turns of the model. It only grows.

    `prompts` holds the SHA-256 of each prompt template that was used, by its name.
    """

    views: tuple[View, ...] = ()
    clues: tuple[Clue, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    spots: tuple[Spot, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    second_looks: tuple[SecondLook, ...] = ()
    steps: tuple[Step, ...] = ()
    turns: tuple[Turn, ...] = ()
    prompts: dict[str, str] = Field(default_factory=dict)

    def ids(self) -> set[Id]:
        """The ids of all records that a `Step` may cite: all that have an id but the steps themselves."""
        nouns: Iterable[Noun] = (*self.clues, *self.calls, *self.evidence, *self.spots, *self.candidates)
        return {noun.id for noun in (*nouns, *self.verdicts, *self.second_looks)}

    def unconfirmed(self) -> set[Id]:
        """The ids of the clues whose second look found something else, or nothing."""
        return {look.clue for look in self.second_looks if look.outcome != "confirmed"}


def extend(trace: Trace, added: Trace) -> Trace:
    """One trace with the records of `trace`, then those of `added` that it did not hold yet.

    This is how the graph adds to its state what a node returns. Raises TraceError where a record cites an id that
    neither trace holds.
    """
    merged = Trace.model_construct(  # of records that were validated when they were made
        views=_union_of_views(trace.views, added.views),
        clues=_union(trace.clues, added.clues),
        calls=_union(trace.calls, added.calls),
        evidence=_union(trace.evidence, added.evidence),
        spots=_union(trace.spots, added.spots),
        candidates=_union(trace.candidates, added.candidates),
        verdicts=_union(trace.verdicts, added.verdicts),
        second_looks=_union(trace.second_looks, added.second_looks),
        steps=_union(trace.steps, added.steps),
        turns=trace.turns + added.turns,
        prompts={**trace.prompts, **added.prompts},
    )
    check(merged)
    return merged


def check(trace: Trace) -> None:
    """Raise TraceError unless every id that the trace cites is an id that it holds."""
    held = trace.ids()
    cited: list[tuple[str, Iterable[Id | None]]] = [
        *((f"evidence {e.id}", (*e.clues, e.call, *superseded(e), *e.seen)) for e in trace.evidence),
        *((f"spot {c.id}", (c.evidence,)) for c in trace.spots),
        *((f"candidate {c.id}", c.evidence) for c in trace.candidates),
        *((f"verdict {v.id}", _cited_by_verdict(v)) for v in trace.verdicts),
        *((f"second look {look.id}", (look.clue,)) for look in trace.second_looks),
        *((f"step {s.id}", (*s.cites, s.renders)) for s in trace.steps),
    ]
    for name, ids in cited:
        dangling = [i for i in ids if i is not None and i not in held]
        if dangling:
            raise TraceError(f"{name} cites {', '.join(dangling)}, which the trace does not hold")


def _cited_by_verdict(verdict: Verdict) -> tuple[Id | None, ...]:
    leanings = (leaning.evidence for leaning in verdict.leanings)
    return (verdict.candidate, verdict.rival, *verdict.supporting, *verdict.opposing, *leanings)


def _union(old: tuple[N, ...], new: tuple[N, ...]) -> tuple[N, ...]:
    held = {noun.id for noun in old}
    fresh = {noun.id: noun for noun in new if noun.id not in held}
    return old + tuple(fresh.values())


def _union_of_views(old: tuple[View, ...], new: tuple[View, ...]) -> tuple[View, ...]:
    numbers = {view.number for view in old}
    return old + tuple(view for view in new if view.number not in numbers)


def _joined(old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    return (*old, *new)  # a checkpoint gives tuples back as lists


class State(TypedDict, total=False):
    """What the nodes of the graph share: each node takes it, and returns only what it adds.

    Pictures are held by reference, and the belief is not held at all: it is computed from the evidence. `reopened` says
    that verification has sent the case back to the loop once; `next` names the node to go to.
    """

    photos: tuple[PhotoRef, ...]
    hint: str
    texts: tuple[str, ...]
    trace: Annotated[Trace, extend]
    usage: Annotated[Usage, operator.add]
    notes: Annotated[tuple[str, ...], _joined]
    status: Status
    failure: Failure
    reopened: bool
    next: Literal["investigate", "verify", "conclude"]
    prediction: Prediction


Disclosure = Literal["exact", "city", "country"]


class Capabilities(Frozen):
    """What a reasoner can do and how its word counts. A trace keeps this, since it says how the answer came about.

    - `can_be_asked_again`: it is a model, which has an opinion, answers questions, and may say more at another turn.
    - `at_its_word`: what it says is believed as it says it, whatever the reliabilities are.
    - `is_perceived`: the text of the photo, its metadata and the hint are on record before it looks.
    """

    name: str
    can_be_asked_again: bool = False
    at_its_word: bool = False
    is_perceived: bool = True


class TraceFile(Frozen):
    """A finished run as it is saved in a file: the photos and settings that went in, everything that happened, and the
    answer.

    - `geoagent` is the version of the program that made it.
    - `disclosure` is how finely the file tells the place; unless that is "exact", no photo may be shown with it.
    - `reasoner` says who reasoned, and `made_with` which atlas and which reliabilities the belief was computed with.
    - `sha256` is the SHA-256, in hexadecimal digits, of the file without this field: as JSON in UTF-8 with sorted keys,
      without spaces, and with no more escaped than JSON demands. It is filled in when the file is written, and checked
      when the file is read.
    """

    schema_version: Literal["2"] = TRACE_VERSION
    geoagent: str
    photos: tuple[PhotoRef, ...]
    hint: str
    settings: dict[str, str | int | float | bool | None]
    disclosure: Disclosure = "exact"
    reasoner: Capabilities
    made_with: dict[str, str] = Field(default_factory=dict)
    trace: Trace
    prediction: Prediction
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
