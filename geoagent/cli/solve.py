"""`geoagent solve`: tells where photos were taken and prints each answer; with `--out` it keeps many as a run."""

import argparse
import logging
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.cli.options import (
    add_asking,
    add_budget,
    add_details,
    add_disclose,
    add_engine,
    add_exif,
    add_force,
    add_links,
    add_model,
    add_outside,
)
from geoagent.cli.parsing import alike
from geoagent.cli.solve_outputs import EXPORTS, Kept, forms
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
from geoagent.plain_text import FILM_SUFFIXES

if TYPE_CHECKING:
    from geoagent.agent import GeoAgent
    from geoagent.case.trace import Trace, TraceFile
    from geoagent.settings import Settings

log = logging.getLogger(__name__)


def add(commands: Any) -> None:
    """Add the command `geoagent solve`, which says where photos were taken, to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    solve = commands.add_parser(
        "solve", help="say where photos were taken", usage="geoagent [solve] PHOTO… [options]",
        description="Say where photos were taken: geoagent photo.jpg. Or what place a text is about: geoagent --text …",
    )  # fmt: skip
    solve.add_argument(
        "photos", nargs="*", type=given, metavar="PHOTO",
        help="a photo, a folder of photos, with --online the address of one, with --out a tar or Parquet file",
    )  # fmt: skip
    solve.add_argument("--hint", default="", metavar="TEXT", help='what is known, such as "somewhere in Spain"')
    solve.add_argument(
        "--text", action="append", default=[], metavar="TEXT",
        help="what somebody wrote of the place, with a photo or alone: a post, a caption; several of one event",
    )  # fmt: skip
    solve.add_argument(
        "--heard", action="append", default=[], metavar="SPECIES", help="a species that was heard or seen there"
    )
    solve.add_argument(
        "--ranges", type=Path, metavar="FILE", help="with --heard: where species live, as outlines, points or areas"
    )
    solve.add_argument("--same-place", action="store_true", help="the photos are of one place: solve them together")
    solve.add_argument(
        "--album", action="store_true",
        help="the photos are of one journey: by the times in the files each tells where the next can be",
    )  # fmt: skip
    add_exif(solve)
    _add_shown(solve.add_argument_group("what is shown"))
    _add_kept(solve.add_argument_group("what is kept"))
    model = solve.add_argument_group("a model that sees")
    add_model(model)
    add_asking(model)
    model.add_argument("--direct", action="store_true", help="ask the model once, without tools: the baseline")
    add_outside(solve.add_argument_group("what may be asked and read besides"))
    limits = solve.add_argument_group("limits")
    add_budget(limits)
    add_engine(limits, "with --out: ")
    solve.set_defaults(command=run)


def _add_shown(shown: Any) -> None:
    add_details(shown)
    add_links(shown)
    shown.add_argument("--json", action="store_true", help="print predictions as JSON, one a line")
    shown.add_argument("--quiet", action="store_true", help="no progress")
    add_disclose(shown)


def _add_kept(kept: Any) -> None:
    kept.add_argument(
        "--report", type=Path, metavar="FILE",
        help="write the answer as .html, .pdf, .md, .kml, .gpx, .csv, .geojson or .json (of several: a folder)",
    )  # fmt: skip
    kept.add_argument(
        "--export", type=forms, default=(), metavar="FORMS",
        help=f"write files named after the photos, such as kml,gpx ({', '.join(EXPORTS)}); of several also one of all",
    )  # fmt: skip
    kept.add_argument("--into", type=Path, default=Path(), metavar="FOLDER", help="where --export writes (here)")
    kept.add_argument(
        "--write-position", type=Path, metavar="FILE",
        help="write the position into a new copy of the photo (.jpg), or beside it (.xmp)",
    )  # fmt: skip
    kept.add_argument("--trace", type=Path, metavar="FILE", help="save the trace (of several answers: a folder)")
    kept.add_argument("--bundle", type=Path, metavar="FILE", help="pack trace, report and hashes as .zip, for others")
    kept.add_argument("--with-photo", action="store_true", help="with --bundle: the photo too")
    kept.add_argument(
        "--chain", type=Path, metavar="FILE", help="write the arguments as .jsonl, as eval chain scores them"
    )
    kept.add_argument("--out", type=Path, metavar="RUN", help="keep everything in this folder, to be resumed")
    add_force(kept)


def given(word: str) -> "Path | str":
    """A photo argument of the command line: an address comes back as text, anything else as a path."""
    return word if "://" in word else Path(word)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent solve`: solve the photos, print and keep the answers.

    The exit code is one of those that `geoagent.cli.main` lists. Raises ConfigError before any work where options
    exclude each other or a file cannot be written.
    """
    from geoagent.settings import read_settings

    settings = read_settings(vars(options))
    _check_options(options, settings)
    return _solve_run(options, settings) if options.out else _solve(options, settings)


def _check_options(options: argparse.Namespace, settings: "Settings") -> None:
    kept = options.trace or options.report or options.chain or options.export or options.write_position
    if not (options.photos or options.text or options.heard):
        raise ConfigError("nothing to solve: name a photo, or give a text with --text")
    if bool(options.heard) != bool(options.ranges):
        raise ConfigError("--heard names a species, --ranges the file that says where it lives: give both")
    if options.heard and (options.direct or options.out):
        raise ConfigError("--heard: leave out --direct, which counts the model's word alone, and --out")
    if options.text and options.direct:
        raise ConfigError("--text: with --direct nothing but the model's word on photos counts")
    if options.text and options.out:
        raise ConfigError("--text: a run is of photos; leave out --out, and keep the answer with --trace or --report")
    _check_written(options)
    if (options.minds or options.rerank) and not settings.vlm:
        raise ConfigError("--minds and --rerank ask models: give their server with --vlm URL")
    if settings.prior_weights and not settings.prior_weights.is_dir():
        raise ConfigError(f"--prior-weights: {settings.prior_weights}: no such folder")
    if options.direct and not settings.vlm:
        raise ConfigError("--direct asks a model: give its server with --vlm URL")
    if options.direct and settings.allow_exif_gps:
        raise ConfigError("--allow-exif-gps: with --direct nothing but the model's word counts")
    if options.direct and settings.evidence:
        raise ConfigError("--evidence: with --direct nothing but the model's word counts")
    if settings.no_shortcuts and settings.allow_exif_gps:
        raise ConfigError("--no-shortcuts hides the position in the file: leave out --allow-exif-gps")
    if options.album and (options.same_place or options.direct or options.out or options.bundle):
        raise ConfigError("--album: not with --same-place, --direct, --out or --bundle")
    if options.album and (options.text or options.heard):
        raise ConfigError("--album: --text and --heard are of one place; leave them out")
    if options.album and settings.no_shortcuts:
        raise ConfigError("--album goes by the times in the files, which --no-shortcuts hides: leave one of them out")
    if options.album and any(isinstance(p, str) or p.suffix.lower() in FILM_SUFFIXES for p in options.photos):
        raise ConfigError("--album is of photos in files: download them first, and leave out films")
    if options.out and (kept or options.bundle):
        raise ConfigError(
            "--trace, --report, --export, --chain, --write-position, --bundle: with --out all is kept in the run, "
            "which eval reads and shows"
        )
    if options.out and any(Path(photo).suffix.lower() in FILM_SUFFIXES for photo in options.photos):
        raise ConfigError("--out: a run is of photos; solve a film without it, and keep the answer with --trace")
    _check_addresses(options)
    if options.disclose != "exact" and (options.out or options.write_position or options.bundle):
        raise ConfigError(
            "--disclose: --out, --write-position and --bundle tell the place exactly; use --trace or --report"
        )
    if options.with_photo and not options.bundle:
        raise ConfigError("--with-photo packs the photo into a bundle: name its file with --bundle FILE.zip")
    if options.workers and not options.out:
        raise ConfigError("--workers is for many photos in a run: name its folder with --out RUN")
    if (options.engine != "local" or options.address) and not options.out:
        raise ConfigError("--engine and --address are for many photos in a run: name its folder with --out RUN")


def _check_addresses(options: argparse.Namespace) -> None:
    """Raise ConfigError for addresses and archives with which what is asked for cannot be done."""
    from geoagent.runs.stored_photos import STORES, is_stored
    from geoagent.web.services.photo_address import is_address

    stored = [photo for photo in options.photos if is_stored(photo)]
    if options.out and any(map(is_address, options.photos)):
        raise ConfigError("--out: a run goes on later, so it keeps files: download the photos first")
    for photo in options.photos:
        if isinstance(photo, str) and photo not in stored and not is_address(photo):
            raise ConfigError(f"{photo}: photos can be at http and https, and with --out at {', '.join(STORES[:-1])}")
    if stored and (not options.out or options.same_place):
        raise ConfigError(f"{stored[0]}: many photos, each of its own place: give --out RUN, without --same-place")


def _check_written(options: argparse.Namespace) -> None:
    """Raise ConfigError where there is no photo that `--write-position` could write a position into or beside."""
    if options.write_position and not options.photos:
        raise ConfigError(f"--write-position: {options.write_position}: there is no photo to write it beside")
    if options.write_position and any(Path(photo).suffix.lower() in FILM_SUFFIXES for photo in options.photos):
        raise ConfigError("--write-position writes into or beside a photo, not a film; use --export gpx")


def _solve_run(options: argparse.Namespace, settings: "Settings") -> int:
    """Solve photos into a run's folder."""
    from geoagent.cli.results import print_results
    from geoagent.photo import readable
    from geoagent.runs.batch import new_batch, photos_in
    from geoagent.runs.stored_photos import is_stored, photos_at

    photos = named = photos_in([photo for photo in options.photos if not is_stored(photo)])
    stored = [photo for place in options.photos if is_stored(place) for photo in photos_at(place)]
    if options.same_place:
        photos = readable(named)
        if not photos:
            return BAD_INPUT
    batch = new_batch(
        settings, photos, options.out, options.hint, options.same_place, "direct" if options.direct else "agent", stored
    )
    code = print_results(batch, options)
    return code if len(photos) == len(named) else BAD_INPUT


def _solve(options: argparse.Namespace, settings: "Settings") -> int:
    """Solve each photo, or all as one place, and print the answers."""
    from geoagent.agent import GeoAgent

    options.photos, code = _opened(options.photos)
    if options.album:
        return max(_solve_album(options, settings), code)
    Kept(options, settings, [_called([photo]) for photo in options.photos[: 1 if options.same_place else None]]).check()
    agent = GeoAgent(settings, given=_heard(options, settings))
    cases, missed = _cases(options, agent)
    code = code or missed
    if options.text and len(cases) > 1:
        raise ConfigError("--text: of which place? name one photo or a film of one place, or say --same-place")
    if (options.text or options.heard) and not options.photos and code == OK:
        cases = [[]]
    kept = Kept(options, settings, [_called(photos) for photos in cases])
    kept.check()
    spent, told = 0.0, dict[str, "TraceFile"]()
    for number, photos in enumerate(cases):
        if settings.max_cost is not None and spent >= settings.max_cost:
            log.error(f"--max-cost is reached; {len(cases) - number} of {len(cases)} photos were not solved")
            code = code or DEGRADED
            break
        ended, dollars = _solve_case(agent, photos, number, options, told, kept)
        spent += dollars
        code = min(code, ended) if code and ended else code or ended
    kept.keep_all(list(told.values()), agent)
    kept.tell()
    return code


def _solve_album(options: argparse.Namespace, settings: "Settings") -> int:
    """Solve the photos of one journey, and print the answers in the order given."""
    from langgraph.checkpoint.memory import InMemorySaver

    from geoagent.agent import GeoAgent
    from geoagent.photo import readable
    from geoagent.privacy.disclosure import disclose
    from geoagent.runs.album import solve_album
    from geoagent.runs.checkpoints import OwnNouns

    photos = readable(options.photos)
    kept = Kept(options, settings, [photo.name for photo in photos])
    kept.check()
    agent = GeoAgent(settings, checkpointer=InMemorySaver(serde=OwnNouns()))
    told = dict[str, "TraceFile"]()
    for number, solved in solve_album(agent, photos, options.hint).items():
        file = disclose(solved, options.disclose, agent.resources.beliefs)
        print_answer(file, options, number)
        told[_chain_id(photos[number].name, number, options, told)] = file
        kept.keep(told, agent, number)
    kept.keep_all(list(told.values()), agent)
    kept.tell()
    degraded = any(file.prediction.status == "degraded" for file in told.values())
    return BAD_INPUT if len(told) < len(options.photos) else DEGRADED if degraded else OK


def _heard(options: argparse.Namespace, settings: "Settings") -> "Trace":
    """What the species that were heard say of where. Raises ConfigError."""
    from geoagent.atlas import open_atlas
    from geoagent.case.trace import Trace
    from geoagent.reading.species_ranges import heard

    return heard(options.heard, options.ranges, open_atlas(settings.cache)) if options.heard else Trace()


def _cases(options: argparse.Namespace, agent: "GeoAgent") -> "tuple[list[list[Path | str]], int]":
    """The photos of each case, and the exit code: that of bad input for films and photos that cannot be read.

    A film gives a case for each place that it shows.
    """
    from geoagent.film.film import is_film
    from geoagent.photo import readable

    cases, code = list[list[Path | str]](), OK
    for photo in options.photos:
        if isinstance(photo, str) or not is_film(photo):
            cases.append([photo])
            continue
        try:
            cases += [list(place) for place in agent.places_in(photo)]
        except ImageError as error:
            log.error(f"{error}{_near(photo)}")
            code = BAD_INPUT
    if not options.same_place:
        return cases, code
    paths = [photo for photos in cases for photo in photos if isinstance(photo, Path)]
    usable = set(readable(paths))
    together = [photo for photos in cases for photo in photos if isinstance(photo, str) or photo in usable]
    return [together] if together else [], code if len(usable) == len(set(paths)) else BAD_INPUT


def _opened(named: "Sequence[Path | str]") -> "tuple[list[Path | str], int]":
    """The photos named, those in a folder in its place, and the exit code: that of bad input for an empty folder."""
    from geoagent.runs.batch import photos_in

    found, code = list[Path | str](), OK
    for photo in named:
        try:
            found += photos_in([photo]) if isinstance(photo, Path) and photo.is_dir() else [photo]
        except ConfigError as error:
            log.error(error)
            code = BAD_INPUT
    return found, code


def _called(photos: "Sequence[Path | str]") -> str:
    """What the files of a case are named after: its first photo; "text" where there is none."""
    from geoagent.web.services.photo_address import name_in

    if not photos:
        return "text"
    return name_in(photos[0]) if isinstance(photos[0], str) else photos[0].name


def _solve_case(
    agent: "GeoAgent",
    photos: "Sequence[Path | str]",
    number: int,
    options: argparse.Namespace,
    told: "dict[str, TraceFile]",
    kept: Kept,
) -> tuple[int, float]:
    """Solve one case, print the answer and add it to those that were told: the exit code, and the dollars spent.

    Dollars are counted as far as they are known.
    """
    from geoagent.privacy.disclosure import disclose

    try:
        with ExitStack() as stack:
            if not options.quiet:
                from geoagent.console import StatusLine

                stack.enter_context(StatusLine())
            hint, text = options.hint, options.text
            file = agent.direct(*photos, hint=hint) if options.direct else agent.trace(*photos, hint=hint, text=text)
        file = disclose(file, options.disclose, agent.resources.beliefs)
    except (ImageError, TraceError) as error:
        log.error(f"{error}{_near(photos[0]) if photos else ''}")
        return BAD_INPUT, 0.0
    except ModelError as error:  # of --direct, which rests on the model alone
        log.error(f"{photos[0]}: {error}")
        return DEGRADED, 0.0
    except GeoAgentError:
        raise
    except Exception as error:  # whatever breaks costs this photo its answer, not the others theirs
        log.error(f"{photos[0] if photos else 'text'}: {set_aside(error)}")
        log.debug("", exc_info=True)
        return UNEXPECTED, 0.0
    dollars = file.prediction.usage.dollars or 0.0
    print_answer(file, options, number)
    told[_chain_id(_called(photos), number, options, told)] = file
    try:
        kept.keep(told, agent, number)
    except ConfigError as error:
        log.error(f"{photos[0] if photos else 'text'}: solved, but not kept: {error}")
        return BAD_INPUT, dollars
    return DEGRADED if file.prediction.status == "degraded" else OK, dollars


def print_answer(file: "TraceFile", options: argparse.Namespace, number: int = 0) -> None:
    """Print an answer as `options` say: with `--json` as JSON on one line, else for a person.

    `file` is its trace. With a `number` above 0 an empty line comes before it, to part it from the answer before.
    """
    from geoagent.report.links import with_links
    from geoagent.report.terminal import render, style_of

    if options.json:
        print(with_links(file.prediction) if options.links else file.prediction.model_dump_json(), flush=True)
        return
    style = style_of(sys.stdout, os.environ, shutil.get_terminal_size().columns)
    print(("\n" if number else "") + render(file, options.details, style, options.links), flush=True)


def _near(photo: "Path | str") -> str:
    """What somebody probably meant who named a file that is not there."""
    if isinstance(photo, str) or os.path.lexists(photo):
        return ""
    try:
        names = [path.name for path in photo.parent.iterdir()]
    except OSError:
        return ""
    name = alike(photo.name, names)
    return f"; did you mean {photo.parent / name}?" if name else ""


def _chain_id(name: str, number: int, options: argparse.Namespace, told: "dict[str, TraceFile]") -> str:
    """What a chain is found by: the photo's name without its suffix, where it may be told and is the only one."""
    stem = Path(name).stem
    return stem if options.disclose == "exact" and stem not in told else f"{number + 1}"
