"""Traces of schema version 1, brought into the fields of version 2: what version 1 said in sentences or by position.

Nothing else in geoagent reads these sentences. A record that gets a field gets another id, and so does every record
that cites it.
"""

from typing import Any

from geoagent.case.evidence import Step
from geoagent.case.trace import TRACE_VERSION, Capabilities, Trace, TraceFile
from geoagent.graph.keyless_record import rebuilt

REASONERS = {
    "rules": Capabilities(name="rules"),
    "vlm": Capabilities(name="vlm", can_be_asked_again=True),
    "direct": Capabilities(name="direct", at_its_word=True, is_perceived=False),
    "prior": Capabilities(name="prior", is_perceived=False),
}
CORRECTION = "correction: "
UNUSABLE = "the model's answer was unusable"
"""So began the note on a model whose answers stayed unusable."""


def is_version_1(data: Any) -> bool:
    """Whether JSON data look like a trace of schema version 1; they need not have been checked before."""
    return (
        isinstance(data, dict)
        and data.get("schema_version") == "1"
        and isinstance(data.get("trace"), dict)
        and isinstance(data.get("prediction"), dict)
    )


def renamed_fields(data: dict[str, Any]) -> dict[str, Any]:
    """The JSON data of a version 1 trace with the field names of version 2 (`cases` become `spots`).

    They also get the field `reasoner`, which says what their reasoner was able to do. `with_facts` does the rest once
    they are a `TraceFile`.
    """
    trace = {"spots" if name == "cases" else name: value for name, value in data["trace"].items()}
    name = str(data["prediction"].get("reasoner"))
    able = Capabilities(name=name) if data.get("disclosure", "exact") != "exact" else REASONERS.get(name)
    reasoner = (able or Capabilities(name=name)).model_dump(mode="json")
    return {"reasoner": reasoner, **data, "schema_version": TRACE_VERSION, "trace": trace}


def with_facts(file: TraceFile) -> TraceFile:
    """A trace that was read from version 1, with what that version said in sentences filled in as fields."""
    trace, renamed = rebuilt(file.trace, _told_in_fields(file.trace))
    told = file.prediction
    verdicts = {verdict.id: verdict for verdict in trace.verdicts}
    unusable = any(note.startswith(UNUSABLE) for note in told.notes)
    changes = {
        "chain": trace.steps if told.chain == file.trace.steps else told.chain,
        "verdicts": tuple(verdicts.get(renamed.get(verdict.id, ""), verdict) for verdict in told.verdicts),
        "influences": tuple(
            shift.model_copy(update={"evidence": renamed.get(shift.evidence, shift.evidence)})
            for shift in told.influences
        ),
        "failure": ("answer" if unusable else "server") if told.status == "degraded" else None,
    }
    return file.model_copy(update={"trace": trace, "prediction": told.model_copy(update=changes)})


def _told_in_fields(trace: Trace) -> dict[str, Any]:
    data = trace.model_dump(mode="json", exclude={"views"})
    for clue in data["clues"]:
        if clue["kind"] == "hint" and clue["value"].startswith(CORRECTION):
            clue |= {"kind": "correction", "value": clue["value"].removeprefix(CORRECTION) or CORRECTION.strip()}
    for step, noun in zip(data["steps"], trace.steps, strict=True):
        step["renders"] = noun.renders or _rendered(noun, trace)
    return data


def _rendered(step: Step, trace: Trace) -> str | None:
    """The record that a step puts into words: it was the first that the step cites."""
    if step.support != "record" or not step.cites:
        return None
    evidence = set[str]() if step.node == "verify" else {item.id for item in trace.evidence}
    records = {call.id for call in trace.calls} | {verdict.id for verdict in trace.verdicts} | evidence
    return step.cites[0] if step.cites[0] in records else None
