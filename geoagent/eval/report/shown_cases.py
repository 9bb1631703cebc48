"""Samples as a report on runs shows them: photo, true place, answer, tested candidates and chain of reasoning."""

from collections.abc import Sequence
from typing import NamedTuple

from geoagent.belief import Beliefs
from geoagent.case.trace import TraceFile
from geoagent.eval.metrics.figures import COARSE
from geoagent.eval.metrics.judged import number
from geoagent.eval.report.cases import Case, Run, answer_name, truth_name
from geoagent.eval.report.number_format import signed
from geoagent.eval.report.paired import Differing
from geoagent.eval.report.thumbnails import thumbnail
from geoagent.plain_text import distance
from geoagent.report.argument import weight_in_words
from geoagent.report.terminal import shorten

WORST = 12
DIFFERING = 16
LINKS = 24


class ShownSentence(NamedTuple):
    """A sentence of an answer's argument as a report shows it.

    `support` says what stands behind it ("record", "cited", "seen", "unsupported"); `odds` is the weight of the
    evidence that it tells, in words, or "".
    """

    text: str
    support: str
    odds: str


class ShownVerdict(NamedTuple):
    """The outcome of testing one candidate place, as a report shows it."""

    place: str
    outcome: str


class ShownAnswer(NamedTuple):
    """What one run answered about one sample, as a report shows it: all in words that can be printed.

    `run` is the run's place, `outcome` a class of the style sheet, and `verdict` says whether the country is right.
    `bits` is what the photo told over the prior. `verdicts` are the tested candidates. `unshown` is how many sentences
    are cut off.
    """

    run: int
    title: str
    outcome: str
    verdict: str
    answer: str
    distance: str
    bits: str
    verdicts: list[ShownVerdict]
    chain: list[ShownSentence]
    unshown: int
    notes: list[str]


class ShownSample(NamedTuple):
    """A sample as a report shows it, with the answers of one run, or of two that are compared.

    `photo` is a small copy as a data address, or None; `has_photo` says whether the sample names a photo. `reason` says
    what spoke against the truth, or is "".
    """

    id: str
    truth: str
    question: str
    has_photo: bool
    photo: str | None
    answers: list[ShownAnswer]
    reason: str


def in_order(run: Run) -> list[Case]:
    """The cases of a run whose country or place is wrong, the worst first.

    Worst are those in which the photo cost most bits; among cases without bits those without a point, then the farthest
    off.
    """
    missed = [case for case in run.cases.values() if not case.right or number(case.row, "in_place") == 0]
    return sorted(missed, key=_order)


def worst(run: Run, place: int, beliefs: Beliefs) -> list[ShownSample]:
    """The 12 worst cases of a run, as a report shows them; `in_order` says which are worst.

    `place` is the run's place in the report, counted from 0. `beliefs` have the atlas that names come from.
    """
    return [_shown(case, [_answer(case, run, place, beliefs)], "", beliefs) for case in in_order(run)[:WORST]]


def differing(a: Run, b: Run, b_place: int, cases: Sequence[Differing], beliefs: Beliefs) -> list[ShownSample]:
    """The samples of which just one of the runs `a` and `b` has the country right, as a report shows them, at most 16.

    Those whose answers differ most in distance come first. `b_place` is the place of `b` in the report, `cases` are
    what the comparison of both found. `beliefs` have the atlas that names come from.
    """

    def apart(case: Differing) -> float:
        return -abs((number(case.a.row, "distance_km") or 0) - (number(case.b.row, "distance_km") or 0))

    return [
        _shown(case.a, [_answer(case.a, a, 0, beliefs), _answer(case.b, b, b_place, beliefs)], case.reason, beliefs)
        for case in sorted(cases, key=apart)[:DIFFERING]
    ]


def _order(case: Case) -> tuple[float, float, str]:
    bits = number(case.row, "bits")
    d_km = number(case.row, "distance_km")
    return (0.0 if bits is None else bits, -(d_km if d_km is not None else 1e9), case.sample.id)


def _shown(case: Case, answers: list[ShownAnswer], reason: str, beliefs: Beliefs) -> ShownSample:
    sample, trace = case.sample, case.result.trace
    picture = thumbnail(sample, {ref.id for ref in trace.photos} if trace else set())
    return ShownSample(
        sample.id, truth_name(case, beliefs), sample.question, bool(sample.images), picture, answers, reason
    )


def _answer(case: Case, run: Run, place: int, beliefs: Beliefs) -> ShownAnswer:
    bits, file = number(case.row, "bits"), case.result.trace
    chain = links(file) if file else []
    outcome, verdict = _outcome(case)
    notes = list(file.prediction.notes) if file else []
    return ShownAnswer(
        run=place,
        title=run.title,
        outcome=outcome,
        verdict=verdict,
        answer=answer_name(case, beliefs.atlas),
        distance=off(case),
        bits="" if bits is None else f"{signed(bits)} bits",
        verdicts=_verdicts(file) if file else [],
        chain=chain[:LINKS],
        unshown=max(0, len(chain) - LINKS),
        notes=[case.result.fault] if case.result.fault else notes,
    )


def off(case: Case) -> str:
    """In words, how far the answered point lies from the true one, or from a true area's centre; "" if not known."""
    d_km = number(case.row, "distance_km")
    if d_km is None:
        return ""
    return f"{distance(d_km)} {'from its centre' if case.sample.granularity in COARSE else 'off'}"


def _outcome(case: Case) -> tuple[str, str]:
    """Whether the country is right, as a class for the style sheet and in words; an abstention is told apart."""
    if case.point is None and case.answer is None:
        return "wrong", "✗ no answer"
    if case.right is None:
        return "open", "country unknown"
    outcome = "right" if case.right else "wrong"
    if case.row.get("country_outcome") == "abstained":
        return "open", f"○ not stated, leading country {outcome}"
    return outcome, f"{'✓' if case.right else '✗'} country {outcome}"


def _verdicts(file: TraceFile) -> list[ShownVerdict]:
    places = {candidate.id: str(candidate.place) for candidate in file.trace.candidates}
    return [ShownVerdict(places.get(v.candidate, "?"), v.outcome) for v in file.prediction.verdicts]


def links(file: TraceFile) -> list[ShownSentence]:
    """The sentences of an answer's argument as a report shows them.

    `file` is the answer's trace. An answer from before there were arguments has the steps of its log instead, cut to
    two lines each.
    """
    if file.prediction.argument:
        return [ShownSentence(step.statement, step.support, weight_in_words(step)) for step in file.prediction.argument]
    odds = {influence.evidence: influence.odds_ratio for influence in file.prediction.influences}
    found = []
    for step in file.prediction.chain:
        ratio = f"odds ×{odds[step.renders]:.3g}" if step.renders in odds else ""
        found.append(ShownSentence(shorten(step), step.support, ratio))
    return found
