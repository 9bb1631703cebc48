"""What is told of an answer where nothing tells where: what was tried, and what would help."""

from collections.abc import Iterator
from typing import NamedTuple

from geoagent.case.trace import TraceFile
from geoagent.report.unused_position import OPTION, may_use_positions


class Help(NamedTuple):
    """Something that would help where nothing tells where, and the option of `geoagent solve` for it."""

    what: str
    option: str


class Unknown(NamedTuple):
    """What is told instead of a place where nothing tells where: what was tried, and what would help."""

    tried: list[str]
    helps: list[Help]

    @property
    def tried_line(self) -> str:
        """What was tried, as a sentence: "Tried: …"."""
        return f"Tried: {'; '.join(self.tried) or 'nothing'}."

    @property
    def helps_line(self) -> str:
        """What would help, with the options of `geoagent solve` for it, as a sentence: "What would help: …"."""
        return f"What would help: {'; '.join(f'{help.what} ({help.option})' for help in self.helps)}."

    @property
    def line(self) -> str:
        """What was tried and what would help, as one line of text."""
        return f"{self.tried_line} {self.helps_line}" if self.helps else self.tried_line


def unknown(file: TraceFile) -> Unknown | None:
    """What is told instead of levels and a point where nothing tells where; None for an answer that knows something.

    `file` is the answer's trace.
    """
    return Unknown(list(_tried(file)), list(_helps(file))) if file.prediction.is_unknown else None


def _tried(file: TraceFile) -> Iterator[str]:
    trace, prediction = file.trace, file.prediction
    if file.photos and any(step.node == "perceive" for step in trace.steps):
        views = counted(len(file.photos) + sum(call.tool == "read_text" for call in trace.calls), "view")
        lines = sum(clue.kind == "text" for clue in trace.clues)
        found = f"{counted(lines, 'line')}, which tell{'s' * (lines == 1)} nothing of the place" if lines else "none"
        yield f"read for text in {views}: {found}"
    if file.hint:
        yield "read the hint: it names no place that could be used"
    posts = sum(clue.kind == "post" for clue in trace.clues)
    if posts:
        yield f"read {counted(posts, 'text')}: no place is named that could be used"
    if file.photos and (file.settings.get("allow_exif_gps") or all(ref.has_position is False for ref in file.photos)):
        yield f"looked for a position in the file{'s' * (len(file.photos) > 1)}: none"
    if prediction.failure == "server":
        yield "asked the model: its server failed"
    elif prediction.failure == "answer":
        yield "asked the model: its answer could not be used"
    elif prediction.usage.model_calls:
        yield "asked the model: it named no place"
    others = sum(call.tool != "read_text" for call in trace.calls)
    if others:
        yield f"{counted(others, 'other look or search', 'other looks or searches')}: nothing that tells where"


def _helps(file: TraceFile) -> Iterator[Help]:
    settings = file.settings
    if not settings.get("vlm"):
        yield Help("connect a model that sees", "--vlm URL")
    elif file.prediction.failure:
        yield Help("connect a model that answers", "--vlm URL")
    if may_use_positions(file) and not settings.get("allow_exif_gps"):
        if file.prediction.unused_positions:
            yield Help("use the position that the file holds", OPTION)
        elif any(ref.has_position is None for ref in file.photos):  # an older trace: nobody looked
            yield Help("allow the position in the file, if there is one", OPTION)
    yield Help("name a place in the hint" if file.hint else "say what you know", "--hint TEXT")


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun in the right form: "1 view", "2 views".

    `many` is the plural, if it is not `one` with an "s".
    """
    return f"{number} {one if number == 1 else many or f'{one}s'}"
