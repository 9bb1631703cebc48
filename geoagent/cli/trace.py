"""`geoagent trace`: `show` shows a saved trace or case bundle, or reports on it; `ask` answers questions about one."""

import argparse
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.cli.options import add_details, add_disclose, add_force, add_links
from geoagent.errors import OK, ConfigError
from geoagent.plain_text import file_name

if TYPE_CHECKING:
    from geoagent.belief import Beliefs
    from geoagent.case.trace import TraceFile
    from geoagent.report.bundle import Bundle

log = logging.getLogger(__name__)


def add(commands: Any) -> None:
    """Add the command `geoagent trace` with its actions `show` and `ask` to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    trace = commands.add_parser("trace", help="work with saved traces and case bundles")
    actions = trace.add_subparsers(required=True, metavar="ACTION")
    _add_ask(actions.add_parser("ask", help="ask about a saved answer, such as: why not Mexico?"))
    show = actions.add_parser("show", help="show a saved trace, or check and show a case bundle")
    show.add_argument("file", type=Path, metavar="FILE", help="a trace or a bundle (.zip) that solve kept")
    add_details(show)
    add_links(show)
    show.add_argument("--json", action="store_true", help="print the prediction as JSON")
    show.add_argument(
        "--report", type=Path, metavar="FILE",
        help="write it as .html, .pdf, .md, .kml, .gpx, .csv, .geojson or .json instead",
    )  # fmt: skip
    add_disclose(show)
    add_force(show)
    show.set_defaults(command=run)


def _add_ask(ask: argparse.ArgumentParser) -> None:
    ask.add_argument("file", type=Path, metavar="FILE", help="a trace or a bundle (.zip) that solve kept")
    ask.add_argument("question", nargs="+", metavar="WORD", help='the question, such as "how sure are you?"')
    ask.set_defaults(command=answer)


def answer(options: argparse.Namespace) -> int:
    """Run `geoagent trace ask`: print the answer to a question, from what the saved trace records; the exit code 0.

    Raises ConfigError where the record does not answer the question, TraceError where the trace cannot be read.
    """
    from geoagent.belief.trace_beliefs import judged_with
    from geoagent.plain_text import printable
    from geoagent.report.questions import FORMS, Record, answer_to
    from geoagent.report.write import default_beliefs

    beliefs = default_beliefs()
    file, _ = _read(options.file, beliefs)
    judged = judged_with(file, beliefs())
    belief = judged.of(file.trace.evidence, file.trace.spots)
    found = answer_to(" ".join(options.question), Record(file.prediction, file.trace, belief, judged.reliabilities))
    if not found:
        raise ConfigError(f"the record does not answer that; it answers such as {FORMS}")
    for said, _ in found:
        print(printable(said))
    return OK


def _read(path: Path, beliefs: "Callable[[], Beliefs]") -> "tuple[TraceFile, Bundle | None]":
    """A trace, or that of a bundle with what came with it; what must be said of either is told. Raises TraceError."""
    from geoagent.report.bundle import is_packed, read_bundle, told
    from geoagent.runs.trace_files import load_trace

    bundle = read_bundle(path) if is_packed(path) else None
    file, said = load_trace(path, beliefs, bundle.trace if bundle else None)
    if said:
        log.error(f"{path}: {said}")
    for line in told(bundle) if bundle else ():
        log.info(line)
    return file, bundle


def run(options: argparse.Namespace) -> int:
    """Run `geoagent trace show`: print a saved trace or bundle; the exit code 0.

    With `--report` a report on it is written instead. With `--disclose` the place is told no finer than that. Raises
    TraceError where the trace cannot be read or was edited, ConfigError where the report cannot be written.
    """
    from geoagent.cli.solve import print_answer
    from geoagent.files.outputs import check
    from geoagent.privacy.disclosure import disclose
    from geoagent.report.bundle import is_packed
    from geoagent.report.write import default_beliefs, report_output, write_report
    from geoagent.runs.trace_files import photos_of

    read = (options.file,) if is_packed(options.file) else (options.file, *photos_of(options.file))
    if options.report:  # before the trace is checked, for which the atlas may have to be built
        check(report_output(options.report, read, options.force))
    beliefs = default_beliefs()
    file, bundle = _read(options.file, beliefs)
    with _photos_of(bundle, file) as file:
        if options.disclose != "exact":
            file = disclose(file, options.disclose, beliefs())
        if options.report:
            write_report(file, options.report, beliefs, read, options.force)
        else:
            print_answer(file, options)
    return OK


@contextmanager
def _photos_of(bundle: "Bundle | None", file: "TraceFile") -> "Iterator[TraceFile]":
    """A trace whose photos lie where a bundle's are put for a while; as it is where there is no bundle."""
    with tempfile.TemporaryDirectory(prefix="geoagent-") as folder:
        refs = list(file.photos)
        for number, data in bundle.photos.items() if bundle else ():
            if number <= len(refs):
                place = Path(folder) / str(number)
                place.mkdir()
                path = place / file_name(refs[number - 1].path)
                path.write_bytes(data)
                refs[number - 1] = refs[number - 1].model_copy(update={"path": str(path)})
        yield file.model_copy(update={"photos": tuple(refs)})
