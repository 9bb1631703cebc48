"""Texts in the photo that a tool call cites: one line, or the lines of one sign together."""

import re
from typing import NamedTuple

from geoagent.case.evidence import Clue, Id
from geoagent.plain_text import fold
from geoagent.reading.neighbouring_texts import belong_together
from geoagent.tools.core.tool import ToolContext

LONGEST = 100
CITED = "id of the clue read by OCR in which it stands; of a sign of several lines their ids, with spaces between"


class Quoted(NamedTuple):
    """The lines of text in the photo that a tool call cites, in reading order."""

    lines: tuple[Clue, ...]

    @property
    def text(self) -> str:
        """The text of all cited lines, joined by spaces."""
        return " ".join(line.value for line in self.lines)

    @property
    def ids(self) -> tuple[Id, ...]:
        """The ids of the clues whose lines are cited, in reading order."""
        return tuple(line.id for line in self.lines)

    @property
    def confidence(self) -> float:
        """The lowest confidence, from 0 to 1, with which any of the cited lines was read."""
        return min(line.confidence for line in self.lines)

    def group(self, own: str) -> str:
        """The group of the evidence that the text leads to: `own`, or the group of the model's opinion where a model
        has read any of the lines.

        Pieces of evidence in one group are discounted as saying partly the same; a model's reading is not independent
        of its opinion.
        """
        models = [line.witness for line in self.lines if line.witness != "ocr"]
        return f"opinion:{models[0]}" if models else own[:200]

    @property
    def is_recognised(self) -> bool:
        """Whether text recognition has read all of the lines, and no model any of them."""
        return all(line.witness == "ocr" for line in self.lines)

    def holds(self, words: str) -> bool:
        """Whether all of the given words stand in the text, in any order; case and accents do not count."""
        known = fold(self.text).split()
        return all(word in known for word in fold(words).split())


def quoted_text(context: ToolContext, cited: str | None) -> Quoted | None:
    """The lines of text in the photo that a tool call cites, in reading order; None where it cites none that count.

    `cited` holds ids of clues, with spaces or commas between. A text that text recognition has read counts, and a clue
    of the model that makes the call. Where one id is neither of these, or the lines are not of one sign, none counts.
    """
    wanted = [i for i in re.split(r"[\s,]+", cited or "") if i]
    read = [c for c in context.trace.clues if c.kind == "text" and c.witness == "ocr"]
    known = {c.id: c for c in (*read, *(c for c in context.trace.clues if c.witness == context.witness))}
    if not wanted or any(i not in known for i in wanted):
        return None
    lines = [known[i] for i in dict.fromkeys(wanted)]
    if not _are_of_one_sign(lines):
        return None
    return Quoted(tuple(sorted(lines, key=lambda line: (line.box.y0, line.box.x0) if line.box else (0.0, 0.0))))


def _are_of_one_sign(lines: list[Clue]) -> bool:
    reached, rest = lines[:1], lines[1:]
    while near := [line for line in rest if any(belong_together(line, other) for other in reached)]:
        reached += near
        rest = [line for line in rest if line not in near]
    return not rest
