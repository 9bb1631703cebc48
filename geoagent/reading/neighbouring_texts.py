"""Finds texts that stand beside or below each other, over which one name, or a name and its distance, may run."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from geoagent.case.evidence import Clue
from geoagent.case.views import Box

LINE_GAP = 0.8
"""The most space between two lines of one name, in heights of a line."""
WORD_GAP = 1.2
"""The most space between two words of one name in a line, in heights of the line."""
COLUMN_GAP = 10.0
"""The most space between a name and its distance, in heights: signs put distances in a column of their own."""
SIGN_GAP, LEAST_HEIGHT = 1.5, 0.3
"""The most space between parts of one sign, in heights of the larger, and the least height of the smaller."""
LONGEST_RUN, MOST_RUNS = 4, 400
"""The most texts in a run, and the most runs of one length."""
_NUMBER = re.compile(r"\d{1,4}(?:[.,]\d)?\s*(?:km|mi|miles?)?\.?", re.IGNORECASE)


def neighbours(texts: Iterable[Clue]) -> Iterator[tuple[Clue, Clue, str]]:
    """Pairs of texts of one view of which the second continues the first, with the joined text.

    Where the first ends in a hyphen there is a second join, without the hyphen. Texts without a box are left out.
    """
    views: dict[int | None, list[Clue]] = defaultdict(list)
    for clue in texts:
        if clue.box is not None:
            views[clue.view].append(clue)
    for clues in views.values():
        for first in clues:
            for second in clues:
                if first is not second and first.box and second.box and _reads_on(first, first.box, second, second.box):
                    yield first, second, f"{first.value} {second.value}"
                    if first.value.endswith("-") and second.value[:1].islower():
                        yield first, second, first.value[:-1] + second.value


def runs(texts: Iterable[Clue]) -> Iterator[tuple[tuple[Clue, ...], str]]:
    """Two to four texts that read on from one to the next, with what they say together, joined by spaces; the shorter
    runs come first.
    """
    following: dict[str, list[Clue]] = defaultdict(list)
    ends = list[tuple[Clue, ...]]()
    for first, second, text in neighbours(texts):
        if text == f"{first.value} {second.value}":
            following[first.id].append(second)
            ends.append((first, second))
    for _ in range(LONGEST_RUN - 1):
        yield from ((run, " ".join(clue.value for clue in run)) for run in ends)
        ends = [(*run, after) for run in ends for after in following[run[-1].id] if after not in run][:MOST_RUNS]


def _reads_on(first: Clue, a: Box, second: Clue, b: Box) -> bool:
    height_a, height_b = a.y1 - a.y0, b.y1 - b.y0
    height = max(height_a, height_b)
    if min(height_a, height_b) < 0.6 * height:
        return False
    if min(a.y1, b.y1) - max(a.y0, b.y0) > 0.6 * min(height_a, height_b):
        distance = bool(_NUMBER.fullmatch(second.value.strip())) and not any(ch.isdigit() for ch in first.value)
        return -0.5 * height < b.x0 - a.x1 < (COLUMN_GAP if distance else WORD_GAP) * height
    overlap = min(a.x1, b.x1) - max(a.x0, b.x0)
    return -0.3 * height < b.y0 - a.y1 < LINE_GAP * height and overlap > 0.5 * min(a.x1 - a.x0, b.x1 - b.x0)


def belong_together(first: Clue, second: Clue) -> bool:
    """Whether two texts of one view lie so near and so aligned that they are parts of one sign."""
    a, b = first.box, second.box
    if first is second or a is None or b is None or first.view != second.view:
        return False
    heights = (a.y1 - a.y0, b.y1 - b.y0)
    gap_x, gap_y = max(a.x0, b.x0) - min(a.x1, b.x1), max(a.y0, b.y0) - min(a.y1, b.y1)
    if min(heights) < LEAST_HEIGHT * max(heights):
        return False
    stacked = -gap_x > 0.3 * min(a.x1 - a.x0, b.x1 - b.x0) and gap_y < SIGN_GAP * max(heights)
    return stacked or (-gap_y > 0.5 * min(heights) and gap_x < SIGN_GAP * max(heights))
