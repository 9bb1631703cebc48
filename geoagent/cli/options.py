"""Options that several commands share, such as `--vlm` and `--force`: each is defined here once.

`command` is always the parser of a command, or a group of options in it, that gets the options.
"""

import argparse
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING

from geoagent.errors import ConfigError

if TYPE_CHECKING:
    from geoagent.runs.run import Engine

DISCLOSURES = ("exact", "city", "country")
SERVER = "an OpenAI-compatible server, such as http://127.0.0.1:8000/v1"
MOST_WORKERS = 256
ENGINES = ("local", "ray")
Options = argparse._ActionsContainer
"""A parser, or a group of options in one."""


def add_model(command: Options, server: str = SERVER) -> None:
    """Add `--vlm` (the model server's address) and `--model` (the model's name) to a command.

    `command` is its parser or a group in it; `server` is the help text of `--vlm`.
    """
    command.add_argument("--vlm", metavar="URL", help=server)
    command.add_argument("--model", metavar="NAME", help="the model's name on that server")


def add_asking(command: Options) -> None:
    """Add the options for how the model is asked: `--native-tools`, `--opinion-samples` and `--no-second-look`.

    `command` is the parser of a command or a group in it.
    """
    command.add_argument("--native-tools", action="store_true", default=None, help="use the server's own tool calling")
    command.add_argument(
        "--minds",
        action="append",
        metavar="MODEL",
        help="let this further model of the server look too: first alone, then with what the others noticed",
    )
    command.add_argument(
        "--opinion-samples", type=int, metavar="N", help="answers that its opinion is averaged over (1)"
    )
    command.add_argument(
        "--rerank", type=int, metavar="K", help="let the model order the K leading places, three times over (0)"
    )
    command.add_argument(
        "--no-second-look", action="store_true", default=None,
        help="do not show the model the parts by themselves that it named clues in",
    )  # fmt: skip


def add_budget(command: Options) -> None:
    """Add the limits of one case (`--max-steps`, `--timeout`, `--max-tokens`) and `--max-cost` for all photos together.

    `command` is the parser of a command or a group in it.
    """
    command.add_argument("--max-steps", type=int, metavar="N", help="turns of the loop (12)")
    command.add_argument("--timeout", type=float, metavar="S", dest="timeout_s", help="seconds a photo (300)")
    command.add_argument("--max-tokens", type=int, metavar="N", help="tokens a photo, in and out (200000)")
    add_cost(command)


def add_cost(command: Options) -> None:
    """Add `--max-cost`, the dollars that all photos of a command may cost together, to its parser or a group in it."""
    command.add_argument("--max-cost", type=float, metavar="USD", help="stop after so many dollars for the model")


def add_exif(command: Options) -> None:
    """Add `--allow-exif-gps`, which lets the position in a photo's file count as evidence.

    `command` is the parser of a command or a group in it.
    """
    command.add_argument(
        "--allow-exif-gps", action="store_true", default=None, help="take the position in the file as evidence, if any"
    )


def add_outside(command: Options) -> None:
    """Add the options for what may be asked or read besides the photo and the model.

    They are services of the network, MCP servers, galleries, tables, elevation, evidence and priors. `command` is the
    parser of a command or a group in it.
    """
    command.add_argument("--online", action="store_true", default=None, help="let tools ask services that need no key")
    command.add_argument("--services", metavar="NAME=URL", help='servers of your own, such as "nominatim=http://…"')
    command.add_argument("--reverse-image", metavar="NAME", help="the one service that the photo may be sent to")
    command.add_argument(
        "--no-shortcuts", action="store_true", default=None,
        help="hide metadata, refuse hosts of benchmarks, drop results that are the photo itself",
    )  # fmt: skip
    command.add_argument(
        "--gallery", type=Path, metavar="FOLDER", help="search this gallery for photos that look alike"
    )
    command.add_argument("--knowledge", type=Path, metavar="FOLDER", help="read these tables of yours beside ours")
    command.add_argument("--guide", type=Path, metavar="FOLDER", help="let a model consult this guidebook (Markdown)")
    command.add_argument(
        "--elevation", type=Path, metavar="FOLDER", help="read heights from these tiles (HGT, GeoTIFF)"
    )
    command.add_argument("--extract", type=Path, metavar="FILE", help="search this extract of OpenStreetMap (.osm.pbf)")
    command.add_argument(
        "--evidence", type=Path, metavar="FILE", help="let this evidence of yours count: places or areas as JSON"
    )
    command.add_argument(
        "--prior", action="append", metavar="NAME",
        help="ask this prior about each photo: geoclip, clip-zeroshot, locdiff, locdiff-h, or an installed one",
    )  # fmt: skip
    command.add_argument("--prior-weights", type=Path, metavar="FOLDER", help="where the weights of priors are")
    command.add_argument("--mcp", action="append", metavar="COMMAND", help="start this MCP server and offer its tools")


def add_workers(command: Options, when: str = "") -> None:
    """Add `--workers`, how many photos of a run are solved at a time.

    `command` is the parser of a command or a group in it; `when` is put before the help text, as in "with --out: ".
    """
    command.add_argument("--workers", type=_workers, metavar="N", help=f"{when}photos at a time (2; with a model 16)")


def add_engine(command: Options, when: str = "") -> None:
    """Add the options for who solves many photos."""
    add_workers(command, when)
    command.add_argument(
        "--engine", choices=ENGINES, default="local",
        help=f"{when}threads of this process (local), or processes of a Ray cluster",
    )  # fmt: skip
    command.add_argument(
        "--address",
        metavar="ADDRESS",
        help="with --engine ray: the cluster, such as auto (one of this machine)",
    )


def engine_of(options: argparse.Namespace) -> "Engine":
    """The engine that was named; a cluster is reached, or started, here. Raises ConfigError."""
    from geoagent.runs.run import Local

    if options.engine == "ray":
        from geoagent.runs.ray_engine import OnRay

        return OnRay(options.address)
    if options.address:
        raise ConfigError("--address names a Ray cluster: say --engine ray")
    return Local()


def add_disclose(command: Options, told: str = "tell the place no finer, anywhere") -> None:
    """Add `--disclose`, which says how finely the place may be told: "exact", "city" or "country".

    `command` is the parser of a command or a group in it; `told` is the option's help text.
    """
    command.add_argument("--disclose", choices=DISCLOSURES, default="exact", help=told)


def add_force(command: Options) -> None:
    """Add `--force`, which lets a file of another kind be written over, to a command's parser or a group in it.

    Without it only empty files and geoagent's own earlier outputs are replaced.
    """
    told = "write over a file of another kind that is in the way; never over what is read"
    command.add_argument("--force", action="store_true", help=told)


def add_details(command: Options) -> None:
    """Add `--details` (also `--verbose`), which shows the weaker reasons for an answer and the log of the run too.

    `command` is the parser of a command or a group in it.
    """
    told = "show also weak reasons and the log: every step of the run"
    command.add_argument("--details", "--verbose", action="store_true", help=told)


def add_links(command: Options) -> None:
    """Add `--links`, which shows addresses of maps at the place and of pages that search by a picture.

    `command` is the parser of a command or a group in it.
    """
    told = "show addresses of maps at the place, and of pages that search by a picture"
    command.add_argument("--links", action="store_true", help=told)


def positive(text: str) -> int:
    """A command line argument as a whole number of 1 or more, for argparse's `type`.

    Raises ArgumentTypeError for anything else.
    """
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError("not a positive whole number")
    return number


def _workers(text: str) -> int:
    if (count := positive(text)) > MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"at most {MOST_WORKERS}")
    return count


def take_coordinates(command: argparse.ArgumentParser) -> None:
    """Make a parser read a word such as -33.9,151.2 as a value; argparse would take it for an option."""
    command._negative_number_matcher = re.compile(r"-[\d.][\d.,°NSEW\s+-]*")


def finite(text: str) -> float:
    """A command line argument as a finite number, for argparse's `type`. Raises ArgumentTypeError for anything else."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError("not a number")
    return number
