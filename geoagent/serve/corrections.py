"""Corrections by a user, as evidence: what a text really says, which language it is in, or where the photo was or was
not taken.
"""

import re

from geoagent.atlas import Atlas
from geoagent.belief import current
from geoagent.case.evidence import TAKEN_BACK, Clue, Evidence
from geoagent.case.likelihood import Areas, Statement
from geoagent.case.trace import Trace
from geoagent.errors import ConfigError
from geoagent.geo import AREA_LEVELS, Area
from geoagent.reading.hints.hint import read_hint
from geoagent.reading.hints.words import language_tags
from geoagent.reading.languages import country_weights
from geoagent.reading.withdrawn_readings import correction, read_again
from geoagent.tools.core.call import evidence_step

_EXCLUDE = re.compile(r"\b(?:please )?(?:exclude|rule out|leave out|drop|forget|without)\s+(?:the |all of )?(\w)", re.I)
_WRONG = re.compile(r"\b(?:wrong|misread|ignore|nonsense|not there|not text|irrelevant|does not count|delete)\b", re.I)
_READS = re.compile(
    r"\b(?:reads?|says?|spells?|is really|should be)\b[:,]?\s*[\"“„'«](?P<text>[^\"”“'»]{1,200})[\"”“'»]", re.I
)
_WRITTEN = re.compile(r"\b(?:sign|text|writing|words?|language|written|letters|inscription|it's in|it is in)\b", re.I)
_SUBJECT = r"(?:no, )?(?:it|this|that|these|those|the \w+)(?: \w+)?(?:'s| is| are| was)"
_STATED = re.compile(
    rf"(?:please )?(?:exclude|rule out|leave out|drop|forget|ignore|not in) \w|(?:{_SUBJECT} )?(?:wrong|misread)\b"
    rf"|{_SUBJECT} (?:not )?(?:in|from) (?:the )?(?-i:[A-Z])",
    re.I,
)
_ABOUT = re.compile(r"(?:no, )?(?:it|this|that|these|those|the)\b", re.I)
AGAIN = " (again)"
"""What tells a correction that is made again from one in the same words that was taken back."""
FORMS = '"exclude Asia", "that sign is Hungarian", "it says “Bäckerei”", "it is in Portugal"'


def reads_as_correction(text: str) -> bool:
    """Whether a text that was sent as a question states a correction instead, such as "exclude Asia" or "that sign is
    Hungarian"; False for any text with a question mark.
    """
    if "?" in text:
        return False
    said = text.strip()
    told = _ABOUT.match(said) and (_READS.search(said) or (_WRITTEN.search(said) and _language_in(said)))
    return bool(told or _STATED.match(said))


def corrected(text: str, clue: Clue | None, trace: Trace, atlas: Atlas) -> Trace:
    """What a user's correction adds to the trace of a case: a clue with the user's words, evidence that replaces what
    was wrong, and steps that tell it.

    `text` is the correction, such as "exclude Asia", "that sign is Hungarian" or "it says “Bäckerei”"; `clue` is the
    clue that the user chose for it, or None. Raises ConfigError where the text says nothing about the place that can be
    understood.
    """
    last = _last_said(text, trace)
    if last and not _is_taken_back(last, trace):  # it was interrupted on the way: what it changes is there
        return Trace(steps=tuple(step for step in trace.steps if step.node == "user" and last.id in step.cites))
    said = last.replace(value=last.value + AGAIN) if last else _first_said(text)
    reading = _READS.search(text)
    language = _language_in(text)
    clues, evidence = [said], list[Evidence]()
    if clue and (reading or _WRONG.search(text)):
        new = [_reread(clue, reading["text"])] if reading else []
        clues += new
        evidence = _replaced(said, clue, new, trace, atlas)
    elif language and (clue or _WRITTEN.search(text)):
        evidence = [_language(said, language, clue, trace, atlas)]
    else:
        hinted = _as_hint(said, _EXCLUDE.sub(lambda found: f"not in {found[1].upper()}", text), atlas)
        evidence = [_instead(item, trace) for item in hinted]
    if not evidence:
        raise ConfigError(f"nothing in this tells where it is or is not; say it such as {FORMS}")
    steps = tuple(evidence_step("user", item) for item in evidence)
    return Trace(clues=tuple(clues), evidence=tuple(evidence), steps=steps)


def taken_back(text: str, trace: Trace) -> Trace:
    """What is added to a trace when a user takes back the correction with the words `text`: the evidence that came of
    it no longer counts, and what it had replaced counts again.

    Raises ConfigError where no correction in these words stands.
    """
    said = _last_said(text, trace)
    if said is None:
        raise ConfigError("nothing was corrected in these words")
    implied = [item for item in trace.evidence if said.id in item.clues and item.kind != TAKEN_BACK]
    item = correction("user", f'the user takes back: "{text}"', (said.id,))
    item = item.replace(kind=TAKEN_BACK, supersedes=tuple(old.id for old in implied))
    return Trace(evidence=(item,), steps=(evidence_step("user", item),))


def _first_said(text: str) -> Clue:
    return Clue(kind="correction", value=text[:1900], witness="user")


def _last_said(text: str, trace: Trace) -> Clue | None:
    """The correction in these words that was made last, if one was."""
    known, last, said = trace.ids(), None, _first_said(text)
    while said.id in known:
        last, said = said, said.replace(value=said.value + AGAIN)
    return last


def _is_taken_back(said: Clue, trace: Trace) -> bool:
    return any(item.kind == TAKEN_BACK and said.id in item.clues for item in trace.evidence)


def _language_in(text: str) -> str | None:
    return next((name for name in re.findall(r"\b[A-Z]\w+", text) if name in language_tags()), None)


def _reread(clue: Clue, text: str) -> Clue:
    """The clue as the user reads it, who is surer than text recognition."""
    return clue.replace(kind="text", value=text, witness="user", confidence=1.0)


def _replaced(said: Clue, wrong: Clue, new: list[Clue], trace: Trace, atlas: Atlas) -> list[Evidence]:
    """What the clue implied falls; what else that rested on is told again without it, and what the new reading says."""
    reading = f'is "{new[0].value}"' if new else "does not count"
    cites = (said.id, wrong.id, *(clue.id for clue in new))
    stale = [item for item in current(trace.evidence) if wrong.id in item.clues]
    told = correction("user", f'the user says: "{wrong.value}" {reading}', cites)
    replacing, *read = read_again(trace, (wrong.id,), new, stale, told, atlas)
    return [replacing, *(item.replace(clues=(*item.clues, said.id)) for item in read)]


def _language(said: Clue, name: str, clue: Clue | None, trace: Trace, atlas: Atlas) -> Evidence:
    """The language of a sign, or of all, by the user's word; what was told of it before falls."""
    told = [item for item in current(trace.evidence) if item.kind in ("language", "script")]
    stale = [item for item in told if clue is None or clue.id in item.clues]
    weights, elsewhere = country_weights({language_tags()[name]: 1.0}, atlas)
    if not weights:
        raise ConfigError(f"where {name} is on signs is not known; name the country instead")
    shown = f'"{clue.value}"' if clue else "the text"
    return Evidence(
        kind="hint",
        witness="user",
        statement=f"the user says that {shown} is {name}"[:2000],
        likelihood=Areas(weights=weights, elsewhere=elsewhere),
        group=f"correction:{said.id}",
        clues=(said.id, *((clue.id,) if clue else ())),
        supersedes=tuple(item.id for item in stale) or None,
    )


def _as_hint(said: Clue, text: str, atlas: Atlas) -> list[Evidence]:
    """What the correction says of places, read as hints are; each counts by itself, and all but for certain."""
    found, _ = read_hint(said.replace(value=text[:2000]), atlas)
    understood = [(item, item.statement.replace("the hint", "the user", 1)) for item in found if item.kind != "point"]
    return [
        item.replace(
            kind="correction",
            statement=f"correction: {said.value}; understood: {words}"[:2000],
            clues=(said.id,),
            group=f"correction:{said.id}",
        )
        for item, words in understood
    ]


def _instead(item: Evidence, trace: Trace) -> Evidence:
    """A correction in place of the earlier ones that leave no place for it: the later word counts."""
    earlier = [old for old in current(trace.evidence) if old.kind == "correction" and old.witness == "user"]
    stale = [old for old in earlier if _exclude_each_other(item.likelihood, old.likelihood)]
    return item.replace(supersedes=tuple(old.id for old in stale) or None)


def _exclude_each_other(one: Statement, other: Statement) -> bool:
    """Whether two statements on areas leave no area that both allow; of two exclusions there always is one."""
    if not isinstance(one, Areas) or not isinstance(other, Areas) or (one.elsewhere and other.elsewhere):
        return False
    if one.elsewhere:
        one, other = other, one
    return not any(weight and _allows(other, area) for area, weight in one.weights.items())


def _allows(said: Areas, area: Area) -> bool:
    """Whether some place in an area is left by what is said of it, of an area round it, or of one inside it."""
    inside = any(weight and area.contains(other) for other, weight in said.weights.items())
    around = [other for other in said.weights if other.contains(area)]
    finest = max(around, key=lambda other: AREA_LEVELS.index(other.level), default=None)
    return inside or bool(said.elsewhere if finest is None else said.weights[finest])
