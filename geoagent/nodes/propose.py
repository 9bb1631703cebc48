"""Propose: the reasoner's first look, before it is shown what anyone else has found."""

import time

from geoagent.errors import ModelError, UnusableAnswer
from geoagent.nodes.services import Services
from geoagent.prediction import Usage
from geoagent.state import State
from geoagent.tools.tool import evidence_step


def propose(state: State, services: Services) -> State:
    """Add the reasoner's clues, opinion and candidates. Without its model the case goes on, marked degraded.

    An answer that is unusable leaves the model without an opinion; the loop may still get somewhere.
    """
    began = time.monotonic()
    try:
        added, usage = services.reasoner.propose(services.view(state))
    except UnusableAnswer as error:
        return {"usage": wasted(error), "notes": (str(error),), "next": "investigate"}
    except ModelError as error:
        return services.failed(state, error, time.monotonic() - began)
    steps = tuple(evidence_step("propose", item) for item in added.evidence)
    notes = () if added.evidence or services.reasoner.name == "rules" else ("the model named no known place",)
    return {
        "trace": added.model_copy(update={"steps": steps}),
        "usage": usage,
        "notes": notes,
        "next": "investigate",
    }


def wasted(error: UnusableAnswer) -> Usage:
    """What an unusable answer has cost."""
    return Usage(
        model_calls=error.model_calls,
        prompt_tokens=error.prompt_tokens,
        completion_tokens=error.completion_tokens,
    )
