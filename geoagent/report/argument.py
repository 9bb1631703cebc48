"""The argument of an answer as a report shows it: each sentence with the clues, steps and tools that it rests on."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from geoagent.case.evidence import ArgumentStep
from geoagent.case.summary import ORDER, Weight, lightness, weight_of
from geoagent.case.trace import TraceFile
from geoagent.report.chain import Citation, owners

BEHIND = {
    "record": "",
    "cited": "the model’s words, citing a record",
    "seen": "seen by the model; no other witness",
    "unsupported": "the model’s word; nothing recorded supports it",
}
"""What stands behind a sentence, in words."""


class Reason(NamedTuple):
    """One sentence of an argument as a report shows it, numbered from 1.

    `citations` are the marks of what it rests on; `clues` are the ids of all clues behind it.
    """

    number: int
    step: ArgumentStep
    citations: list[Citation]
    clues: list[str]

    @property
    def counts(self) -> str:
        """How much the sentence counts, in words: "strong", "against, slight"; "" where it has no weight."""
        return weight_in_words(self.step)


def weight_in_words(step: ArgumentStep) -> str:
    """How much a sentence of an argument counts, and whether it speaks against the answer: "strong", "against, slight".

    "" where it has no weight.
    """
    against = "against" if step.stance == "against" and step.kind != "conclusion" else ""
    return ", ".join(filter(None, (against, step.weight)))


def argument(file: TraceFile, marks: Mapping[str, Citation]) -> list[Reason]:
    """The sentences of an answer's argument, each with what it rests on.

    `file` is the answer's trace. `marks` has the number or letter of each clue, tool call and candidate by its id;
    evidence is cited by the step of the log that tells it.
    """
    evidence = {item.id: item for item in file.trace.evidence}
    own = owners(file)
    log = {i: Citation("step", str(n), f"step-{n}", evidence[i].statement) for i, n in own.items()}
    found = []
    for number, step in enumerate(file.prediction.argument, 1):
        cited = [marks.get(i) or log.get(i) for i in step.cites]
        clues = [i for i in step.cites if i in marks and marks[i].kind == "clue"]
        clues += [clue for i in step.cites if i in evidence for clue in evidence[i].clues]
        found.append(
            Reason(number, step, sorted(dict.fromkeys(filter(None, cited)), key=_place), list(dict.fromkeys(clues)))
        )
    return found


def _place(cited: Citation) -> tuple[bool, int]:
    """Where a citation stands in a row: clues after the rest, by their numbers."""
    return cited.kind == "clue", int(cited.mark) if cited.mark.isdigit() else 0


def by_weight(reasons: Sequence[Reason]) -> dict[Weight, list[Reason]]:
    """The sentences of an argument grouped by weight, the heaviest first; those that only conclude are left out."""
    groups: dict[Weight, list[Reason]] = {weight: [] for weight in ORDER}
    for reason in sorted(reasons, key=lambda reason: lightness(reason.step)):
        if reason.step.kind != "conclusion":
            groups[weight_of(reason.step)].append(reason)
    return groups
