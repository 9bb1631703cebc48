"""The node investigate: one turn of the loop in which the reasoner thinks, acts (calls a tool) and observes."""

import time
from collections.abc import Sequence

from geoagent.case.evidence import Claim, Clue, Evidence, Step, ToolCall, Turn
from geoagent.case.prediction import Usage
from geoagent.case.trace import State, Trace
from geoagent.errors import ModelError, UnusableAnswer
from geoagent.graph.budget import SPENT, used_up
from geoagent.graph.propose import transcribed
from geoagent.graph.resources import Resources
from geoagent.reasoners.reasoner import Finish, Revise, UseTool, wasted
from geoagent.tools.core.call import call_tool, evidence_step

ASKED_AGAIN = "noted. A check since leaves two countries close: look for what tells them apart, or conclude again"
"""Read only by a model that is asked once more."""


def investigate(state: State, resources: Resources) -> State:
    """The node for one turn of the loop: the reasoner decides, and the tool that it asks for is called.

    The reasoner may also revise its opinion, or conclude. Where it concludes, a budget is used up or the model fails,
    the case goes on to verify.
    """
    spent = used_up(state, resources.settings)
    if spent:
        return {"status": "out_of_budget", "notes": (f"nothing more was looked for: {SPENT[spent]}",), "next": "verify"}
    began = time.monotonic()
    try:
        decision, usage = resources.reasoner.decide(resources.view(state))
    except UnusableAnswer as error:
        return {**resources.failed(state, error, time.monotonic() - began), "usage": wasted(error)}
    except ModelError as error:
        return resources.failed(state, error, time.monotonic() - began)
    usage = usage + Usage(steps=1)
    if isinstance(decision, Finish):
        added = _conclusion(decision, state, resources.reasoner.witness)
    elif isinstance(decision, Revise):
        steps = tuple(evidence_step("investigate", item) for item in decision.addition.evidence)
        added = decision.addition.model_copy(update={"steps": steps})
    else:
        added = _observe(decision, state, resources)
    read = transcribed(decision.clues, state, resources)
    noted = "".join(f" [noted {clue.id}: {clue.value}]" for clue in decision.clues)
    noted += "".join(f" [evidence {item.id}: {item.statement}]" for item in read)
    told = "".join(turn.observation for turn in added.turns)
    noted += "".join(f" [clue {clue.id}: {clue.value}]" for clue in added.clues if clue.id not in told)
    brought = tuple(item.id for item in (*decision.clues, *added.clues, *added.evidence, *read))
    turns = tuple(
        turn.model_copy(update={"observation": turn.observation + noted, "brought": brought}) for turn in added.turns
    )
    return {
        "trace": _with_readings(added, decision.clues, read).model_copy(update={"turns": turns}),
        "usage": usage,
        "next": "verify" if isinstance(decision, Finish) else "investigate",
    }


def _with_readings(added: Trace, seen: Sequence[Clue], read: Sequence[Evidence]) -> Trace:
    """What a turn adds, with the clues that the model noticed and what the texts among them imply."""
    steps = tuple(evidence_step("investigate", item) for item in read)
    changes = {"clues": (*seen, *added.clues), "evidence": (*read, *added.evidence), "steps": (*steps, *added.steps)}
    return added.model_copy(update=changes)


def _observe(decision: UseTool, state: State, resources: Resources) -> Trace:
    added = call_tool(resources.tools_for(state), decision.tool, decision.arguments, resources.tool_context(state))
    call: ToolCall = added.calls[0]
    said = f"({call.status}) {call.text}" if call.status != "ok" else call.text
    evidence = "".join(f" [evidence {item.id}: {item.statement}]" for item in added.evidence)
    turn = Turn(
        thought=decision.thought,
        action=decision.tool,
        arguments=decision.arguments,
        observation=f"{said}{evidence} [call {call.id}]",
        views=tuple(view.number for view in added.views) or _seen_before(decision, state["trace"]),
    )
    return added.model_copy(update={"turns": (turn,)})


def _seen_before(decision: UseTool, trace: Trace) -> tuple[int, ...]:
    """The views that the same call made in an earlier turn: asked for again, they are shown again."""
    same = (turn.views for turn in trace.turns if (turn.action, turn.arguments) == (decision.tool, decision.arguments))
    return next(filter(None, same), ())


def _conclusion(decision: Finish, state: State, witness: str) -> Trace:
    steps = tuple(_claim(claim, state["trace"], witness) for claim in decision.claims)
    said = {"claims": [claim.statement for claim in decision.claims]}
    return Trace(steps=steps, turns=(Turn(thought="", action="conclude", arguments=said, observation=ASKED_AGAIN),))


def _claim(claim: Claim, trace: Trace, witness: str) -> Step:
    """A model's sentence as a link: what backs it is a call that answered, or what another witness saw or concluded.

    What the model itself saw, or noted by a call, is told as that: seen by it alone. Its opinion backs nothing.
    """
    held = trace.ids()
    cites = tuple(dict.fromkeys(i for i in claim.cites if i in held))
    noted = [item for item in trace.evidence if item.witness == witness and item.kind != "opinion"]
    own_calls = {item.call for item in noted}
    answered = {call.id for call in trace.calls if call.status == "ok"} - own_calls
    others = {item.id for item in trace.evidence if item.witness != witness}
    others |= {clue.id for clue in trace.clues if clue.witness != witness}
    seen = {clue.id for clue in trace.clues if clue.witness == witness} | {item.id for item in noted} | own_calls
    support = "cited" if set(cites) & (answered | others) else "seen" if set(cites) & seen else "unsupported"
    return Step.model_validate({
        "node": "investigate", "statement": f"the model says: {claim.statement}", "cites": cites, "support": support,
        "claim": claim.model_copy(update={"cites": ()}),
    })  # fmt: skip
