"""Propose: the reasoner's first look, before it is shown what anyone else has found."""

import time

from geoagent.errors import ModelError, UnusableAnswer
from geoagent.nodes.services import Services
from geoagent.prediction import Usage
from geoagent.state import State, Trace
from geoagent.tools.tool import evidence_step


def propose(state: State, services: Services) -> State:
    """Add the reasoner's clues, opinion, candidates and remarks. Without its model the case goes on, marked degraded.

    An answer that is unusable leaves the model without an opinion; the loop may still get somewhere.
    """
    began = time.monotonic()
    try:
        added, usage = services.reasoner.propose(services.view(state))
    except UnusableAnswer as error:
        return {"usage": wasted(error), "notes": (str(error),), "next": "investigate"}
    except ModelError as error:
        return services.failed(state, error, time.monotonic() - began)
    notes = () if added.evidence or services.reasoner.name == "rules" else ("the model named no known place",)
    return {
        "trace": with_steps(added),
        "usage": usage,
        "notes": (*notes, *(step.statement for step in added.steps)),
        "next": "investigate",
    }


def with_steps(added: Trace) -> Trace:
    """What a reasoner added, with the link of the chain that each piece of its evidence is."""
    steps = tuple(evidence_step("propose", item) for item in added.evidence)
    return added.model_copy(update={"steps": (*steps, *added.steps)})


def wasted(error: UnusableAnswer) -> Usage:
    """What an unusable answer has cost."""
    return Usage(
        model_calls=error.model_calls,
        prompt_tokens=error.prompt_tokens,
        completion_tokens=error.completion_tokens,
    )
