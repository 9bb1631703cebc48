"""Splits a text into the points of a chain our way: by lines, by numbers inside a line, or by sentences.

What only says where the photo was taken is no point; a sentence that also holds evidence is one.
"""

import re
from typing import NamedTuple

from geoagent.eval.chains.georc_text import SHORTEST

_BULLET = re.compile(
    r"^\s*(?:[-*•–—·▪]+|\(?\d{1,3}[.):]|\(?[a-z]\)|(?:step|point|clue)\s*\d+\s*[.:)-]|#+)\s*", re.IGNORECASE
)
_NUMBER = re.compile(r"(?:^|(?<=[.;,:!?。；，：]))\s*(?:step\s*)?\(?(\d{1,2})[.):、](?=\s|[^\W\d_])", re.IGNORECASE)
"""The number of a step: at the beginning of a line, or behind the end of a phrase."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_OPENS = re.compile(r"^(?:therefore|thus|hence|in (?:conclusion|summary))\b", re.IGNORECASE)
_NAMES_PLACE = re.compile(r"^(?:the )?(?:final )?(?:answer|location)\b", re.IGNORECASE)
_TAKEN = re.compile(r"most likely (?:taken|located)|(?:was|were|likely) taken (?:in|at|near)", re.IGNORECASE)
_CONCLUSION = re.compile(r"(?:final )?conclusion\s*[:–—-]", re.IGNORECASE)
_CLAUSE = re.compile(
    r"[,;:()]|(?<=\w)\.\s|\b(?:and|because|since|as|given|which|while|but|with|due to|based on)\b", re.IGNORECASE
)
_PLAIN_WORD = re.compile(r"(?<![\w'’-])[a-z][a-z'’-]{2,}")
_SAYS_NOTHING = frozenset(
    """
    about above all analysis answer architecture area around based can capital central characteristics city clues coast
    combined combining conclude concluded conclusion confirm confirmed considering context could country details
    determine determined district eastern elements environment evidence factors features final for from given hence
    here identified identify image indicate indicates indicators infer inferred information inside its landscape
    language leads likely located location most must near northern observations other outskirts overall part photo
    picture place point points probably province put reasoning region road rural scene should signage somewhere southern
    state street style suburb suggest suggests taken that the therefore there these this those thus together town urban
    vegetation village visual was were western would
    """.split()
)
"""Words of a sentence that only names a place, or speaks of evidence without telling any."""
LEAST_TOLD, LEAST_TOLD_BESIDE_PLACE = 2, 3
"""With so many other words a conclusion holds evidence: one more where words for the place may be among them."""
LONGEST_HEADING = 6
"""So many words a heading has at most."""


class Points(NamedTuple):
    """The points of a text. `short` names lines too short to be any, `concluding` lines that only name the place."""

    points: list[str]
    short: list[str]
    concluding: list[str]


def our_points(text: str) -> Points:
    """The points of a text: its lines, or its sentences where it is one paragraph without numbered steps.

    A heading with "reasoning" is left out, one with "conclusion" ends the chain.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    items = [step for line in lines for step in numbered_steps(line)]
    return points_of(_SENTENCE_END.split(items[0]) if len(items) == 1 else items)


def points_of(items: list[str]) -> Points:
    """Those of some lines that are points."""
    found = Points([], [], [])
    for item in items:
        bare = _bare(item)
        heading = len(bare.split()) <= LONGEST_HEADING and not bare.endswith(".")
        if (heading and "conclusion" in bare.lower()) or _CONCLUSION.match(bare):
            break
        if heading and "reasoning" in bare.lower():
            continue
        if only_concludes(bare):
            found.concluding.append(bare)
        elif len(bare) > SHORTEST:
            found.points.append(bare)
        elif any(ch.isalnum() for ch in bare):
            found.short.append(f"too short: {bare!r}")
    return found


def numbered_steps(line: str) -> list[str]:
    """The steps of a line that numbers them ("1. …; 2. …"), in order; the whole line where it does not.

    Only numbers that follow each other from the first on count, so that "No. 7." inside a step splits nothing. What
    stands before the first number is an item of its own, unless it is only a heading ("Clues:").
    """
    cuts = list[int]()
    wanted = None
    for match in _NUMBER.finditer(line):
        number = int(match[1])
        if number == wanted or (wanted is None and (number == 1 or not line[: match.start()].strip())):
            cuts.append(match.start())
            wanted = number + 1
    if len(cuts) < 2:
        return [line]
    before = line[: cuts[0]].strip()
    steps = [line[start:end].strip().rstrip(";,；，") for start, end in zip(cuts, [*cuts[1:], None], strict=True)]
    is_heading = before.endswith((":", "：")) and len(before.split()) <= LONGEST_HEADING
    return [*([before] if before and not is_heading else []), *steps]


def only_concludes(bare: str) -> bool:
    """Whether a line only says where the photo was taken: "Therefore, the answer is Japan."

    One that also tells evidence ("… and the white licence plate supports this") does not.
    """
    opened = _OPENS.match(bare)
    if not (opened or _NAMES_PLACE.match(bare) or _TAKEN.search(bare)):
        return False
    rest = bare[opened.end() :] if opened else bare
    clauses = [clause.strip() for clause in _CLAUSE.split(rest)]
    told = [clause for clause in clauses if not _NAMES_PLACE.match(clause)]
    words = [word for clause in told for word in _PLAIN_WORD.findall(clause) if word not in _SAYS_NOTHING]
    return len(words) < (LEAST_TOLD_BESIDE_PLACE if _TAKEN.search(bare) else LEAST_TOLD)


def _bare(item: str) -> str:
    """A line without bullet, number and emphasis."""
    return _BULLET.sub("", item.replace("**", "").replace("__", "").strip()).strip("*_# \t")
