"""Propose: the reasoner's first look, before it is shown what anyone else has found; then what a prior says."""

import time
from collections.abc import Sequence

from geoagent.belief import current
from geoagent.case.evidence import Clue, Evidence
from geoagent.case.prediction import Usage
from geoagent.case.trace import State, Trace
from geoagent.errors import ModelError, Refused, UnusableAnswer
from geoagent.graph.resources import Resources
from geoagent.reading.transcripts import read_transcripts
from geoagent.tools.ask_prior import NAME as ASK_PRIOR
from geoagent.tools.core.tool import call_tool, evidence_step


def propose(state: State, resources: Resources) -> State:
    """Add the reasoner's clues, opinion, candidates and remarks, and what the prior says of each photo, if one is set.

    If the model server fails the case goes on, marked degraded. If the model's answer is unusable the model has no
    opinion, and the loop goes on. If the prior cannot be asked, a note says so.
    """
    looked = _first_look(state, resources)
    asked, notes = _ask_prior(state, resources)
    own = looked.get("trace", Trace())
    joined = {name: getattr(own, name) + getattr(asked, name) for name in ("calls", "evidence", "steps")}
    trace = own.model_copy(update=joined)
    return {**looked, "trace": trace, "notes": (*looked.get("notes", ()), *notes)}


def _first_look(state: State, resources: Resources) -> State:
    began = time.monotonic()
    try:
        added, usage = resources.reasoner.propose(resources.view(state))
    except Refused as error:  # it would refuse every further question about the photo as well
        return {**resources.failed(state, error, time.monotonic() - began), "usage": wasted(error)}
    except UnusableAnswer as error:
        return {"usage": wasted(error), "notes": (str(error),), "next": "investigate"}
    except ModelError as error:
        return resources.failed(state, error, time.monotonic() - began)
    own = any(item.witness == resources.reasoner.witness for item in added.evidence)
    has_nothing = resources.reasoner.able.can_be_asked_again and not own
    notes = ("the model named no known place",) if has_nothing else ()
    read = transcribed(added.clues, state, resources)
    return {
        "trace": with_steps(added.model_copy(update={"evidence": (*added.evidence, *read)})),
        "usage": usage,
        "notes": (*notes, *(step.statement for step in added.steps)),
        "next": "investigate",
    }


def _ask_prior(state: State, resources: Resources) -> tuple[Trace, tuple[str, ...]]:
    """What the prior says of each photo, as calls of its tool, and what is to be told of that."""
    if ASK_PRIOR not in resources.tools:
        return Trace(), ()
    context = resources.tool_context(state)
    asked = [
        call_tool(resources.tools, ASK_PRIOR, {"view": number}, context)
        for number in range(1, len(state["photos"]) + 1)
    ]
    failed = [call.text for added in asked for call in added.calls if call.status != "ok"]
    evidence = tuple(item for added in asked for item in added.evidence)
    steps = tuple(step.replace(node="propose") for added in asked for step in added.steps)
    calls = tuple(call for added in asked for call in added.calls)
    notes = [f"solved without the prior: {text}" for text in dict.fromkeys(failed)]
    row = resources.beliefs.reliabilities.row(evidence[0].witness, evidence[0].kind, "country") if evidence else None
    if row is not None and row.fitted is None:
        notes.append(f"what {evidence[0].witness.partition(':')[2]} says is weighed by judgement, not fitted to photos")
    return Trace(calls=calls, evidence=evidence, steps=steps), tuple(notes)


def transcribed(seen: Sequence[Clue], state: State, resources: Resources) -> list[Evidence]:
    """What the texts imply that a model has read in the photos."""
    trace = state["trace"]
    return read_transcripts(seen, trace, current(trace.evidence), state["photos"], resources.beliefs.atlas)


def with_steps(added: Trace) -> Trace:
    """What a reasoner added, with a step for each piece of its evidence."""
    steps = tuple(evidence_step("propose", item) for item in added.evidence)
    return added.model_copy(update={"steps": (*steps, *added.steps)})


def wasted(error: UnusableAnswer) -> Usage:
    """What an unusable answer has cost."""
    return Usage(
        model_calls=error.model_calls,
        prompt_tokens=error.prompt_tokens,
        completion_tokens=error.completion_tokens,
        dollars=error.dollars,
    )
