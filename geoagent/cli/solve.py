"""`geoagent solve`: one answer after the other, each shown as it comes."""

import argparse
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from pathlib import Path

from geoagent.agent import Event, GeoAgent
from geoagent.case.trace import TraceFile
from geoagent.errors import BAD_INPUT, DEGRADED, OK, ConfigError, ImageError, ModelError, TraceError
from geoagent.files.folders import FolderKind, claim
from geoagent.files.outputs import Output, check
from geoagent.photo import readable
from geoagent.privacy.disclosure import disclose
from geoagent.report.terminal import render
from geoagent.report.write import FORMS, default_beliefs, report_output, write_report
from geoagent.runs.traces import load_trace, photos_of, save_trace, trace_output
from geoagent.settings import Settings, settings_file

SILENCE_S = 15.0
"""After so long without news it is said that work goes on."""
LONGEST_NAME = 60
"""Characters of a photo's name in those of what is kept of it; file systems take 255 bytes."""
Tell = Callable[[str], None]


def solve(options: argparse.Namespace, settings: Settings, tell: Tell) -> int:
    """Solve each photo, or all as one place, and print the answers; the exit code."""
    if options.workers:
        raise ConfigError("--workers is for many photos in a run: name its folder with --out RUN")
    check(*_outputs(options, settings))
    with _news(tell, options.quiet) as news:
        agent = GeoAgent(settings, tell=news)
        code, cases = OK, [[photo] for photo in options.photos]
        if options.same_place:
            usable = readable(options.photos, tell)
            code = OK if len(usable) == len(options.photos) else BAD_INPUT
            cases = [usable] if usable else []
        for number, photos in enumerate(cases):
            ended = _solve_case(agent, photos, number, options, tell, news)
            code = min(code, ended) if code and ended else code or ended
    return code


def show(options: argparse.Namespace, tell: Tell) -> int:
    """Print a saved trace as it was shown, or report on it, no finer than asked for; the exit code."""
    photos = photos_of(options.file)
    if options.report:  # before an atlas is built, which reading the trace may need
        check(report_output(options.report, (options.file, *photos), options.force))
    beliefs = default_beliefs(tell)
    file, said = load_trace(options.file, beliefs)
    if said:
        tell(f"geoagent: {options.file}: {said}")
    if options.disclose != "exact":
        file = disclose(file, options.disclose, beliefs())
    if options.report:
        write_report(file, options.report, beliefs, (options.file, *photos), options.force)
    else:
        print(file.prediction.model_dump_json() if options.json else render(file))
    return OK


def _solve_case(
    agent: GeoAgent, photos: Sequence[Path], number: int, options: argparse.Namespace, tell: Tell, news: Tell
) -> int:
    try:
        file = agent.direct(*photos, hint=options.hint) if options.direct else _follow(agent, photos, options, news)
        file = disclose(file, options.disclose, agent.resources.beliefs)
    except (ImageError, TraceError) as error:
        tell(f"geoagent: {error}")
        return BAD_INPUT
    except ModelError as error:  # of --direct, which rests on the model alone
        tell(f"geoagent: {photos[0]}: {error}")
        return DEGRADED
    if options.json:
        print(file.prediction.model_dump_json(), flush=True)
    else:
        print(("\n" if number else "") + render(file), flush=True)
    inputs = _inputs(options, agent.settings)
    try:
        if options.trace:
            save_trace(file, _trace_path(options, photos[0], number), inputs, options.force)
        if options.report:
            path = _report_path(options, photos[0], number)
            write_report(file, path, lambda: agent.resources.beliefs, inputs, options.force)
    except ConfigError as error:
        tell(f"geoagent: {photos[0]}: solved, but not kept: {error}")
        return BAD_INPUT
    return DEGRADED if file.prediction.status == "degraded" else OK


def _follow(agent: GeoAgent, photos: Sequence[Path], options: argparse.Namespace, news: Tell) -> TraceFile:
    for item in agent.follow(*photos, hint=options.hint):
        if not isinstance(item, Event):
            return item
        if options.disclose != "exact":
            news(f"  {item.node}")
            continue
        for step in item.added.steps[:3]:
            news(f"  {item.node:<12}{' '.join(step.statement.split())[:120]}")
    raise AssertionError("a run ends with its trace")


@contextmanager
def _news(tell: Tell, quiet: bool) -> Iterator[Tell]:
    """What tells of progress; after a long silence, such as a slow model's, it says by itself that work goes on."""
    if quiet:
        yield lambda line: None
        return
    last, over = [time.monotonic()], threading.Event()

    def news(line: str) -> None:
        last[0] = time.monotonic()
        tell(line)

    def watch() -> None:
        while not over.wait(SILENCE_S):
            silent = time.monotonic() - last[0]
            if silent >= SILENCE_S:
                tell(f"  still waiting, {silent:.0f} s after the last step")

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield news
    finally:
        over.set()
        watcher.join()


def _outputs(options: argparse.Namespace, settings: Settings) -> list[Output]:
    """All files that will be written, in folders of our own where there are several answers. Raises ConfigError."""
    inputs = _inputs(options, settings)
    cases = [(photo, number) for number, photo in enumerate(options.photos)] if _several_cases(options) else []
    found = []
    if options.trace:
        paths = [_trace_path(options, *case) for case in cases] or [options.trace]
        found += [trace_output(path, inputs, options.force) for path in paths]
    if options.report:
        paths = [_report_path(options, *case) for case in cases] or [options.report]
        found += [report_output(path, inputs, options.force) for path in paths]
    if cases:
        for flag, folder in (("--trace", options.trace), ("--report", options.report)):
            if folder:
                _claim(flag, folder)
    return found


def _inputs(options: argparse.Namespace, settings: Settings) -> tuple[Path, ...]:
    """What is read and therefore not written over."""
    folders = (settings.gallery, settings.elevation, settings.prior_weights)
    return (*options.photos, *filter(None, folders), settings_file(os.environ))


def _claim(flag: str, folder: Path) -> None:
    """Make the folder of several answers, or make sure that it is one."""
    try:
        claim(folder, ANSWERS)
    except ConfigError as error:
        raise ConfigError(f"{flag}, of several answers a folder: {error}") from error
    if not os.access(folder, os.W_OK):
        raise ConfigError(f"{flag}: cannot write in {folder}")


def _was_answers(folder: Path, names: Set[str]) -> bool:
    """Whether all in it are traces and pages of ours, by their names and their content."""
    forms = {".json": trace_output(folder, ()).form, ".html": FORMS[".html"]}
    return all(
        re.match(r"[1-9]\d*(-|\.)", name) and (form := forms.get(Path(name).suffix)) and form.is_one(folder / name)
        for name in names
    )


ANSWERS = FolderKind("folder of answers", "name another folder", _was_answers)


def _several_cases(options: argparse.Namespace) -> bool:
    return len(options.photos) > 1 and not options.same_place


def _trace_path(options: argparse.Namespace, photo: Path, number: int) -> Path:
    if not _several_cases(options):
        return Path(options.trace)
    return Path(options.trace) / f"{_name(options, photo, number)}.json"


def _report_path(options: argparse.Namespace, photo: Path, number: int) -> Path:
    return options.report / f"{_name(options, photo, number)}.html" if _several_cases(options) else Path(options.report)


def _name(options: argparse.Namespace, photo: Path, number: int) -> str:
    """The name of what is kept of one of several answers, without the photo's where that may not be told."""
    return f"{number + 1}-{photo.name[:LONGEST_NAME]}" if options.disclose == "exact" else f"{number + 1}"
