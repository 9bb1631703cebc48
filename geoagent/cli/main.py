"""The command line.

Exit codes: 0 every photo was solved; 1 an unexpected fault of the program; 2 bad input or settings (the other photos
are still solved), which a model server that never answered is too; 3 the model server failed on the way and the answer
rests on what was found until then; 130 interrupted.
`vlm serve`: 0 stopped after it had served; 2 nothing was started; 3 vLLM ended by itself; 130 stopped before it served.
"""

import argparse
import io
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from geoagent.errors import BAD_INPUT, DEGRADED, INTERRUPTED, OK, UNEXPECTED, ConfigError, GeoAgentError, ModelError
from geoagent.files.outputs import add_force
from geoagent.messages import hidden_from, tell
from geoagent.secrets import Secrets
from geoagent.settings import secrets_given

_GROUPS = {
    "audit": ("tell what gives a photo's place away; make a copy that tells less", "audit", "add_options"),
    "serve": ("a page and an API on this machine", "serve", "add_serve"),
    "mcp": ("offer solve_photo, lookup_place and score_chain to MCP clients, over stdio", "mcp", "add_mcp"),
    "gallery": ("photos whose places are known, to be searched: add, search, info", "gallery", "add_commands"),
    "eval": ("measure: run, import, score, misses, compare, report, calibrate, chain", "eval", "add_commands"),
    "prior": ("learned priors: train, export, embed", "prior", "add_prior"),
    "models": ("weights of models: list, pull, where, remove", "prior", "add_models"),
}
"""Commands whose options are loaded where they are called: help, module, and the function that adds the options."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    secrets = secrets_given(arguments, os.environ)
    with hidden_from(secrets):
        return _main(arguments, secrets)


def _main(arguments: Sequence[str], secrets: Secrets) -> int:
    given, flags = _split(arguments)
    options = _parser(given).parse_args(given, argparse.Namespace(flags=flags))
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        with _only_own_complaints(secrets):
            return command(options)
    except ModelError as error:
        tell(f"geoagent: {error}")
        return DEGRADED
    except GeoAgentError as error:
        tell(f"geoagent: {error}")
        return BAD_INPUT
    except KeyboardInterrupt:
        tell("geoagent: interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # the reader of the pipe has seen enough
        sys.stderr.close()
        return OK


def _split(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """What is ours, and the flags for vLLM after `--`."""
    if arguments[:2] != ["vlm", "serve"] or "--" not in arguments:
        return arguments, ()
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _parser(arguments: Sequence[str] = ()) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="geoagent", description="Find out where a photo was taken, and why one should believe it."
    )
    parser.add_argument("--version", action="version", version=f"geoagent {version('geoagent-locate')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    solve = commands.add_parser("solve", help="say where photos were taken", description="Say where photos were taken.")
    solve.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    solve.add_argument("--same-place", action="store_true", help="the photos are of one place: solve them together")
    solve.add_argument("--hint", default="", metavar="TEXT", help='what is known, such as "somewhere in Spain"')
    solve.add_argument("--vlm", metavar="URL", help="an OpenAI-compatible server, such as http://127.0.0.1:8000/v1")
    solve.add_argument("--model", metavar="NAME", help="the model's name on that server")
    solve.add_argument("--native-tools", action="store_true", default=None, help="use the server's own tool calling")
    solve.add_argument("--opinion-samples", type=int, metavar="N", help="answers that its opinion is averaged over (1)")
    solve.add_argument(
        "--allow-exif-gps", action="store_true", default=None, help="take the position in the file as evidence, if any"
    )
    _add_outside(solve)
    solve.add_argument("--direct", action="store_true", help="ask the model once, without tools: the baseline")
    solve.add_argument("--json", action="store_true", help="print predictions as JSON, one a line")
    solve.add_argument("--trace", type=Path, metavar="FILE", help="save the trace (of several answers: a folder)")
    solve.add_argument(
        "--report", type=Path, metavar="FILE", help="write it as .html, .md, .geojson or .json, or to a folder"
    )
    solve.add_argument(
        "--out", type=Path, metavar="RUN", help="keep everything in this folder; takes folders of photos"
    )
    solve.add_argument("--workers", type=_workers, metavar="N", help="with --out: photos at a time (2 or 16)")
    solve.add_argument("--max-steps", type=int, metavar="N", help="turns of the loop (12)")
    solve.add_argument("--timeout", type=float, metavar="S", dest="timeout_s", help="seconds a photo (300)")
    solve.add_argument("--max-tokens", type=int, metavar="N", help="tokens a photo, in and out (200000)")
    solve.add_argument("--quiet", action="store_true", help="no progress")
    add_force(solve)
    solve.set_defaults(command=_solve)

    resume = commands.add_parser("resume", help="go on with a run that was interrupted, or whose model server failed")
    resume.add_argument("run", type=Path, metavar="RUN", help="the folder that --out named")
    resume.add_argument("--vlm", metavar="URL", help="where the same model is served now")
    resume.add_argument("--model", metavar="NAME", help="the model's name on that server")
    resume.add_argument(
        "--photos", type=Path, action="append", metavar="FOLDER", help="where the photos are of a run made elsewhere"
    )
    resume.add_argument(
        "--allow-exif-gps", action="store_true", default=None, help="take the position in the file as evidence, if any"
    )
    _add_outside(resume)
    resume.add_argument("--workers", type=_workers, metavar="N", help="photos at a time (2; with a model 16)")
    resume.add_argument("--json", action="store_true", help="print predictions as JSON, one a line")
    resume.add_argument("--quiet", action="store_true", help="no progress")
    resume.set_defaults(command=_resume)

    doctor = commands.add_parser("doctor", help="check what is installed and reachable")
    doctor.add_argument("--vlm", metavar="URL", help="also check this server")
    doctor.add_argument("--model", metavar="NAME", help="the model's name on that server")
    doctor.set_defaults(command=_doctor)

    vlm = commands.add_parser("vlm", help="run a model server").add_subparsers(required=True, metavar="ACTION")
    serve = vlm.add_parser(
        "serve", usage="geoagent vlm serve MODEL [OPTIONS] [-- VLLM FLAGS…]", help="serve a model with vLLM",
        description="Serve a vision-language model with vLLM, as solve --vlm needs it, until Ctrl-C.",
    )  # fmt: skip
    serve.add_argument(
        "model", metavar="MODEL", help="a folder, or a name on its hub such as Qwen/Qwen2.5-VL-7B-Instruct"
    )
    serve.add_argument("--port", type=int, default=8000, metavar="N", help="port (8000)")
    serve.add_argument("--host", default="127.0.0.1", metavar="NAME", help="address to listen on (127.0.0.1)")
    serve.add_argument("--max-model-len", type=int, metavar="N", help="context in tokens (32768)")
    serve.add_argument("--python", metavar="PATH", help="the interpreter of the environment that has vLLM")
    serve.add_argument("--download", action="store_true", help="fetch the model where it is not on this disk")
    serve.add_argument("--verbose", action="store_true", help="show what vLLM logs")
    serve.set_defaults(command=_serve)

    trace = commands.add_parser("trace", help="work with saved traces").add_subparsers(required=True, metavar="ACTION")
    show = trace.add_parser("show", help="show a saved trace as solve showed it")
    show.add_argument("file", type=Path)
    show.add_argument("--json", action="store_true", help="print the prediction as JSON")
    show.add_argument("--report", type=Path, metavar="FILE", help="write it as .html, .md, .geojson or .json instead")
    add_force(show)
    show.set_defaults(command=_show)
    for shown in (solve, show):
        choices = ("exact", "city", "country")
        shown.add_argument("--disclose", choices=choices, default="exact", help="tell the place no finer, anywhere")

    for name, (told, module, add) in _GROUPS.items():
        group = commands.add_parser(name, help=told)
        if arguments and arguments[0] == name:
            getattr(import_module(f"geoagent.cli.{module}"), add)(group)

    schema = commands.add_parser("schema", help="print a JSON Schema")
    schema.add_argument("name", choices=("prediction", "trace"))
    schema.set_defaults(command=_schema)
    return parser


def _add_outside(solve: argparse.ArgumentParser) -> None:
    """The options that say what may be asked over the network."""
    solve.add_argument("--online", action="store_true", default=None, help="let tools ask services that need no key")
    solve.add_argument("--services", metavar="NAME=URL", help='servers of your own, such as "nominatim=http://…"')
    solve.add_argument("--reverse-image", metavar="NAME", help="the one service that the photo may be sent to")
    solve.add_argument(
        "--no-shortcuts", action="store_true", default=None,
        help="hide metadata, refuse hosts of benchmarks, drop results that are the photo itself",
    )  # fmt: skip
    solve.add_argument("--gallery", type=Path, metavar="FOLDER", help="search this gallery for photos that look alike")
    solve.add_argument("--elevation", type=Path, metavar="FOLDER", help="read heights from these tiles (HGT)")
    solve.add_argument("--prior", metavar="NAME", help="ask this prior about each photo: geoclip")
    solve.add_argument("--prior-weights", type=Path, metavar="FOLDER", help="where its weights are")
    solve.add_argument("--mcp", action="append", metavar="COMMAND", help="start this MCP server and offer its tools")


def _solve(options: argparse.Namespace) -> int:
    from geoagent.settings import read_settings

    settings = read_settings(vars(options))
    if options.direct and not settings.vlm:
        raise ConfigError("--direct asks a model: give its server with --vlm URL")
    if options.direct and settings.allow_exif_gps:
        raise ConfigError("--allow-exif-gps: with --direct nothing but the model's word counts")
    if settings.no_shortcuts and settings.allow_exif_gps:
        raise ConfigError("--no-shortcuts hides the position in the file: leave out --allow-exif-gps")
    if options.out and (options.trace or options.report):
        raise ConfigError("--trace and --report: with --out all is kept in the run; geoagent eval report shows it")
    if options.out and options.disclose != "exact":
        raise ConfigError("--disclose: a run keeps everything, to be resumed; use --trace instead of --out")
    if options.out:
        from geoagent.runs.batch import solve_run

        return solve_run(options, settings, tell)
    from geoagent.cli.solve import solve

    return solve(options, settings, tell)


def _resume(options: argparse.Namespace) -> int:
    from geoagent.runs.batch import resume

    return resume(options, tell)


def _workers(text: str) -> int:
    from geoagent.runs.run import workers

    return workers(text)


def _doctor(options: argparse.Namespace) -> int:
    from geoagent.cli.doctor import examine
    from geoagent.names import printable
    from geoagent.settings import read_settings

    marks = {"ok": "ok  ", "optional": "-   ", "broken": "MEND"}
    findings = examine(read_settings(vars(options)))
    for finding in findings:
        print(f"{marks[finding.state]}  {printable(finding.what)}")
        if finding.mend:
            print(f"      {printable(finding.mend)}")
    return BAD_INPUT if any(finding.state == "broken" for finding in findings) else OK


def _serve(options: argparse.Namespace) -> int:
    from geoagent.reasoners.vlm.vllm import CONTEXT, Served, Serving, serve

    def ready(server: Served) -> None:
        print(f"{server.model}: geoagent solve photo.jpg --vlm {server.url}", flush=True)
        tell(f"ready after {server.seconds:.0f} s; Ctrl-C stops it")

    wanted = Serving(
        options.model, python=options.python, host=options.host, port=options.port, flags=options.flags,
        context=CONTEXT if options.max_model_len is None else options.max_model_len,
        api_key=os.environ.get("GEOAGENT_API_KEY"), download=options.download,
    )  # fmt: skip
    served = serve(wanted, tell, ready, options.verbose)
    return OK if served else INTERRUPTED


def _show(options: argparse.Namespace) -> int:
    from geoagent.cli.solve import show

    return show(options, tell)


def _schema(options: argparse.Namespace) -> int:
    from geoagent.agent import json_schemas

    print(json.dumps(json_schemas()[options.name], indent=1))
    return OK


@contextmanager
def _only_own_complaints(secrets: Secrets) -> Iterator[None]:
    """Keep what C libraries write to file descriptor 2 (libtiff, of damaged files) off the terminal."""
    try:
        kept = os.dup(2) if sys.stderr.fileno() == 2 else None
    except (AttributeError, OSError, ValueError):  # it is closed, or not a file
        kept = None
    if kept is None:
        yield
        return
    with open(kept, "w", buffering=1, encoding=sys.stderr.encoding, errors="replace") as stream:  # noqa: PTH123  # a descriptor
        with Path(os.devnull).open("w") as silence:
            os.dup2(silence.fileno(), 2)
        try:
            with hidden_from(secrets, stderr=stream):
                yield
        finally:
            os.dup2(kept, 2)


def run() -> None:
    """The command: `main`, and out at once, though a worker may wait for the model server; a run is on the disk."""
    try:
        code = main()
    except Exception:  # a fault of the program: its account must show no key either
        told = secrets_given(sys.argv[1:], os.environ).hide(traceback.format_exc())
        sys.stderr.write(told)
        code = UNEXPECTED
    with suppress(OSError, ValueError):  # the reader of a pipe may be gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
