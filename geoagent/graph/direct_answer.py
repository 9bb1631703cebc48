"""The node glance: an answer from a reasoner's first look alone, without perception, tools and tests."""

import time

from geoagent.case.prediction import Usage
from geoagent.case.trace import State, Trace, extend
from geoagent.case.views import View
from geoagent.graph.conclude import conclude
from geoagent.graph.keyless_record import recorded
from geoagent.graph.propose import with_steps
from geoagent.graph.resources import Resources


def glance(state: State, resources: Resources) -> State:
    """The only node of the baselines `direct` and `prior`: the photos become views, the reasoner looks once, and the
    belief is read out.

    Raises ModelError where the server behind the reasoner fails, or its answer cannot be used.
    """
    began = time.monotonic()
    case = opened(state)
    said, usage = resources.reasoner.propose(resources.view(case))
    added = recorded({"trace": with_steps(said)}, resources.gate.secrets)["trace"]
    case["trace"] = extend(case["trace"], added)
    case["notes"] = (*case["notes"], *(step.statement for step in added.steps if step.renders is None))
    case["usage"] = usage + Usage(seconds=round(time.monotonic() - began, 3))
    return {**case, **conclude(case, resources)}


def opened(state: State) -> State:
    """The state of a case at its beginning: a view for each photo, and no other record."""
    refs = enumerate(state["photos"])
    views = tuple(View(number=i + 1, photo=i, width=ref.width, height=ref.height) for i, ref in refs)
    return {**state, "trace": Trace(views=views)}
