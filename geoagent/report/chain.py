"""The log of an answer (its chain of steps) as a report shows it, each step with what it rests on."""

from collections.abc import Mapping
from typing import NamedTuple

from geoagent.case.evidence import Step
from geoagent.case.trace import TraceFile


class Citation(NamedTuple):
    """What a sentence of a report rests on.

    `kind` is "clue", "step" (an earlier step of the log), "tool" (its result) or "candidate" (a tested place). `mark`
    is its number, letter or name, `target` its anchor on the page, `title` the words that tell what it is.
    """

    kind: str
    mark: str
    target: str
    title: str


class LogStep(NamedTuple):
    """A step of the log as a report shows it, numbered from 1.

    `odds` is the odds ratio of the evidence that it tells, in words, or "". `citations` are the marks of what it rests
    on; `clues` are the ids of all clues behind it.
    """

    number: int
    step: Step
    odds: str
    citations: list[Citation]
    clues: list[str]


def chain(file: TraceFile, marks: Mapping[str, Citation]) -> list[LogStep]:
    """The steps of an answer's log, each with what it rests on.

    `file` is the answer's trace. `marks` has the number or letter of each clue, tool call and candidate by its id.
    """
    odds = {item.evidence: item.odds_ratio for item in file.prediction.influences}
    evidence = {item.id: item for item in file.trace.evidence}
    own = owners(file)
    steps = {i: Citation("step", str(n), f"step-{n}", evidence[i].statement) for i, n in own.items()}
    links = []
    for number, step in enumerate(file.prediction.chain, 1):
        cited = list(step.cites)
        for i in step.cites:
            if i in evidence and own.get(i, number) == number:
                call = evidence[i].call
                cited += [*evidence[i].clues, *([call] if call else [])]
        found = [marks.get(i) or steps.get(i) for i in cited if own.get(i) != number]
        lit = [i for i in cited if i in marks and marks[i].kind == "clue"]
        lit += [clue for i in cited if i in evidence for clue in evidence[i].clues]
        moved = step.renders if step.renders in odds and own.get(step.renders) == number else None
        ratio = f"odds ×{odds[moved]:.3g}" if moved else ""
        links.append(LogStep(number, step, ratio, list(dict.fromkeys(filter(None, found))), list(dict.fromkeys(lit))))
    return links


def owners(file: TraceFile) -> dict[str, int]:
    """Which step of the log tells each piece of evidence: the step's number by the evidence's id.

    `file` is the answer's trace. Evidence that no step tells is not in it.
    """
    evidence = {item.id for item in file.trace.evidence}
    found: dict[str, int] = {}
    for number, step in enumerate(file.prediction.chain, 1):
        if step.renders in evidence:
            found.setdefault(step.renders, number)
    return found
