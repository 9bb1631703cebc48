"""The argument for an answer: up to 12 sentences from coarse to fine, each with what it rests on and its weight.

It is composed here alone, for every reasoner: from what the evidence tells between the leader of each level and its
strongest rival, from what a model has seen and why it named its places, and from the sentences of its conclusion. Each
of these is checked against the records that it cites; what fails is told as the model's word.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from geoagent.belief import Belief
from geoagent.belief.leader_and_rival import Contest, Leans, Place, contests, speaks_at
from geoagent.belief.questions import Question
from geoagent.belief.readout import Shift
from geoagent.case.evidence import LEVELS, ArgumentStep, Candidate, Claim, Clue, Evidence, Id, LevelName, Support
from geoagent.case.likelihood import Alternatives
from geoagent.case.prediction import Level
from geoagent.case.summary import SURE
from geoagent.case.trace import Trace
from geoagent.geo import distance_km
from geoagent.graph.argument_check import CheckedClaim, checked_claims, cleaned
from geoagent.graph.evidence_sentences import LONGEST, Target, excludes, fitting, sentence, shown
from geoagent.plain_text import fold, joined, with_article

MOST = 12
TELLING, BARELY = math.log(1.5), math.log(1.1)
"""The log odds from which on evidence is told, and from which on where there is little else."""
LITTLE = 3
FOR_LEVEL, AGAINST_LEVEL, REASONS, TEXTS, SEEN, FELL = 4, 1, 2, 3, 3, 2
FALLEN, OUT = math.log(3.0), math.log(10.0)
"""The log odds from which on a rival is said to be less likely, and from which on not to be it."""
NEIGHBOUR_KM = 40.0
"""Two towns no farther apart are one place to a reader: that the one is not the other needs no reason."""
ENOUGH = 3
"""With so many sentences of a model's conclusion only what is decisive where it says nothing is told beside them."""
WEIGHTS = ((math.log(100), "decisive"), (math.log(10), "strong"), (math.log(3), "moderate"), (0.0, "slight"))
ORDER = ("observation", "knowledge", "check", "elimination", "conclusion")
NO_REASON = frozenset({"opinion", "hint"})
"""What moves the belief between two places and is no reason for a reader."""
UNSEEN = frozenset({"text", "overlay", "hint", "post", "correction", "picture", "metadata", "other"})
"""What is no thing in the scene, or told elsewhere; "other" is what lies over the picture."""


class RankedSentence(NamedTuple):
    """A sentence of an argument, with its rank: where there are too many, those of the largest `yields` are left out
    first.
    """

    step: ArgumentStep
    yields: float


class Case(NamedTuple):
    """What an argument is composed from: the trace, the belief, and the levels of the answer (`path`, from coarse to
    fine).

    `clues` are the trace's clues by id. `leads` has the contest of each stated level, and of the country in any case.
    `shifts` says how far each piece of evidence favours the leading country over all others, in log odds.
    """

    trace: Trace
    belief: Belief
    path: Sequence[Level]
    clues: dict[Id, Clue]
    leads: dict[LevelName, Contest]
    shifts: dict[Id, float]

    @property
    def has_photos(self) -> bool:
        """Whether there is a photo: a case can also be of texts alone."""
        return any(view.is_photo for view in self.trace.views)


def argue(
    trace: Trace, belief: Belief, path: Sequence[Level], shifts: Sequence[Shift], open_question: Question | None
) -> tuple[ArgumentStep, ...]:
    """The argument for an answer: up to 12 sentences, from coarse to fine, the fewer the less is known.

    `path` are the levels of the answer, and `shifts` how each piece of evidence changed the odds of the leading
    country. `open_question` is what would tell most about what is still open; None where nothing would.
    """
    known = bool(belief.terms)
    stated = {"country", *(level.level for level in path if level.stated)}
    stated |= {"street"} if "point" in stated else set()
    leads = {contest.level: contest for contest in contests(belief) if contest.level in stated} if known else {}
    moved = {shift.evidence: math.log(shift.odds_ratio) for shift in shifts if shift.odds_ratio > 0}
    case = Case(trace, belief, path, {clue.id: clue for clue in trace.clues}, leads, moved)
    told = [*_claims(case)]
    argued = [item.step for item in told if item.step.support != "unsupported" and item.step.kind != "conclusion"]
    enough = len(argued) >= ENOUGH
    told += _beside(case, argued) if enough else _composed(case, told)
    grounds = _grounds(told, case)
    told += _not_confirmed(case)
    told += [item for item in _rivals(case, set(grounds)) if not enough or item.step.stance == "against"]
    said = {item.step.level for item in told if item.step.kind == "conclusion" and item.step.support != "unsupported"}
    told += _conclusions(case, said, grounds, open_question, enough)
    return _in_order(told)


def _composed(case: Case, told: Sequence[RankedSentence]) -> list[RankedSentence]:
    """What was read, why the places were named, what the evidence says and, as far as these are few, what was seen."""
    known = bool(case.belief.terms)
    cited = {i for item in told if item.step.support != "unsupported" for i in item.step.cites}
    reads = any(case.clues[i].kind == "text" for i in cited if i in case.clues)
    found = [] if reads else [*_read(case)]
    reasons = [item for item in _reasons(case) if item.step.stance == "for" or not cited] if known else []
    hints = {e.id for e in case.trace.evidence if e.kind == "hint"} if cited else set()
    found += [*reasons, *_evidence(case, cited | hints)] if known else []
    few = max(0, SEEN - sum(item.step.kind != "conclusion" for item in told))
    return [*found, *[*_seen(case, cited)][:few]]


def _beside(case: Case, argued: Sequence[ArgumentStep]) -> list[RankedSentence]:
    """What is decisive at a level of which the model's argument says nothing; why the model named the answer's place,
    where it does not argue for the finest level.
    """
    spoken = {step.level for step in argued if step.stance == "for"}
    cited = {i for step in argued for i in step.cites} | {e.id for e in case.trace.evidence if e.kind == "hint"}
    decisive = WEIGHTS[0][0]
    reason = [item for item in _reasons(case) if item.step.stance == "for"][:1] if case.belief.terms else []
    reason = [item for item in reason if item.step.level not in spoken]
    found = [item for item in _evidence(case, cited) if item.step.log_odds and abs(item.step.log_odds) >= decisive]
    return [*reason, *(item for item in found if item.step.level not in spoken or item.step.stance == "against")]


def _grounds(told: Sequence[RankedSentence], case: Case) -> dict[LevelName, tuple[Id, ...]]:
    """What speaks for each stated level of which something was told, and for the finest in any case."""
    stated = [level.level for level in case.path if level.stated]
    steps = [item.step for item in told if item.step.stance == "for" and item.step.support != "unsupported"]
    found = {level: tuple(s.cites[0] for s in steps if s.level == level and s.cites) for level in stated}
    finest = _finest(case.path)
    return {level: cites for level, cites in found.items() if cites or level == finest} | {
        finest: found.get(finest, ())
    }


def _in_order(told: Iterable[RankedSentence]) -> tuple[ArgumentStep, ...]:
    """The sentences that count most, each once, from coarse to fine."""
    unique = {item.step.statement: item for item in reversed(list(told))}
    kept = sorted(unique.values(), key=lambda item: item.yields)[:MOST]
    return tuple(item.step for item in sorted(kept, key=lambda item: (*_place_in_order(item.step), item.yields)))


def _place_in_order(step: ArgumentStep) -> tuple[int, int]:
    return LEVELS.index(step.level), ORDER.index(step.kind) + (step.stance == "against" and step.kind != "elimination")


def _claims(case: Case) -> Iterator[RankedSentence]:
    """What the model said in its conclusion, as far as the answer is told.

    What speaks for another place than the answer speaks against it. The model's opinion weighs on all its sentences.
    """
    said = list(checked_claims(case.trace, case.path))
    levels = [_told_level(claim.level, case) for claim, *_ in said]
    own = [_own_weight(item, level, case) for item, level in zip(said, levels, strict=True)]
    weighed = [item.support != "unsupported" and item.claim.kind != "conclusion" for item in said]
    sharing = Counter((levels[n], item.claim.stance) for n, item in enumerate(said) if weighed[n])
    for number, ((claim, support, cites), level) in enumerate(zip(said, levels, strict=True)):
        parts = own[number], _share_of_opinion(claim, level, sharing[level, claim.stance], case)
        log_odds = sum(part for part in parts if part) if any(parts) else None
        for_other = claim.stance == "for" and not (log_odds and log_odds > 0) and _is_for_another(claim, level, case)
        step = _step(
            claim.kind or "observation", level, claim.statement, cites, support=support,
            stance="against" if for_other else claim.stance, log_odds=log_odds if weighed[number] else None,
        )  # fmt: skip
        yield RankedSentence(step, 0.5 + 0.05 * number + 1.2 * (support == "unsupported"))


def _told_level(level: LevelName | None, case: Case) -> LevelName:
    """The level of a sentence, no finer than the answer is told."""
    finest = _finest(case.path)
    return min(level or finest, finest, key=LEVELS.index)


def _own_weight(item: CheckedClaim, level: LevelName, case: Case) -> float | None:
    """How far the evidence behind a sentence, other than the model's opinion, speaks as the sentence does."""
    cited = [e for e in case.trace.evidence if e.id in item.cites or set(e.clues) & set(item.cites)]
    odds = _counts([e for e in cited if e.kind != "opinion"], level, case)
    return odds if odds is not None and (odds > 0) == (item.claim.stance == "for") else None


def _share_of_opinion(claim: Claim, level: LevelName, sentences: int, case: Case) -> float | None:
    """What the model's opinion weighs at a level, shared by its sentences on that level: each carries some of it."""
    odds = _counts([e for e in case.trace.evidence if e.kind == "opinion"], level, case)
    if odds is None or (odds > 0) != (claim.stance == "for"):
        return None
    return odds / max(sentences, 1)


def _is_for_another(claim: Claim, level: LevelName, case: Case) -> bool:
    """Whether the models' opinions name the strongest rival of a level more probably than the answer, which a sentence
    does not name.
    """
    contest = case.leads.get(level)
    names = [fold(item.name) for item in case.path if item.stated]
    if any(name in fold(f"{claim.statement} {claim.place or ''}") for name in names):
        return False
    if contest is None or contest.rival is None or contest.rival.spot or contest.leader.spot:
        return False
    places = [
        place
        for term in case.belief.terms
        if isinstance(term.evidence.likelihood, Alternatives)
        for place in term.evidence.likelihood.places
    ]
    here, there = (
        sum(place.probability for place in places if area.contains(place.area))
        for area in (contest.leader.area, contest.rival.area)
    )
    return there > here


def _read(case: Case) -> Iterator[RankedSentence]:
    """The clearest of the texts that were read: those that evidence rests on."""
    used = {i for term in case.belief.terms for i in term.evidence.clues}
    texts = [c for c in case.trace.clues if c.kind == "text" and c.witness == "ocr" and c.view is not None]
    by_model = any(c.witness.startswith("vlm") for c in case.trace.clues)
    texts = [c for c in texts if c.id in used] or ([] if by_model else texts)
    first = {c.value: c for c in sorted(texts, key=lambda c: (-c.confidence, c.id))[::-1]}
    clearest = sorted(first.values(), key=lambda c: (-c.confidence, c.id))[:TEXTS]
    if not clearest and not case.leads and case.has_photos and not any(c.kind == "text" for c in case.trace.clues):
        yield RankedSentence(_step("observation", "country", "No writing was found in the photo"), 1.5)
    if clearest:
        said = f"Signs and other writing in the photo read {joined([shown(c.value) for c in clearest])}"
        yield RankedSentence(_step("observation", "country", said, tuple(c.id for c in clearest)), 1.5)


def _seen(case: Case, cited: set[Id]) -> Iterator[RankedSentence]:
    """What a model has seen, one thing a sentence, as far as no sentence of its conclusion tells of it."""
    gone = case.trace.unconfirmed() | cited
    seen = [c for c in case.trace.clues if c.witness.startswith("vlm") and c.id not in gone]
    observed = {i for e in case.trace.evidence if e.answer for i in e.clues}
    for number, clue in enumerate([c for c in seen if c.kind not in UNSEEN - {"text"} and c.id not in observed][:SEEN]):
        said = f"The model reads {shown(clue.value)}" if clue.kind == "text" else clue.value
        yield RankedSentence(_step("observation", "country", said, (clue.id,), support="seen"), 2.0 + 0.1 * number)


def _not_confirmed(case: Case) -> Iterator[RankedSentence]:
    """What a model said it saw and a second look did not confirm: nothing else in the argument rests on it."""
    fallen = case.trace.unconfirmed()
    values = list(dict.fromkeys(shown(c.value) for c in case.trace.clues if c.id in fallen))
    if values:
        more = [f"{len(values) - FELL} more"] if len(values) > FELL else []
        said = f"Not counted, as a second look did not confirm it: {joined([*values[:FELL], *more])}"
        cites = tuple(c.id for c in case.trace.clues if c.id in fallen)
        yield RankedSentence(_step("check", "country", said, cites, stance="against"), 0.4)


def _reasons(case: Case) -> Iterator[RankedSentence]:
    """Why a model put places forward: the first reason for the answer at each level, and for the next likely place.

    What is left of a place round one that is named in it has no reason that a reader could use.
    """
    latest = {term.evidence.id for term in case.belief.terms}
    fallen = case.trace.unconfirmed()
    phantoms = [fold(c.value) for c in case.trace.clues if c.id in fallen and c.kind == "text"]
    said = [c for c in case.trace.candidates if c.because and set(c.evidence) & latest]
    said = [c for c in said if not any(_holds(c, other) for other in said)] or said
    finest = LEVELS.index(_finest(case.path))
    told = set[LevelName | None]()
    for number, candidate in enumerate(said):
        agrees, level = _is_on(candidate, case.path), _level_of(candidate)
        place = level if agrees else None
        if place in told or (agrees and LEVELS.index(level) > finest):
            continue
        told.add(place)
        opinion = [e for e in case.trace.evidence if e.id in candidate.evidence]
        stands = not any(f" {text} " in f" {fold(candidate.because)} " for text in phantoms)
        step = _step(
            "knowledge", level, f"{_name_of(candidate, level)}: {cleaned(candidate.because)}", candidate.evidence,
            log_odds=_counts(opinion, level, case) if agrees and stands else None,
            stance="for" if agrees else "against", support="seen" if stands else "unsupported",
        )  # fmt: skip
        yield RankedSentence(step, (1.0 if agrees else 3.5) + 0.1 * number)


def _holds(outer: Candidate, inner: Candidate) -> bool:
    """Whether a candidate is what is left of a place round another: "elsewhere in Hunan" has no reason of its own."""
    here, there = outer.place.key, inner.place.key
    coarser = LEVELS.index(_level_of(outer)) < LEVELS.index(_level_of(inner))
    return coarser and here is not None and there is not None and here.contains(there)


def _is_on(candidate: Candidate, path: Sequence[Level]) -> bool:
    area = candidate.place.key
    known = [level for level in path if level.code and level.stated] or path[:1]
    codes = [level.code for level in known if level.code]
    return area is not None and any(code.contains(area) or area.contains(code) for code in codes[-1:])


def _level_of(candidate: Candidate) -> LevelName:
    place = candidate.place
    return "street" if place.street else "city" if place.city else "region" if place.region else "country"


def _name_of(candidate: Candidate, level: LevelName) -> str:
    return getattr(candidate.place, level) or str(candidate.place)


def _evidence(case: Case, cited: set[Id]) -> Iterator[RankedSentence]:
    """What the evidence says, each piece at the finest level at which it tells; weak ones where there is little."""
    least = TELLING
    found = _by_level(case, least)
    if sum(map(len, found.values())) < LITTLE:
        found = _by_level(case, BARELY)
    has_reasons = any(c.because for c in case.trace.candidates)
    for level, leans in found.items():
        contest = case.leads[level]
        leans = _each_quote_once([lean for lean in leans if not _is_told(lean.evidence, cited, has_reasons)])
        for rank, lean in enumerate([lean for lean in leans if lean.log_odds > 0][:FOR_LEVEL]):
            yield RankedSentence(
                _of_evidence(lean, contest.leader, case), 1.0 + 0.3 * rank - 0.1 * min(lean.log_odds, 5.0)
            )
        if contest.rival:
            for lean in [lean for lean in leans if lean.log_odds < 0][:AGAINST_LEVEL]:
                yield RankedSentence(_of_evidence(lean, contest.rival, case), 1.4)


def _each_quote_once(leans: Sequence[Leans]) -> list[Leans]:
    """The first, which is the strongest, of those that rest on the same quotation."""
    found: dict[str, Leans] = {}
    for lean in leans:
        found.setdefault(fold(lean.evidence.quote) or lean.evidence.id, lean)
    return list(found.values())


def _is_told(item: Evidence, cited: set[Id], has_reasons: bool) -> bool:
    return (
        item.id in cited or (bool(item.clues) and set(item.clues) <= cited) or (item.kind == "opinion" and has_reasons)
    )


def _by_level(case: Case, least: float) -> dict[LevelName, list[Leans]]:
    """The evidence that leans, by the finest level at which it speaks and tells, the strongest first."""
    found: dict[LevelName, list[Leans]] = {level: [] for level in case.leads}
    taken = set[Id]()
    for level, contest in reversed(case.leads.items()):
        for lean in contest.leans:
            shift = case.shifts.get(lean.evidence.id, 0.0) if level == "country" else lean.log_odds
            counts = Leans(lean.evidence, shift if shift >= least else min(lean.log_odds, 0.0))
            if lean.evidence.id not in taken and speaks_at(lean.evidence, level) and abs(counts.log_odds) >= least:
                taken.add(lean.evidence.id)
                found[level].append(counts)
    return {level: sorted(leans, key=lambda lean: -round(abs(lean.log_odds), 3)) for level, leans in found.items()}


def _of_evidence(lean: Leans, place: Place, case: Case) -> ArgumentStep:
    item = lean.evidence
    cites = (item.id, *item.clues, *((item.call,) if item.call else ()))
    said = sentence(item, target(place, case.belief), case.clues)
    if lean.log_odds < 0:
        lead = target(case.leads[place.level].leader, case.belief)
        said = f"Against {lead}: {said[:1].lower() if said[:1].isalpha() else said[:1]}{said[1:]}"
    kind = "check" if item.call or item.witness.startswith("tool:") else "knowledge"
    support: Support = "seen" if item.witness.startswith("vlm") else "record"
    stance = "for" if lean.log_odds > 0 else "against"
    return _step(kind, place.level, said, cites, log_odds=lean.log_odds, stance=stance, support=support)


def target(place: Place, belief: Belief) -> Target:
    """A place as the sentences of an argument name it: a city with its region, a street with its city."""
    path, country = belief.atlas.path(place.area), place.area.country_area
    if place.spot:
        return Target(", ".join(dict.fromkeys(filter(None, (place.spot.name, path.city)))), "street", country)
    names = {
        "country": (with_article(path.country or ""),),
        "region": (path.region,),
        "city": (path.city, path.region),
    }[place.area.level]
    return Target(", ".join(dict.fromkeys(filter(None, names))) or str(path), place.area.level, country)


def _rivals(case: Case, told: set[LevelName]) -> Iterator[RankedSentence]:
    """The strongest rival of each level: by what it fell, or that it may still be right.

    That a model thinks less of it, or that the hint names another place, is no reason; those that the model gives are
    told by `_reasons`.
    """
    for level, contest in case.leads.items():
        if contest.rival is None or level not in told:
            continue
        against = [lean for lean in contest.leans if lean.log_odds >= TELLING and lean.evidence.kind not in NO_REASON]
        against = against[:REASONS]
        if contest.log_odds < FALLEN:
            said, stance = _still_open(contest, case), "against"
        elif against and not _are_neighbours(contest, case.belief):
            said, stance = _fallen(contest, against, case), "for"
        else:
            continue
        cites = tuple(lean.evidence.id for lean in against)
        step = _step("elimination", level, said, cites, log_odds=contest.log_odds, stance=stance)
        yield RankedSentence(step, 1.2 if level == "country" else 1.6)


def _fallen(contest: Contest, against: Sequence[Leans], case: Case) -> str:
    assert contest.rival is not None
    name = target(contest.rival, case.belief).name
    clauses = joined(list(dict.fromkeys(excludes(lean.evidence, case.clues) for lean in against)))
    return f"Not {name}: {clauses}" if contest.log_odds >= OUT else f"{name} is less likely: {clauses}"


def _still_open(contest: Contest, case: Case) -> str:
    """Why a rival is not ruled out: nothing tells it from the leader, or it is where more photos are taken."""
    assert contest.rival is not None
    name, lead = target(contest.rival, case.belief).name, target(contest.leader, case.belief).name
    if sum(lean.log_odds for lean in contest.leans) >= TELLING:
        return f"{name} is not ruled out: far more photos are taken there than in {lead}"
    return f"{name} is not ruled out: little that was found tells it from {lead}"


def _are_neighbours(contest: Contest, belief: Belief) -> bool:
    """Whether two towns lie so near to each other that a reader takes them for one place."""
    if contest.rival is None or contest.level != "city":
        return False
    here, there = (belief.atlas.rows(place.area) for place in (contest.leader, contest.rival))
    if not here.any() or not there.any():
        return False
    points = [belief.atlas.point(int((belief.atlas.prior * rows).argmax())) for rows in (here, there)]
    return distance_km(*points) <= NEIGHBOUR_KM


def _conclusions(
    case: Case,
    said: set[LevelName],
    grounds: dict[LevelName, tuple[Id, ...]],
    open_question: Question | None,
    enough: bool,
) -> Iterator[RankedSentence]:
    """What is left at each level of which something was told and none has concluded, and what would settle the rest.

    Where enough was told the last says it all.
    """
    stated = [level for level in case.path if level.stated]
    for number, level in enumerate(stated):
        if level.level in said or (number + 1 < len(stated) and level.level not in grounds):
            continue
        sure = next(word for least, word in SURE if level.probability >= least)
        cites = grounds.get(level.level, ())
        last = number + 1 == len(stated)
        if not last and enough:
            continue
        within = [other.name for other in stated[number - 1 : number] if other.name != level.name]
        name = ", ".join([with_article(level.name) if level.level == "country" else level.name, *within])
        conclusion = f"So the photo was {sure} taken in {name}" if case.has_photos else f"So it is {sure} {name}"
        statement = conclusion if last else f"That is {sure} {name}"
        yield RankedSentence(_step("conclusion", level.level, statement, cites), 0.0 if last else 3.0)
    if not stated:
        yield RankedSentence(_step("conclusion", "country", _nothing(case)), 0.0)
    if open_question is not None and not any(level.level == "country" and level.stated for level in case.path):
        first, second = open_question.leaders
        question = f"{open_question.text[0].lower()}{open_question.text[1:].rstrip('?')}"
        names = with_article(first.name), with_article(second.name)
        text = f"What would tell most between {names[0]} and {names[1]}: {question}"
        yield RankedSentence(_step("conclusion", "country", text, stance="against"), 0.1)


def _nothing(case: Case) -> str:
    if case.leads:
        return "No country stands out: what was found fits several"
    read = not case.has_photos or any(clue.kind == "text" for clue in case.trace.clues)
    return "Nothing that was read tells where" if read else "Nothing in the photo tells where it was taken"


def _finest(path: Sequence[Level]) -> LevelName:
    return next((level.level for level in reversed(path) if level.stated), "country")


def _counts(items: Iterable[Evidence], level: LevelName, case: Case) -> float | None:
    """How far the strongest of some evidence favours the answer at a level."""
    ids = {item.id for item in items}
    contest = case.leads.get(level)
    leans = [lean.log_odds for lean in contest.leans if lean.evidence.id in ids] if contest else []
    strongest = max(leans, key=abs, default=None)
    return strongest if strongest is not None and abs(strongest) >= BARELY else None


def _step(
    kind: str,
    level: LevelName,
    said: str,
    cites: Sequence[Id] = (),
    *,
    log_odds: float | None = None,
    stance: str = "for",
    support: Support = "record",
) -> ArgumentStep:
    strength = abs(log_odds) if log_odds is not None else None
    weight = next(word for least, word in WEIGHTS if strength >= least) if strength is not None else ""
    return ArgumentStep.model_validate({
        "kind": kind, "level": level, "stance": stance, "statement": fitting(said)[:LONGEST],
        "cites": tuple(dict.fromkeys(cites)), "weight": weight,
        "log_odds": round(log_odds, 3) if log_odds is not None else None, "support": support,
    })  # fmt: skip
