"""What is told of a position that a photo's file holds and that was not used."""

from typing import NamedTuple

from geoagent.case.trace import TraceFile
from geoagent.plain_text import joined

OPTION = "--allow-exif-gps"


class UnusedPosition(NamedTuple):
    """The sentence that a photo's file holds a position which was not used, and the option that would use it.

    The option is "" where it may not be used.
    """

    sentence: str
    option: str

    @property
    def line(self) -> str:
        """The sentence, and after it the option that would use the position, on one line."""
        return f"{self.sentence} {self.option} uses it." if self.option else self.sentence


def unused_position(file: TraceFile) -> UnusedPosition | None:
    """The sentence on positions in the files of an answer's photos; None where there is none, or they were used."""
    numbers = file.prediction.unused_positions
    if not numbers:
        return None
    return UnusedPosition(_sentence(numbers, len(file.photos)), OPTION if may_use_positions(file) else "")


def may_use_positions(file: TraceFile) -> bool:
    """Whether a position in a photo's file may count at all.

    It may not in a run without shortcuts, nor where a model is taken at its word.
    """
    return not (file.settings.get("no_shortcuts") or file.reasoner.at_its_word)


def _sentence(numbers: tuple[int, ...], photos: int) -> str:
    if photos == 1:
        return "This file holds a position; it was not used."
    if len(numbers) == 1:
        return f"The file of photo {numbers[0]} holds a position; it was not used."
    return f"The files of photos {joined([str(number) for number in numbers])} hold positions; they were not used."
