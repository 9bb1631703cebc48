"""Makes evidence of what a model reads in a photo: a witness besides text recognition, which it may correct.

All that a model reads counts in one group with its opinion, which was formed from it. What text recognition has read
alike is not counted again.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from geoagent.atlas import Atlas
from geoagent.case.evidence import Clue, Evidence, Id, superseded
from geoagent.case.trace import Trace
from geoagent.case.views import Box, PhotoRef
from geoagent.photo.warps import box_in_photo
from geoagent.plain_text import fold, printable
from geoagent.reading.ocr.recognition import overlap
from geoagent.reading.readers import is_model, is_read
from geoagent.reading.texts import read_clues
from geoagent.reading.withdrawn_readings import correction, read_again

DOUBTFUL = 0.85
"""Below this confidence of text recognition another reading of the same box takes the place of its own."""
SAME_BOX = 0.3
"""The least overlap of two boxes of one text: a model's boxes are rough."""


class _Placed(NamedTuple):
    """A text where it lies in a photo, by index."""

    clue: Clue
    photo: int
    box: Box


def read_transcripts(
    seen: Sequence[Clue], trace: Trace, standing: Sequence[Evidence], refs: Sequence[PhotoRef], atlas: Atlas
) -> list[Evidence]:
    """The evidence of texts that a model has just read in the photo; empty where it read nothing new.

    `seen` are the clues that the model has just noticed, `standing` the evidence of the trace that nothing supersedes,
    and `refs` the photos. Where the model reads something else in the box of a doubtful text, the evidence replaces
    what that implied.
    """
    texts = [clue for clue in seen if is_read(clue) and is_model(clue.witness)]
    known = {fold(clue.value) for clue in trace.clues if clue.kind == "text" and clue.witness == "ocr"}
    fresh = [clue for clue in texts if fold(clue.value) not in known]
    if not fresh:
        return []
    corrected = _corrected(fresh, trace, standing, refs, atlas)
    fallen = {i for item in corrected for i in superseded(item)}
    kept = [item for item in (*standing, *corrected) if item.witness == "ocr" and item.id not in fallen]
    told = {(item.kind, item.group, item.likelihood.model_dump_json()) for item in kept}
    found = [e for e in read_clues(fresh, atlas) if (e.kind, e.group, e.likelihood.model_dump_json()) not in told]
    return [*corrected, *(_as_read(item, fresh[0].witness) for item in found)]


def without_readings(
    fallen: Collection[Id], trace: Trace, standing: Sequence[Evidence], atlas: Atlas
) -> list[Evidence]:
    """The evidence that replaces what rested on clues which a second look did not confirm (`fallen`); empty where
    nothing did.

    `standing` is the evidence of the trace that nothing supersedes. The model's other texts are read anew. An opinion
    stays: it is formed from the whole photo.
    """
    stale = [e for e in standing if set(e.clues) & set(fallen) and e.kind not in ("opinion", "correction")]
    if not stale:
        return []
    wrong = [clue for clue in trace.clues if clue.id in fallen and any(clue.id in item.clues for item in stale)]
    named = "; ".join(f'"{printable(clue.value)}"' for clue in wrong)
    said = correction(wrong[0].witness, f"not confirmed by a second look: {named}", [clue.id for clue in wrong])
    replacing, *found = read_again(trace, set(fallen), (), stale, said, atlas)
    gone = {item.id for item in stale}
    told = {(e.kind, e.group, e.likelihood.model_dump_json()) for e in standing if e.id not in gone}
    fresh = [e for e in found if (e.kind, e.group, e.likelihood.model_dump_json()) not in told]
    return [replacing, *(_as_read(item, wrong[0].witness) for item in fresh)]


def _as_read(item: Evidence, witness: str) -> Evidence:
    statement = f"{item.statement[:1960]}, as the model reads it"
    return item.replace(witness=witness, group=f"opinion:{witness}", statement=statement)


def _corrected(
    fresh: Sequence[Clue], trace: Trace, standing: Sequence[Evidence], refs: Sequence[PhotoRef], atlas: Atlas
) -> list[Evidence]:
    """What stands in place of doubtful readings of text recognition where the model has read something else."""
    pairs = list(_contradicted(fresh, trace, refs))
    wrong = {old.id for old, _ in pairs}
    stale = [e for e in standing if e.witness == "ocr" and e.kind != "correction" and wrong & set(e.clues)]
    if not stale:
        return []
    readings = "; ".join(f'"{printable(old.value)}" is "{printable(new.value)}"' for old, new in pairs[:4])
    cites = tuple(dict.fromkeys(old.id for old, _ in pairs)) + tuple(new.id for _, new in pairs)
    said = correction(fresh[0].witness, f"read by the model where text recognition was unsure: {readings}", cites)
    return read_again(trace, wrong, (), stale, said, atlas)


def _contradicted(fresh: Sequence[Clue], trace: Trace, refs: Sequence[PhotoRef]) -> Iterator[tuple[Clue, Clue]]:
    """Doubtful readings of text recognition, each with what the model reads in the same box."""
    doubtful = [c for c in trace.clues if c.kind == "text" and c.witness == "ocr" and c.confidence < DOUBTFUL]
    placed = [_placed(clue, trace, refs) for clue in doubtful]
    for new in (found for clue in fresh if (found := _placed(clue, trace, refs))):
        for old in (item for item in placed if item is not None and item.photo == new.photo):
            if overlap(old.box, new.box) >= SAME_BOX and not _is_part(fold(old.clue.value), fold(new.clue.value)):
                yield old.clue, new.clue


def _is_part(one: str, other: str) -> bool:
    """Whether one of two readings is a part of the other: a line of a sign that was read whole."""
    return f" {one} " in f" {other} " or f" {other} " in f" {one} "


def _placed(clue: Clue, trace: Trace, refs: Sequence[PhotoRef]) -> _Placed | None:
    view = next((view for view in trace.views if view.number == clue.view), None)
    if view is None or clue.box is None or view.of or view.beside or view.outside or view.photo >= len(refs):
        return None
    ref = refs[view.photo]
    box = box_in_photo(view, clue.box, (ref.width, ref.height), ref.panorama)
    return _Placed(clue, view.photo, box) if box else None
