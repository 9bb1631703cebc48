"""The sentences of a model's conclusion, checked against the records that they cite.

A sentence that passes is told as the model's words that cite a record, or that tell what it alone has seen. One that
cites nothing of the right kind, that quotes a text or tells a number or a name which is in nothing that it cites, or
that states another place than the answer, is told as its word. One that tells of something which a second look did not
confirm is left out.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from geoagent.case.evidence import ArgumentKind, Claim, Id, LevelName, Step, Support
from geoagent.case.prediction import Level
from geoagent.case.trace import Trace
from geoagent.plain_text import fold, without_kind
from geoagent.reading.languages import script_of
from geoagent.reading.tables import tables

QUOTE = re.compile(r"[\"“”„«»]([^\"“”„«»]{2,120})[\"“”„«»]")
NUMBER = re.compile(r"\d{2,}(?!\d*[- ](?:digits?|figures?)\b)")
"""A number, but for one that says how many digits another has."""
YEAR = 4
"""So many digits has a year; longer numbers are read somewhere."""
PREFIX = 3
"""So many of its first digits may stand for a number: "numbers that begin with 0316"."""
AT_LARGE = frozenset({"knowledge", "elimination"})
"""The kinds of sentences that tell what is known at large, with numbers of its own."""
NAME = re.compile(r"(?<![.!?:;\"“„«(]\s)(?<![\"“„«(])(?<!^)\b[^\W\d_a-zß-öø-ÿ][\w’'-]{2,}")
"""A word with a capital letter that opens no sentence."""
ADDED = 4
"""So many letters longer or shorter is the adjective of a country's name: "Norwegian", "Chinese"."""
SHORT, WELL_TOLD = 4, 2
"""The letters from which on a word tells something, and with how many such words a thing is told well."""
COMMON = frozenset(
    "with that this these those there their here from into over under upon like such only than then they have stands "
    "stand photo view side along behind beside where which what when very more most some many both each other between "
    "about around shows seen place sign".split()
)
AN_ID = re.compile(r"\s*[(\[]?\b[cetpvsk][0-9a-f]{12}\b[)\],;]?")
EXACT = re.compile(r"(\d+)[.,]\d+(?= ?%)")
FINE = re.compile(r"(\d[.]\d\d)\d+")
A_CALL = re.compile(r"\b([a-z]+(?:_[a-z]+)+|[a-z]+(?=\([a-z_]+ ?=))\([^()]*\)")
"""A tool with its arguments: "lookup_place("Lyon")", "zoom(view=1)"."""
BACKED_BY: dict[ArgumentKind, frozenset[str]] = {
    "observation": frozenset({"clue", "evidence"}),
    "knowledge": frozenset({"clue", "evidence", "call"}),
    "check": frozenset({"call", "evidence"}),
    "elimination": frozenset({"clue", "evidence", "call", "verdict"}),
    "conclusion": frozenset({"clue", "evidence", "call", "verdict"}),
}
"""What a sentence of each kind has to cite."""
RESTING = frozenset({"observation", "knowledge", "check"})
"""The kinds of sentences that fall with a thing that they name and nobody saw again."""
MUCH_OF_OTHER_SCRIPT = 30
"""So many letters of another script are more than a name of a place in its own."""
PLACED = frozenset({"conclusion", "elimination"})
"""The kinds of sentences whose `place` is what they are about; others name there what they compare with."""


class CheckedClaim(NamedTuple):
    """A sentence of a model's conclusion, how far records support it, and the ids of the records that it cites."""

    claim: Claim
    support: Support
    cites: tuple[Id, ...]


def checked_claims(trace: Trace, path: Sequence[Level]) -> Iterator[CheckedClaim]:
    """The sentences of a model's last conclusion, each checked against the records that it cites.

    `path` are the levels of the answer. What fails a check is "unsupported"; a sentence that tells of something which a
    second look did not confirm is left out.
    """
    said = [step for step in trace.steps if step.claim is not None]
    last = [turn for turn in trace.turns if turn.action == "conclude"][-1:]
    fallen = _fallen(trace)
    spoken = [claim for turn in last for claim in turn.arguments.get("claims", ())]
    for step in said:
        claim = step.claim
        assert claim is not None
        if not spoken or claim.statement in spoken:
            kind = claim.kind or _kind(step, trace)
            told = claim.model_copy(update={"kind": kind})
            kept = tuple(i for i in step.cites if i not in fallen)
            if kept != step.cites and kind in RESTING and _tells_of_fallen(told, kept, step.cites, trace):
                continue
            holds = step.support != "unsupported" and _holds(told, kept, trace, path, step.support)
            shown = told.model_copy(update={"statement": cleaned(claim.statement)})
            yield CheckedClaim(shown, step.support if holds else "unsupported", kept)


def _tells_of_fallen(claim: Claim, kept: Sequence[Id], cites: Sequence[Id], trace: Trace) -> bool:
    """Whether a sentence names something that a second look did not confirm, or rests on nothing else."""
    dropped = set(cites) - set(kept)
    fallen = [item for item in trace.evidence if item.id in dropped or item.call in dropped]
    clues = dropped | {i for item in fallen for i in item.clues}
    gone = " ".join((*(c.value for c in trace.clues if c.id in clues), *(item.statement for item in fallen)))
    left = " ".join(cited_text(kept, trace))
    quoted = {fold(quote) for quote in QUOTE.findall(claim.statement)}
    if any(quote in fold(gone) and quote not in fold(left) for quote in quoted):
        return True
    return not kept or bool(_shared_words(claim, gone) - _shared_words(claim, left) - quoted)


def _fallen(trace: Trace) -> set[Id]:
    """What a second look did not confirm, and the evidence and the calls that rest on nothing else."""
    clues = trace.unconfirmed()
    evidence = [e for e in trace.evidence if e.kind != "opinion" and e.clues and set(e.clues) <= clues]
    return clues | {item.id for item in evidence} | {item.call for item in evidence if item.call}


def cleaned(statement: str) -> str:
    """A sentence without ids of records, without the arguments of tool calls, and with needless decimals cut off.

    "87.3 %" becomes "87 %", and "0.12345" becomes "0.12".
    """
    named = A_CALL.sub(lambda call: call[1].replace("_", " "), AN_ID.sub("", statement))
    return FINE.sub(r"\1", EXACT.sub(r"\1", named)).strip() or statement


def _kind(step: Step, trace: Trace) -> ArgumentKind:
    """The kind of a sentence that the model gave none, by what it cites."""
    kinds = {_kind_of(i, trace) for i in step.cites}
    return (
        "check" if "call" in kinds else "observation" if kinds == {"clue"} else "knowledge" if kinds else "conclusion"
    )


def _kind_of(cited: Id, trace: Trace) -> str:
    groups = {"clue": trace.clues, "evidence": trace.evidence, "call": trace.calls, "verdict": trace.verdicts}
    return next((name for name, nouns in groups.items() if any(noun.id == cited for noun in nouns)), "other")


def _holds(claim: Claim, cites: Sequence[Id], trace: Trace, path: Sequence[Level], support: Support) -> bool:
    assert claim.kind is not None
    if not {_kind_of(i, trace) for i in cites} & BACKED_BY[claim.kind]:
        return False
    of_another = claim.kind == "elimination" or claim.stance == "against"
    if claim.place and claim.kind in PLACED and _is_answer(claim.place, claim.level, path) == of_another:
        return False
    record = " ".join(cited_text(cites, trace))
    if not _quotes_and_numbers_are_in(claim, record):
        return False
    if claim.kind == "observation" and not _shared_words(claim, record):
        return False
    answer = " ".join(level.name for level in path if level.stated)
    considered = " ".join(str(candidate.place) for candidate in trace.candidates if support == "seen")
    return _names_are_in(claim, record, answer, considered)


def _is_answer(place: str, level: LevelName | None, path: Sequence[Level]) -> bool:
    """Whether a place is that of the answer at its level."""
    said = [item for item in path if item.stated and level in (None, item.level)]
    return any(without_kind(part) == without_kind(item.name) for part in place.split(",") for item in said)


def _quotes_and_numbers_are_in(claim: Claim, record: str) -> bool:
    """Whether each quoted text is in what a sentence cites, and each number, unless it tells what is known at large.

    An observation of things on which no number was recorded may name years and road numbers.
    """
    known, statement = f" {fold(record)} ", AN_ID.sub("", claim.statement)
    if any(f" {fold(quote)} " not in known for quote in QUOTE.findall(statement) if fold(quote)):
        return False
    told, recorded = NUMBER.findall(QUOTE.sub(" ", statement)), NUMBER.findall(record)
    if claim.kind in AT_LARGE:
        return True
    plain = claim.kind == "observation" and not recorded and all(len(number) <= YEAR for number in told)
    return plain or all(_is_number_of(number, recorded) for number in told)


def _is_number_of(number: str, recorded: Sequence[str]) -> bool:
    """Whether a number was recorded, or begins one that was."""
    return number in recorded or (len(number) >= PREFIX and any(other.startswith(number) for other in recorded))


def _names_are_in(claim: Claim, record: str, answer: str, considered: str) -> bool:
    """Whether the names of a sentence stand in what it cites or in the answer.

    All of a check, and of a conclusion that is not said to be of the answer's place; one at least of any other, since
    what a thing implies may name more places. Of a check whose record is in another script a number or name is enough.
    What the model alone has seen may speak for any place that was `considered`, and for others too where it is told
    well enough to be found again. An elimination names another.
    """
    known = f" {fold(record)} {fold(answer)} "
    bare = QUOTE.sub(" ", claim.statement)
    names = NAME.findall(bare)
    found = [f" {fold(name)} " in known for name in names]
    if claim.kind == "elimination" or not found:
        return True
    opens = fold(bare).split()[0] in fold(answer).split()
    if claim.kind == "check" and _is_in_other_script(record, bare):
        return any(found) or bool(set(NUMBER.findall(bare)) & set(NUMBER.findall(record)))
    if claim.kind == "check" or (claim.kind == "conclusion" and not claim.place):
        return all(found)
    if opens or any(found) or any(_is_one_of(name, f"{considered} {answer}") for name in names):
        return True
    return bool(considered) and claim.kind == "observation" and len(_shared_words(claim, record)) >= WELL_TOLD


def _is_in_other_script(record: str, sentence: str) -> bool:
    """Whether much of a record is in another script than a sentence, so that names in it look different there."""
    own = script_of(sentence)
    others = sum(ch.isalpha() and script_of(ch) != own for ch in record)
    return others >= MUCH_OF_OTHER_SCRIPT


def _shared_words(claim: Claim, record: str) -> set[str]:
    """The words and quotations of a sentence that stand in what it cites; short and common words do not count."""
    statement = AN_ID.sub("", claim.statement)
    quoted = {fold(quote) for quote in QUOTE.findall(statement)}
    told = set(fold(QUOTE.sub(" ", statement)).split()) - COMMON
    recorded = {word for word in fold(record).split() if len(word) >= SHORT}
    return quoted | {word for word in told if len(word) >= SHORT and any(_alike(word, other) for other in recorded)}


def _alike(word: str, other: str) -> bool:
    """Whether two words may be forms of one: "cable" and "cables", "painted" and "paint"."""
    shared = max(SHORT, min(len(word), len(other)) - 2)
    return word[:shared] == other[:shared] and abs(len(word) - len(other)) <= ADDED


def _is_one_of(name: str, places: str) -> bool:
    """Whether a word names one of some places, or what is theirs: "Ontario's", "Chinese", "Australian"."""
    first = fold(name).split()[0] if fold(name) else ""
    return any(
        first[:length] == place[:length] and abs(len(first) - len(place)) <= ADDED
        for place in fold(places).split()
        if len(first) >= (length := max(4, len(place) - 2)) <= len(place)
    )


def cited_text(cites: Sequence[Id], trace: Trace) -> Iterator[str]:
    """The texts in which a sentence's quotations and names are looked for: those of the records that it cites
    (`cites`), and of what belongs to these.

    To cited evidence belong its clues and its call, to cited clues the evidence that follows from them, to cited
    verdicts their candidates.
    """
    evidence = [item for item in trace.evidence if item.id in cites or set(item.clues) & set(cites)]
    evidence = [item for item in evidence if item.id in cites or item.kind != "opinion"]
    wanted = {*cites, *(i for item in evidence for i in (*item.clues, item.call) if i)} - trace.unconfirmed()
    for item in evidence:
        yield item.statement
        answers = tables()[item.kind].answers if item.kind in tables() else {}
        yield answers[item.answer].explains if item.answer in answers else ""
    yield from (clue.value for clue in trace.clues if clue.id in wanted)
    for call in trace.calls:
        if call.id in wanted:
            yield f"{call.text} {json.dumps(call.arguments, ensure_ascii=False)}"
            yield json.dumps(call.data, ensure_ascii=False, default=str)[:20_000]
    verdicts = {v.candidate for v in trace.verdicts if v.id in cites} | {
        v.rival for v in trace.verdicts if v.id in cites
    }
    yield from (str(candidate.place) for candidate in trace.candidates if candidate.id in verdicts)
