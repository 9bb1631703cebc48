"""The node propose: the reasoner's first look, before it is shown what anyone else has found; then what learned priors
say.
"""

import time
from collections.abc import Sequence

from geoagent.belief import current
from geoagent.case.evidence import Clue, Evidence, ToolCall
from geoagent.case.trace import State, Trace
from geoagent.errors import ModelError, Refused, UnusableAnswer
from geoagent.graph.resources import Resources
from geoagent.reading.transcripts import read_transcripts
from geoagent.reading.written_coordinates import without_stamps
from geoagent.reasoners.reasoner import wasted
from geoagent.tools.ask_prior import NAME as ASK_PRIOR
from geoagent.tools.core.call import call_tool, evidence_step


def propose(state: State, resources: Resources) -> State:
    """The node for the reasoner's first look: it adds the reasoner's clues, opinion, candidates and remarks, and what
    the learned priors say of each photo.

    If the model server fails the case goes on, marked degraded. If the model's answer is unusable the model has no
    opinion, and the loop goes on. If a prior cannot be asked, a note says so.
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
        return {**resources.failed(state, error, time.monotonic() - began), "usage": wasted(error)}
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
    """What the priors say of each photo, as calls of their tool, and what is to be told of that."""
    if ASK_PRIOR not in resources.tools:
        return Trace(), ()
    context = resources.tool_context(state)
    asked = [
        call_tool(resources.tools, ASK_PRIOR, {"view": number}, context)
        for number in range(1, len(state["photos"]) + 1)
    ]
    calls = tuple(call for added in asked for call in added.calls)
    evidence = tuple(item for added in asked for item in added.evidence)
    steps = tuple(step.replace(node="propose") for added in asked for step in added.steps)
    failed = [fault for call in calls for fault in _unavailable(call)]
    which = "the prior" if not evidence else "one of the priors"
    notes = [f"solved without {which}: {fault}" for fault in dict.fromkeys(failed)]
    for item in {item.witness: item for item in evidence}.values():
        row = resources.beliefs.reliabilities.row(item.witness, item.kind, "country")
        if row is None or row.fitted is None:
            notes.append(f"what {item.witness.partition(':')[2]} says is weighed by judgement, not fitted to photos")
    return Trace(calls=calls, evidence=evidence, steps=steps), tuple(notes)


def _unavailable(call: ToolCall) -> list[str]:
    """Why a prior could not be asked: what the call says, or its data where another prior answered."""
    return [call.text] if call.status != "ok" else list(call.data["unavailable"])


def transcribed(seen: Sequence[Clue], state: State, resources: Resources) -> list[Evidence]:
    """The evidence that follows from texts which a model has read in the photos.

    `seen` are the clues that the model has just noticed; those that are no texts give nothing.
    """
    trace = state["trace"]
    found = read_transcripts(seen, trace, current(trace.evidence), state["photos"], resources.beliefs.atlas)
    return without_stamps(found, resources.settings.no_shortcuts)


def with_steps(added: Trace) -> Trace:
    """What a reasoner adds to the trace, with a step (a sentence of the log) for each piece of its evidence before its
    own steps.
    """
    steps = tuple(evidence_step("propose", item) for item in added.evidence)
    return added.model_copy(update={"steps": (*steps, *added.steps)})
