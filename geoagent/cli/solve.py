"""`geoagent solve`: one answer after the other, each shown as it comes; with --out a run of many photos."""

import argparse
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.cli.options import (
    add_asking,
    add_budget,
    add_disclose,
    add_exif,
    add_force,
    add_model,
    add_outside,
    add_workers,
)
from geoagent.errors import (
    BAD_INPUT,
    DEGRADED,
    OK,
    UNEXPECTED,
    ConfigError,
    GeoAgentError,
    ImageError,
    ModelError,
    TraceError,
    set_aside,
)

if TYPE_CHECKING:
    from geoagent.agent import GeoAgent
    from geoagent.case.trace import TraceFile
    from geoagent.files.outputs import Output
    from geoagent.settings import Settings

log = logging.getLogger(__name__)

SILENCE_S = 15.0
"""After so long without news it is said that work goes on."""
LONGEST_NAME = 60
"""Characters of a photo's name in those of what is kept of it; file systems take 255 bytes."""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    solve = commands.add_parser("solve", help="say where photos were taken", description="Say where photos were taken.")
    solve.add_argument(
        "photos", nargs="+", type=Path, metavar="PHOTO", help="a photo; with --out also a folder of them"
    )
    solve.add_argument("--same-place", action="store_true", help="the photos are of one place: solve them together")
    solve.add_argument("--hint", default="", metavar="TEXT", help='what is known, such as "somewhere in Spain"')
    add_model(solve)
    add_asking(solve)
    add_exif(solve)
    add_outside(solve)
    solve.add_argument("--direct", action="store_true", help="ask the model once, without tools: the baseline")
    solve.add_argument("--json", action="store_true", help="print predictions as JSON, one a line")
    solve.add_argument("--trace", type=Path, metavar="FILE", help="save the trace (of several answers: a folder)")
    solve.add_argument(
        "--report", type=Path, metavar="FILE", help="write it as .html, .md, .geojson or .json, or to a folder"
    )
    solve.add_argument(
        "--chain", type=Path, metavar="FILE", help="write the arguments as .jsonl, as eval chain scores them"
    )
    solve.add_argument("--details", action="store_true", help="show also the log: every step of the run")
    solve.add_argument(
        "--out", type=Path, metavar="RUN", help="keep everything in this folder; takes folders of photos"
    )
    add_workers(solve, "with --out: ")
    add_budget(solve)
    solve.add_argument("--quiet", action="store_true", help="no progress")
    add_disclose(solve)
    add_force(solve)
    solve.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Solve the photos; the exit code. Raises ConfigError before any work for options that exclude each other."""
    from geoagent.settings import read_settings

    settings = read_settings(vars(options))
    _check_options(options, settings)
    return _solve_run(options, settings) if options.out else _solve(options, settings)


def _check_options(options: argparse.Namespace, settings: "Settings") -> None:
    if options.direct and not settings.vlm:
        raise ConfigError("--direct asks a model: give its server with --vlm URL")
    if options.direct and settings.allow_exif_gps:
        raise ConfigError("--allow-exif-gps: with --direct nothing but the model's word counts")
    if settings.no_shortcuts and settings.allow_exif_gps:
        raise ConfigError("--no-shortcuts hides the position in the file: leave out --allow-exif-gps")
    if options.out and (options.trace or options.report or options.chain):
        raise ConfigError("--trace, --report, --chain: with --out all is kept in the run, which eval reads and shows")
    if options.out and options.disclose != "exact":
        raise ConfigError("--disclose: a run keeps everything, to be resumed; use --trace instead of --out")
    if options.workers and not options.out:
        raise ConfigError("--workers is for many photos in a run: name its folder with --out RUN")


def _solve_run(options: argparse.Namespace, settings: "Settings") -> int:
    """Solve photos into a run's folder."""
    from geoagent.cli.results import print_results
    from geoagent.photo import readable
    from geoagent.runs.batch import new_batch, photos_in

    photos = named = photos_in(options.photos)
    if options.same_place:
        photos = readable(named)
        if not photos:
            return BAD_INPUT
    batch = new_batch(
        settings, photos, options.out, options.hint, options.same_place, "direct" if options.direct else "agent"
    )
    code = print_results(batch, options)
    return code if len(photos) == len(named) else BAD_INPUT


def _solve(options: argparse.Namespace, settings: "Settings") -> int:
    """Solve each photo, or all as one place, and print the answers."""
    from geoagent.agent import GeoAgent
    from geoagent.files.outputs import check
    from geoagent.photo import readable

    check(*_outputs(options, settings))
    with _watched():
        agent = GeoAgent(settings)
        code, cases = OK, [[photo] for photo in options.photos]
        if options.same_place:
            usable = readable(options.photos)
            code = OK if len(usable) == len(options.photos) else BAD_INPUT
            cases = [usable] if usable else []
        spent, told = 0.0, dict[str, "TraceFile"]()
        for number, photos in enumerate(cases):
            if settings.max_cost is not None and spent >= settings.max_cost:
                log.error(f"--max-cost is reached; {len(cases) - number} of {len(cases)} photos were not solved")
                return code or DEGRADED
            ended, dollars = _solve_case(agent, photos, number, options, told)
            spent += dollars
            code = min(code, ended) if code and ended else code or ended
    return code


def _solve_case(
    agent: "GeoAgent", photos: Sequence[Path], number: int, options: argparse.Namespace, told: "dict[str, TraceFile]"
) -> tuple[int, float]:
    """Solve one case, print the answer and add it to those that were told: the exit code, and the dollars spent.

    Dollars are counted as far as they are known.
    """
    from geoagent.privacy.disclosure import disclose
    from geoagent.report.terminal import render

    try:
        file = agent.direct(*photos, hint=options.hint) if options.direct else _follow(agent, photos, options)
        file = disclose(file, options.disclose, agent.resources.beliefs)
    except (ImageError, TraceError) as error:
        log.error(error)
        return BAD_INPUT, 0.0
    except ModelError as error:  # of --direct, which rests on the model alone
        log.error(f"{photos[0]}: {error}")
        return DEGRADED, 0.0
    except GeoAgentError:
        raise
    except Exception as error:  # whatever breaks costs this photo its answer, not the others theirs
        log.error(f"{photos[0]}: {set_aside(error)}")
        log.debug("", exc_info=True)
        return UNEXPECTED, 0.0
    dollars = file.prediction.usage.dollars or 0.0
    if options.json:
        print(file.prediction.model_dump_json(), flush=True)
    else:
        print(("\n" if number else "") + render(file, options.details), flush=True)
    told[_chain_id(photos[0], number, options, told)] = file
    try:
        _keep(told, agent, photos[0], number, options)
    except ConfigError as error:
        log.error(f"{photos[0]}: solved, but not kept: {error}")
        return BAD_INPUT, dollars
    return DEGRADED if file.prediction.status == "degraded" else OK, dollars


def _chain_id(photo: Path, number: int, options: argparse.Namespace, told: "dict[str, TraceFile]") -> str:
    """What a chain is found by: the photo's name without its suffix, where it may be told and is the only one."""
    return photo.stem if options.disclose == "exact" and photo.stem not in told else f"{number + 1}"


def _keep(
    told: "dict[str, TraceFile]", agent: "GeoAgent", photo: Path, number: int, options: argparse.Namespace
) -> None:
    from geoagent.report.write import write_chains, write_report
    from geoagent.runs.trace_files import save_trace

    inputs = _inputs(options, agent.settings)
    file = list(told.values())[-1]
    if options.chain:
        write_chains(told, options.chain, inputs, options.force)
    if options.trace:
        save_trace(file, _trace_path(options, photo, number), inputs, options.force)
    if options.report:
        path = _report_path(options, photo, number)
        write_report(file, path, lambda: agent.resources.beliefs, inputs, options.force)


def _follow(agent: "GeoAgent", photos: Sequence[Path], options: argparse.Namespace) -> "TraceFile":
    from geoagent.agent import Event

    for item in agent.follow(*photos, hint=options.hint):
        if not isinstance(item, Event):
            return item
        if options.disclose != "exact":
            log.info(f"  {item.node}")
            continue
        for step in item.added.steps[:3]:
            log.info(f"  {item.node:<12}{' '.join(step.statement.split())[:120]}")
    raise AssertionError("a run ends with its trace")


class _LastNews(logging.Handler):
    """Notes when the log last had news."""

    at = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        if not hasattr(record, "waiting"):
            self.at = time.monotonic()


@contextmanager
def _watched() -> Iterator[None]:
    """After a long silence, such as a slow model's, say that work goes on."""
    last, over = _LastNews(), threading.Event()
    last.at = time.monotonic()

    def watch() -> None:
        while not over.wait(SILENCE_S):
            silent = time.monotonic() - last.at
            if silent >= SILENCE_S:
                log.info(f"  still waiting, {silent:.0f} s after the last step", extra={"waiting": True})

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    logging.getLogger("geoagent").addHandler(last)
    try:
        yield
    finally:
        logging.getLogger("geoagent").removeHandler(last)
        over.set()
        watcher.join()


def _outputs(options: argparse.Namespace, settings: "Settings") -> "list[Output]":
    """All files that will be written, in folders of our own where there are several answers. Raises ConfigError."""
    from geoagent.report.write import chains_output, report_output
    from geoagent.runs.trace_files import trace_output

    inputs = _inputs(options, settings)
    cases = [(photo, number) for number, photo in enumerate(options.photos)] if _several_cases(options) else []
    found = []
    if options.trace:
        paths = [_trace_path(options, *case) for case in cases] or [options.trace]
        found += [trace_output(path, inputs, options.force) for path in paths]
    if options.chain:
        found.append(chains_output(options.chain, inputs, options.force))
    if options.report:
        paths = [_report_path(options, *case) for case in cases] or [options.report]
        found += [report_output(path, inputs, options.force) for path in paths]
    if cases:
        for flag, folder in (("--trace", options.trace), ("--report", options.report)):
            if folder:
                _claim(flag, folder)
    return found


def _inputs(options: argparse.Namespace, settings: "Settings") -> tuple[Path, ...]:
    """What is read and therefore not written over."""
    from geoagent.settings import settings_file

    folders = (settings.gallery, settings.elevation, settings.knowledge, settings.prior_weights)
    return (*options.photos, *filter(None, folders), settings_file(os.environ))


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
