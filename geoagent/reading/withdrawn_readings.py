"""Takes back readings that turned out wrong: what they implied falls, and what also rested on others is told again
without them.
"""

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
    """What replaces evidence that rested on a wrong reading: `correction`, which says nothing of places, and what is
    then implied.

    `wrong` are the ids of the wrong clues, `fresh` the right ones, and `stale` is all evidence that cites a wrong one.
    The other clues that `stale` cites are read again with the fresh ones.
    """
    cited = {i for item in stale for i in item.clues}
    kept = [clue for clue in trace.clues if clue.id in cited - set(wrong)]
    replacing = correction.replace(supersedes=tuple(item.id for item in stale))
    return [replacing, *read_clues([*kept, *fresh], atlas)]


def correction(witness: Witness, statement: str, cites: Sequence[Id]) -> Evidence:
    """A piece of evidence that records a wrong reading and says nothing of places; `read_again` has it supersede what
    falls.

    `cites` are the ids of the clues that were read wrongly, and of those that are right.
    """
    return Evidence(
        kind="correction", witness=witness, statement=statement[:2000], likelihood=Areas(weights={}, elsewhere=1.0),
        group="correction", clues=tuple(dict.fromkeys(cites)),
    )  # fmt: skip
