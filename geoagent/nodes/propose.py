"""Propose: the reasoner's first look, before it is shown what anyone else has found."""

from geoagent.errors import ModelError
from geoagent.nodes.services import Services
from geoagent.state import State
from geoagent.tools.tool import evidence_step


def propose(state: State, services: Services) -> State:
    """Add the reasoner's clues, opinion and candidates. Without its model the case goes on, marked degraded."""
    try:
        added, usage = services.reasoner.propose(services.view(state))
    except ModelError as error:
        return {"status": "degraded", "notes": (str(error),), "next": "verify"}
    steps = tuple(evidence_step("propose", item) for item in added.evidence)
    notes = () if added.evidence or services.reasoner.name == "rules" else ("the model named no known place",)
    return {
        "trace": added.model_copy(update={"steps": steps}),
        "usage": usage,
        "notes": notes,
        "next": "investigate",
    }
