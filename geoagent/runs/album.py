"""An album: photos of several places in the order of time, each of which tells something about the next.

After PlaNet, whose sequences of photos locate those that tell nothing by themselves. Each photo is solved alone; then a
chain runs through them forwards and backwards, as for a hidden Markov model: what the earlier photos together say of
where the camera was, spread by how far people get in the time between, is one piece of evidence of a photo, what the
later ones say another. Then each is decided again. What was said of all of them, such as a hint, counts for each photo
once and is not passed on.
"""

import logging
import re
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from geoagent.agent import GeoAgent
from geoagent.belief import Belief
from geoagent.belief.readout import rank_countries
from geoagent.case.evidence import Clue, Evidence
from geoagent.case.likelihood import Kernel, Mixture
from geoagent.case.trace import State, Trace, TraceFile
from geoagent.errors import GeoAgentError, ImageError, TraceError, set_aside
from geoagent.plain_text import percent, printable
from geoagent.tools.core.call import evidence_step

log = logging.getLogger(__name__)

WITNESS, KIND = "album", "travel"
TAKEN = re.compile(r"time taken: (\d{4}:\d\d:\d\d \d\d:\d\d:\d\d)")
PACES = ((0.55, 1.0, 4.0), (0.35, 2.0, 50.0), (0.1, 20.0, 500.0))
"""How far people get: the share, a distance in km, and km for each hour between, as standard deviations. By judgement:
on foot or staying, by road or rail, by air."""
TRUSTED = 0.95
"""That the photos are of one camera whose clock runs on."""
MOST_KM = 5000.0
"""What reaches farther tells nothing."""
PLACES = 24
"""So many cells of another photo's belief are told, the most probable."""
CELL_KM = 4.0


class Page(NamedTuple):
    """A photo of an album: its name, its trace, and the clue that tells when it was taken, with that time."""

    name: str
    file: TraceFile
    clue: Clue
    at: datetime


def solve_album(agent: GeoAgent, photos: Sequence[Path], hint: str = "") -> dict[int, TraceFile]:
    """Solve photos of one journey, each by itself and then by those before and after it: the traces by the photos'
    places in the order given.

    The agent needs a checkpointer. A photo without a time is solved by itself, and so are all where fewer than two have
    one. A photo that cannot be solved is told, and has no trace; so has each that is left when the photos have cost
    what the settings allow.
    """
    files = _by_themselves(agent, photos, hint)
    pages = {n: page for n, file in files.items() if (page := _page(photos[n], file)) is not None}
    untimed = len(files) - len(pages)
    if untimed:
        log.warning(f"{untimed} of {len(files)} photos do not say when they were taken, and are solved by themselves")
    order = sorted(pages, key=lambda n: pages[n].at)
    added: dict[int, list[Evidence]] = {n: [] for n in order}
    for direction in (order, order[::-1]):
        for n, evidence in _passed_on([pages[n] for n in direction], agent):
            added[direction[n]].append(evidence)
    return {n: _decided(agent, n, file, added.get(n, ())) for n, file in files.items()}


def _by_themselves(agent: GeoAgent, photos: Sequence[Path], hint: str) -> dict[int, TraceFile]:
    """Each photo solved without the others; what breaks costs one photo its answer, not the others theirs."""
    files, most = dict[int, TraceFile](), agent.settings.max_cost
    for n, photo in enumerate(photos):
        spent = sum(file.prediction.usage.dollars or 0.0 for file in files.values())
        if most is not None and spent >= most:
            log.error(f"--max-cost is reached; {len(photos) - n} of {len(photos)} photos were not solved")
            break
        try:
            files[n] = agent.trace(photo, hint=hint, case=f"album {n}")
        except (ImageError, TraceError) as error:
            log.error(str(error))
        except GeoAgentError:
            raise
        except Exception as error:  # whatever breaks costs this photo its answer, not the others theirs
            log.error(f"{photo}: {set_aside(error)}")
            log.debug("", exc_info=True)
    return files


def _page(photo: Path, file: TraceFile) -> Page | None:
    for clue in file.trace.clues:
        found = TAKEN.fullmatch(clue.value)
        if found and (clue.kind, clue.witness) == ("metadata", "exif"):
            try:
                return Page(photo.name, file, clue, datetime.strptime(found[1], "%Y:%m:%d %H:%M:%S"))
            except ValueError:  # a month of 13
                return None
    return None


def _passed_on(pages: Sequence[Page], agent: GeoAgent) -> list[tuple[int, Evidence]]:
    """For each photo but the first what those before it in this order say, by its number."""
    found, told = list[tuple[int, Evidence]](), list[Evidence]()
    for number, (before, page) in enumerate(pairwise(pages), 1):
        trace = before.file.trace
        belief = agent.resources.beliefs.of((*_own(trace, agent), *told), trace.spots)
        said = travel(before, page, belief) if belief.terms else None
        told = [said] if said else []
        found += [(number, said)] if said else []
    return found


def _own(trace: Trace, agent: GeoAgent) -> list[Evidence]:
    """What is known of one photo alone: without the hint and the records that every photo of the album begins with."""
    shared = {item.id for item in agent.resources.given.evidence}
    return [item for item in trace.evidence if item.witness != "user" and item.id not in shared]


def travel(before: Page, page: Page, belief: Belief) -> Evidence | None:
    """What the belief about one photo says of another that was taken earlier or later; None where that is too long."""
    hours = abs((page.at - before.at).total_seconds()) / 3600
    paces = [(share, near + per_hour * hours) for share, near, per_hour in PACES if near + per_hour * hours < MOST_KM]
    if not paces:
        return None
    cell, area = belief.atlas.cells
    held = np.bincount(cell, belief.probability, len(area))
    parts = []
    for number in np.argsort(-held)[:PLACES].tolist():
        point = belief.atlas.point(int(np.where(cell == number, belief.probability, -1).argmax()))
        parts += [
            (TRUSTED * share * float(held[number]), Kernel(lat=point.lat, lon=point.lon, sigma_km=km + CELL_KM))
            for share, km in paces
        ]
    leader = rank_countries(belief, 1)[0]
    when = "after" if page.at >= before.at else "before"
    return Evidence(
        kind=KIND, witness=WITNESS, level="city", group=f"{WITNESS}:{when}", clues=(page.clue.id,),
        statement=f"taken {_span(hours)} {when} {printable(before.name)[:80]}, which was taken in {leader.name} "
        f"({percent(leader.probability)})",
        likelihood=Mixture(parts=tuple(parts)),
    )  # fmt: skip


def _span(hours: float) -> str:
    if hours < 2:
        return f"{hours * 60:.0f} minutes"
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"


def _decided(agent: GeoAgent, number: int, file: TraceFile, evidence: Sequence[Evidence]) -> TraceFile:
    """The answer for a photo once the others have spoken."""
    if not evidence:
        return file
    steps = tuple(evidence_step("verify", item) for item in evidence)
    added: State = {"trace": Trace(evidence=tuple(evidence), steps=steps), "next": "verify"}
    *_, last = agent.amend(f"album {number}", added, "investigate")
    assert isinstance(last, TraceFile)
    return last
