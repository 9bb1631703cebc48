"""The files in which `geoagent solve` keeps its answers: checked before any work, written answer by answer."""

import argparse
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from geoagent.errors import ConfigError
from geoagent.plain_text import FILM_SUFFIXES, short_name

if TYPE_CHECKING:
    from geoagent.agent import GeoAgent
    from geoagent.case.trace import TraceFile
    from geoagent.files.outputs import Output
    from geoagent.settings import Settings

ALL = "all"
"""What a file of all answers is called."""
TOLD = 6
"""Files that are told by name once they are written."""
EXPORTS = ("kml", "gpx", "csv", "geojson", "md", "html", "pdf", "json")


def read_by(settings: "Settings", photos: Iterable[str | Path]) -> tuple[Path, ...]:
    """The paths that solving these photos reads: the photos, the subtitles beside films, and the files and folders
    that the settings name.

    They are never written over.
    """
    from geoagent.film.positions import subtitles_beside
    from geoagent.settings import settings_file

    paths = [Path(photo) for photo in photos]
    beside = (name for path in paths if path.suffix.lower() in FILM_SUFFIXES for name in subtitles_beside(path))
    return (*paths, *beside, *settings.paths_read, settings_file(os.environ))


class Kept:
    """The files in which `geoagent solve` keeps its answers, as its options name them.

    `names` has a photo's name for each case, in order: the first photo's.
    """

    def __init__(self, options: argparse.Namespace, settings: "Settings", names: Sequence[str]) -> None:
        self._options, self._settings, self._names = options, settings, names
        self._written = dict[Path, None]()

    @property
    def is_several(self) -> bool:
        """Whether there are several cases. Then `--report` and `--trace` name folders, with a file for each."""
        return len(self._names) > 1

    def check(self) -> None:
        """Make sure before any work that all files can be written, and make the folders that they go into.

        Raises ConfigError where a file may not or cannot be written, or where a flag for one answer meets several.
        """
        from geoagent.files.outputs import check

        options = self._options
        for flag, path in (("--write-position", options.write_position), ("--bundle", options.bundle)):
            if path and self.is_several:
                raise ConfigError(f"{flag} is for one answer: name one photo, or say --same-place")
        outputs = list(self._outputs())
        if options.export:
            _make(options.into)
        for flag, folder in (("--trace", options.trace), ("--report", options.report)) if self.is_several else ():
            if folder:
                _claim(flag, folder)
        check(*outputs)

    def keep(self, told: "Mapping[str, TraceFile]", agent: "GeoAgent", number: int) -> None:
        """Write the files of the latest answer, which is the last of `told`.

        `told` has the traces so far by the ids of their chains. `agent` is the one that solved it; `number` is that of
        its case, counted from 0. Raises ConfigError where a file cannot be written.
        """
        from geoagent.report.chain_file import write_chains
        from geoagent.report.write import write_report
        from geoagent.runs.trace_files import save_trace

        options, inputs, force = self._options, self._inputs, self._options.force
        file = list(told.values())[-1]
        if options.chain:
            write_chains(told, options.chain, inputs, force)
            self._note(options.chain)
        if options.trace:
            save_trace(file, self._trace_path(number), inputs, force)
            self._note(self._trace_path(number))
        if options.report:
            write_report(file, self._report_path(number), lambda: agent.resources.beliefs, inputs, force)
            self._note(self._report_path(number))
        for path in self._export_paths(number):
            write_report(file, path, lambda: agent.resources.beliefs, inputs, force)
            self._note(path)
        if options.write_position:
            from geoagent.report.write_position import write_position

            write_position(file, options.write_position, inputs, force)
            self._note(options.write_position)
        if options.bundle:
            from geoagent.report.bundle import write_bundle

            write_bundle(file, options.bundle, agent.resources.beliefs, options.with_photo, inputs, force)
            self._note(options.bundle)

    def keep_all(self, files: "Sequence[TraceFile]", agent: "GeoAgent") -> None:
        """Write the files that `--export` makes of several answers together, such as all.kml; nothing for one answer.

        `files` are the traces of all answers. `agent` is the one that solved them. Raises ConfigError where a file
        cannot be written.
        """
        from geoagent.report.write import write_collection

        for path in self._collected_paths() if files else ():
            write_collection(files, path, agent.resources.beliefs, self._inputs, self._options.force)
            self._note(path)

    def tell(self) -> None:
        """Say on one line which files were written; nothing with `--quiet`, or where none was."""
        from geoagent.console import tell

        names = [str(path) for path in self._written]
        if names and not self._options.quiet:
            more = len(names) - TOLD
            tell(f"wrote {', '.join(names[:TOLD])}{f' and {more} more' if more > 0 else ''}")

    def _note(self, path: str | Path) -> None:
        self._written[Path(path)] = None

    def _outputs(self) -> "Iterator[Output]":
        """All files that will be written. Raises ConfigError."""
        from geoagent.report.bundle import bundle_output
        from geoagent.report.chain_file import chains_output
        from geoagent.report.write import report_output
        from geoagent.report.write_position import position_output
        from geoagent.runs.trace_files import trace_output

        options, inputs, force = self._options, self._inputs, self._options.force
        cases = range(len(self._names))
        if options.trace:
            yield from (trace_output(self._trace_path(number), inputs, force) for number in cases)
        if options.chain:
            yield chains_output(options.chain, inputs, force)
        if options.report:
            yield from (report_output(self._report_path(number), inputs, force) for number in cases)
        exported = [path for number in cases for path in self._export_paths(number)]
        yield from (report_output(path, inputs, force, "--export") for path in [*exported, *self._collected_paths()])
        if options.write_position:
            yield position_output(options.write_position, inputs, force)
        if options.bundle:
            yield bundle_output(options.bundle, inputs, force)

    @property
    def _inputs(self) -> tuple[Path, ...]:
        """What is read and therefore not written over."""
        ranges = [self._options.ranges] if self._options.ranges else []
        return read_by(self._settings, [*self._options.photos, *ranges])

    def _trace_path(self, number: int) -> Path:
        return (
            Path(self._options.trace) / f"{self._name(number)}.json" if self.is_several else Path(self._options.trace)
        )

    def _report_path(self, number: int) -> Path:
        folder = Path(self._options.report)
        return folder / f"{self._name(number)}.html" if self.is_several else folder

    def _export_paths(self, number: int) -> list[Path]:
        return [self._options.into / f"{self._stems[number]}.{form}" for form in self._options.export]

    def _collected_paths(self) -> list[Path]:
        from geoagent.report.write import COLLECTED

        forms = [form for form in self._options.export if f".{form}" in COLLECTED] if self.is_several else []
        return [self._options.into / f"{ALL}.{form}" for form in forms]

    def _name(self, number: int) -> str:
        """The name of what is kept of one of several answers, without the photo's where that may not be told."""
        is_exact = self._options.disclose == "exact"
        return f"{number + 1}-{short_name(self._names[number])}" if is_exact else f"{number + 1}"

    @cached_property
    def _stems(self) -> list[str]:
        """The names of exports: those of the photos without their endings, each once; numbers where none is told."""
        found: list[str] = []
        for number, name in enumerate(self._names, 1):
            stem = short_name(Path(name).stem) if self._options.disclose == "exact" else str(number)
            taken = {other.casefold() for other in [*found, *([ALL] if self.is_several else [])]}
            found.append(f"{stem}-{number}" if stem.casefold() in taken else stem)
        return found


def forms(text: str) -> tuple[str, ...]:
    """The export forms in a list with commas: "kml,gpx" gives ("kml", "gpx").

    Capitals and a dot before a form do not matter. Raises ArgumentTypeError for an unknown form, or none.
    """
    from geoagent.cli.parsing import did_you_mean

    named = tuple(dict.fromkeys(part.strip().lower().lstrip(".") for part in text.split(",") if part.strip()))
    if not named:
        raise argparse.ArgumentTypeError(f"name at least one of {', '.join(EXPORTS)}")
    for form in named:
        if form not in EXPORTS:
            told = did_you_mean(form, EXPORTS) or f"; choose from {', '.join(EXPORTS)}"
            raise argparse.ArgumentTypeError(f"{form!r} is no form of an answer{told}")
    return named


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"--into: {folder}: {error.strerror or error}") from error


def _claim(flag: str, folder: Path) -> None:
    """Make the folder of several answers, or make sure that it is one."""
    from geoagent.files.folders import claim
    from geoagent.report.write import ANSWERS

    try:
        claim(folder, ANSWERS)
    except ConfigError as error:
        raise ConfigError(f"{flag}, of several answers a folder: {error}") from error
    if not os.access(folder, os.W_OK):
        raise ConfigError(f"{flag}: cannot write in {folder}")
