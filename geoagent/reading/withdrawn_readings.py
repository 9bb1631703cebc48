"""Readings that turned out wrong: what they implied falls, and what else that rested on is told again without them."""

from collections.abc import Collection, Sequence

from geoagent.atlas import Atlas
from geoagent.case.evidence import Clue, Evidence, Id, Witness
from geoagent.case.likelihood import Areas
from geoagent.case.trace import Trace
from geoagent.reading.texts import read_clues


def read_again(
    trace: Trace,
    wrong: Collection[Id],
    fresh: Sequence[Clue],
    stale: Sequence[Evidence],
    correction: Evidence,
    atlas: Atlas,
) -> list[Evidence]:
    """What replaces evidence that rested on a wrong reading: a correction that says nothing of places, and what the
    right clues imply.
    """
    cited = {i for item in stale for i in item.clues}
    kept = [clue for clue in trace.clues if clue.id in cited - set(wrong)]
    replacing = correction.replace(supersedes=tuple(item.id for item in stale))
    return [replacing, *read_clues([*kept, *fresh], atlas)]


def correction(witness: Witness, statement: str, cites: Sequence[Id]) -> Evidence:
    """A piece of evidence that records a wrong reading. It replaces what it cites, and says nothing of places."""
    return Evidence(
        kind="correction", witness=witness, statement=statement[:2000], likelihood=Areas(weights={}, elsewhere=1.0),
        group="correction", clues=tuple(dict.fromkeys(cites)),
    )  # fmt: skip
