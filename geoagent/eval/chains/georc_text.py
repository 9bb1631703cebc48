"""Splits the texts of GeoRC's files into rounds (photos) and points (lines): as GeoRC's scorer does, or our way.

GeoRC is a published benchmark of reasoning chains by experts.
"""

import re
from typing import Literal, NamedTuple

Protocol = Literal["ours", "georc"]
ROUNDS = 5
"""Photos of a challenge."""
SHORTEST = 5
"""A line of so many characters or fewer is no point, by either reading."""
_ROUND = re.compile(r"\bRound \d+\b")
_HEADING = re.compile(
    r"^[^\w\n]*round[ \t]*#?[ \t]*(\d{1,6})\b(?=[^\w\n]*$|[ \t]*[:.)\-–—*]|[ \t]+reasoning\b)[^\w\n]*",
    re.IGNORECASE | re.MULTILINE,
)
_MARK = re.compile(r"^(\d+\.|\*|-)\s*")


class Rounds(NamedTuple):
    """The text of each round of a GeoRC file by its number, from 1 on. A round is one photo of a challenge.

    `unread` are remarks on text that belongs to no round, on missing rounds, and on what may mislead.
    """

    texts: dict[int, str]
    unread: tuple[str, ...] = ()


def has_rounds(text: str) -> bool:
    """Whether a text has headings such as "Round 1", as the experts' files of GeoRC have."""
    return _HEADING.search(text) is not None


def rounds_of(text: str, protocol: Protocol = "ours") -> Rounds:
    """The rounds in an expert's file of GeoRC, whose content is `text`.

    Rounds that are missing of the five are named in `unread`. By the protocol "georc" it is split as GeoRC's parser
    does it: rounds are numbered as they come. By "ours" the numbers in the headings count, and a text without headings
    is round 1.
    """
    found = _as_its_parser(text) if protocol == "georc" else _by_headings(text)
    missing = [str(number) for number in range(1, ROUNDS + 1) if number not in found.texts]
    told = [f"no Round {', '.join(missing)}"] if missing else []
    return found._replace(unread=(*found.unread, *told))


def georc_points(text: str) -> list[str]:
    """The points of a text as GeoRC's scorer takes them: its lines without bullets and numbers.

    Lines of 5 characters or fewer are left out.
    """
    bare = [_MARK.sub("", line.strip()).strip() for line in text.splitlines() if line.strip()]
    return [point for point in bare if len(point) > SHORTEST]


def conclusion_of(text: str) -> str:
    """The part of a text from the first line on that contains "conclusion"; the whole text where no line does."""
    lines = text.splitlines()
    at = next((number for number, line in enumerate(lines) if "conclusion" in line.lower()), 0)
    return "\n".join(lines[at:])


def _by_headings(text: str) -> Rounds:
    """Rounds by their headings, in any case and with any bullet; the first of a number counts."""
    headings = list(_HEADING.finditer(text))
    if not headings:
        return Rounds({1: text})
    unread = []
    if before := text[: headings[0].start()].strip():
        unread.append(f"before the first round: {before!r}")
    texts: dict[int, str] = {}
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        number, inside = int(heading[1]), text[heading.end() : following.start() if following else len(text)]
        if number in texts:
            unread.append(f"Round {number} stands twice, the first counts")
        texts.setdefault(number, inside)
    return Rounds(texts, tuple(unread))


def _as_its_parser(text: str) -> Rounds:
    """Rounds as GeoRC's parser has them: parts are numbered as they come, and what stands before the first is one."""
    parts = _ROUND.split(text)
    first = parts[0].strip()
    if not first:
        parts = parts[1:]
    whole = bool(first) and len(parts) > 1
    unread = (f"what stands before the first round counts as round 1: {first!r}",) if whole else ()
    return Rounds({number: _filtered(part) for number, part in enumerate(parts, 1)}, unread)


def _filtered(part: str) -> str:
    """The lines of a round up to the one with "conclusion", without those with "reasoning"."""
    kept = []
    for line in part.split("\n"):
        told = line.lower()
        if "reasoning" in told:
            continue
        if "conclusion" in told:
            break
        kept.append(line.strip())
    return "\n".join(kept)
