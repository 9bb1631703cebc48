"""Options that several commands have, said once."""

import argparse
import math
import re
from pathlib import Path

DISCLOSURES = ("exact", "city", "country")
SERVER = "an OpenAI-compatible server, such as http://127.0.0.1:8000/v1"
MOST_WORKERS = 256
Options = argparse._ActionsContainer
"""A parser, or a group of options in one."""


def add_model(command: Options, server: str = SERVER) -> None:
    """Add the options that name the model server and the model."""
    command.add_argument("--vlm", metavar="URL", help=server)
    command.add_argument("--model", metavar="NAME", help="the model's name on that server")


def add_asking(command: Options) -> None:
    """Add the options for how the model is asked."""
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
    """Add the options for the time, turns and tokens that one case may take."""
    command.add_argument("--max-steps", type=int, metavar="N", help="turns of the loop (12)")
    command.add_argument("--timeout", type=float, metavar="S", dest="timeout_s", help="seconds a photo (300)")
    command.add_argument("--max-tokens", type=int, metavar="N", help="tokens a photo, in and out (200000)")
    add_cost(command)


def add_cost(command: Options) -> None:
    """Add what all photos of a command may cost together."""
    command.add_argument("--max-cost", type=float, metavar="USD", help="stop after so many dollars for the model")


def add_exif(command: Options) -> None:
    """Add the permission to use the position in a photo's file."""
    command.add_argument(
        "--allow-exif-gps", action="store_true", default=None, help="take the position in the file as evidence, if any"
    )


def add_outside(command: Options) -> None:
    """Add the options for what may be asked over the network beside the model."""
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
    command.add_argument("--elevation", type=Path, metavar="FOLDER", help="read heights from these tiles (HGT)")
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
    """Add how many photos of a run are solved at a time."""
    command.add_argument("--workers", type=_workers, metavar="N", help=f"{when}photos at a time (2; with a model 16)")


def add_disclose(command: Options, told: str = "tell the place no finer, anywhere") -> None:
    """Add the option for how finely the place may be told."""
    command.add_argument("--disclose", choices=DISCLOSURES, default="exact", help=told)


def add_force(command: Options) -> None:
    """Add the permission to write over files of other kinds."""
    told = "write over a file of another kind that is in the way; never over what is read"
    command.add_argument("--force", action="store_true", help=told)


def add_details(command: Options) -> None:
    """Add the option that shows also the weaker reasons and the log."""
    told = "show also weak reasons and the log: every step of the run"
    command.add_argument("--details", "--verbose", action="store_true", help=told)


def add_links(command: Options) -> None:
    """Add the addresses of pages that a person may open."""
    told = "show addresses of maps at the place, and of pages that search by a picture"
    command.add_argument("--links", action="store_true", help=told)


def positive(text: str) -> int:
    """The argument as a whole number from 1 on. Raises ArgumentTypeError."""
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError("not a positive whole number")
    return number


def _workers(text: str) -> int:
    if (count := positive(text)) > MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"at most {MOST_WORKERS}")
    return count


def take_coordinates(command: argparse.ArgumentParser) -> None:
    """Make a parser take a value such as -33.9,151.2 as a value, not as an option."""
    command._negative_number_matcher = re.compile(r"-[\d.][\d.,°NSEW\s+-]*")


def finite(text: str) -> float:
    """The argument as a finite number. Raises ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError("not a number")
    return number
