"""Turns a film into photos that stand for it; the decoding runs in a process of its own."""

from pathlib import Path
from typing import Any, NamedTuple

from geoagent.case.views import FilmFrame
from geoagent.errors import ImageError
from geoagent.limited_process import ApartError, Limit, TookTooLong, apart
from geoagent.plain_text import FILM_SUFFIXES, printable, short_name

DECODING = Limit(processor_s=240.0, whole_s=600.0)
"""What decoding one film may take."""


class KeyFrame(NamedTuple):
    """A frame that was chosen from a film: a file `name` made of the film's name and the frame's time, the `source`
    (which film, and when), and its PNG as bytes.
    """

    name: str
    source: FilmFrame
    content: bytes


class Film(NamedTuple):
    """The photos that stand for a film.

    - `places` holds the chosen frames of each place that the film shows.
    - `has_position` says whether its file, or the drone's subtitles, hold a position.
    - `unused` are sentences on what of the film was not used, such as its end; empty where all was.
    """

    places: tuple[tuple[KeyFrame, ...], ...]
    has_position: bool
    unused: tuple[str, ...]


def is_film(path: Path) -> bool:
    """Whether the ending of a file's name, such as .mp4, is that of a film; the file is not opened."""
    return path.suffix.lower() in FILM_SUFFIXES


def read_film(path: Path, *, positions: bool) -> Film:
    """The frames that stand for the film at `path`, place by place. Raises ImageError, in one line, where the file is
    no film or cannot be decoded within the limits.

    With `positions` each frame's PNG holds, as EXIF, the position that the film's file tells for its time.
    """
    try:
        given = {"path": str(path), "positions": positions}
        with apart("geoagent.film.decoding:key_frames", given, b"", DECODING) as done:
            told = done.data
            places = tuple(
                tuple(_frame(path, told, row["at_s"], done.read(row["size"])) for row in place)
                for place in told["places"]
            )
    except ApartError as error:
        raise ImageError(str(error)) from error
    except TookTooLong as error:
        limit = f"more than {DECODING.processor_s:.0f} s of a processor, or too much memory"
        raise ImageError(f"{path}: takes {limit}, to be decoded; cut out what matters, or save it anew") from error
    return Film(places, told["has_position"], tuple(_unused(path, told)))


def _frame(path: Path, told: dict[str, Any], at_s: float, content: bytes) -> KeyFrame:
    source = FilmFrame(film=printable(path.name)[:255], sha256=told["sha256"], at_s=round(at_s, 3))
    minutes, seconds = divmod(at_s, 60)
    return KeyFrame(f"{short_name(path.stem)}-{minutes:.0f}m{seconds:04.1f}s.png", source, content)


def _unused(path: Path, told: dict[str, Any]) -> list[str]:
    """What of the film was not used, in sentences."""
    found = []
    name = printable(path.name)
    if not told["is_whole"]:
        end = f" of {told['lasts_s']:.0f}" if told["lasts_s"] > told["until_s"] else ""
        found.append(f"{name}: looked at up to second {told['until_s']:.0f}{end}; what follows was not, or is cut off")
    if told["left_out"]:
        count = told["left_out"]
        more = f"{count} more places were" if count > 1 else "one more place was"
        found.append(f"{name}: {more} left out, shown for less long than the others")
    return found
