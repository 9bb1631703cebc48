"""Ways in which an answer goes wrong, such as "overconfident", told by its trace's fields, never by its prose.

`FAILURES` lists them; docs/eval.md defines them in words.
"""

import json
from collections import Counter

from geoagent.case.trace import TraceFile

SURE = 0.8
"""From this probability on a wrong country was stated too boldly."""
FAILURES = {
    "premature": "committed at once, and wrong",
    "overconfident": f"wrong country at {SURE:g} or more",
    "hesitant": "right country, not stated",
    "own_word": "wrong country, on the model's word alone",
    "looped": "asked the same again",
    "tool_failed": "a tool failed",
    "unsupported": "argument holds what nothing supports",
    "phantom": "saw what a second look did not find",
}
"""The column of each, and how a table calls it."""


def failures(file: TraceFile, country_right: float | None) -> dict[str, float | None]:
    """For each kind of failure in `FAILURES` whether an answer shows it: 1.0, 0.0, or None where it cannot be told.

    `file` is the answer's trace. `country_right` is 1 where the most probable country is the true one, 0 where not,
    None where that is not known.
    """
    prediction, trace = file.prediction, file.trace
    country = prediction.levels[0] if prediction.levels else None
    wrong = None if country_right is None else country_right == 0 and bool(country and country.stated)
    checked = any(item.call for item in trace.evidence) or any(v.outcome == "confirmed" for v in trace.verdicts)
    may_ask = file.reasoner.is_perceived
    told: dict[str, bool | None] = {
        "premature": None if wrong is None or not may_ask else wrong and not checked,
        "overconfident": None if wrong is None or country is None else wrong and country.probability >= SURE,
        "hesitant": None if country_right is None else country_right == 1 and not (country and country.stated),
        "own_word": None if wrong is None else wrong and _is_own_word(file),
        "looped": repeated_requests(file) > 0 if may_ask else None,
        "tool_failed": any(call.status == "unavailable" for call in trace.calls) if trace.calls else None,
        "unsupported": any(step.support == "unsupported" for step in prediction.argument)
        if prediction.argument
        else None,
        "phantom": bool(trace.unconfirmed()) if trace.second_looks else None,
    }
    return {name: None if value is None else float(value) for name, value in told.items()}


def repeated_requests(file: TraceFile) -> int:
    """How many tool calls of a case repeated an earlier one: the same tool with the very same arguments.

    `file` is the trace of the case.
    """
    asked = Counter((turn.action, json.dumps(turn.arguments, sort_keys=True)) for turn in file.trace.turns)
    return sum(count - 1 for count in asked.values())


def _is_own_word(file: TraceFile) -> bool:
    """Whether all that speaks for the answer comes from a model, and none of it from a text, a tool or the person."""
    for_it = {shift.evidence for shift in file.prediction.influences if shift.odds_ratio > 1}
    witnesses = [item.witness for item in file.trace.evidence if item.id in for_it]
    return bool(witnesses) and all(witness.startswith("vlm") for witness in witnesses)
