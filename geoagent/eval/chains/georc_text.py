"""The texts of GeoRC's files in rounds and points: as its own parser and scorer split them, and as ours reads them."""

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
    """The text of each round of a GeoRC file by its number, and remarks on what belongs to no round or may mislead."""

    texts: dict[int, str]
    unread: tuple[str, ...] = ()


def has_rounds(text: str) -> bool:
    """Whether a text has headings such as "Round 1", as GeoRC's files of five rounds have."""
    return _HEADING.search(text) is not None


def rounds_of(text: str, protocol: Protocol = "ours") -> Rounds:
    """The rounds of an expert's file; what is missing of the five is told too."""
    found = _as_its_parser(text) if protocol == "georc" else _by_headings(text)
    missing = [str(number) for number in range(1, ROUNDS + 1) if number not in found.texts]
    told = [f"no Round {', '.join(missing)}"] if missing else []
    return found._replace(unread=(*found.unread, *told))


def georc_points(text: str) -> list[str]:
    """The points of a text as GeoRC's scorer takes them: its lines, nothing left out but short ones."""
    bare = [_MARK.sub("", line.strip()).strip() for line in text.splitlines() if line.strip()]
    return [point for point in bare if len(point) > SHORTEST]


def conclusion_of(text: str) -> str:
    """The text from the first line on that speaks of a conclusion; the whole text where there is no such line."""
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
