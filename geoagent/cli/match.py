"""`geoagent match A B`: say whether two pictures show the same thing."""

import argparse
import json
from pathlib import Path
from typing import Any

from geoagent.cli.options import add_force
from geoagent.errors import OK


def add(commands: Any) -> None:
    """Add the command `match`, which compares two pictures, to `commands` (argparse's subparsers)."""
    match = commands.add_parser(
        "match", help="say whether two pictures show the same thing",
        description="Say by details that fit one move of the camera whether two pictures show the same thing.",
    )  # fmt: skip
    match.add_argument("first", type=Path, metavar="A")
    match.add_argument("second", type=Path, metavar="B")
    match.add_argument("--draw", type=Path, metavar="FILE.png", help="draw the details that fit")
    match.add_argument("--json", action="store_true", help="print what was found as JSON")
    add_force(match)
    match.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Compare two pictures; the exit code. Raises ConfigError or ImageError."""
    from geoagent.files.outputs import check
    from geoagent.photo import load_photo
    from geoagent.photo.match_worth import times_likelier
    from geoagent.photo.matching import compare_features, find_features
    from geoagent.report.match import drawing_output, render_match, write_drawing

    paths = (options.first, options.second)
    output = drawing_output(options.draw, paths, options.force) if options.draw else None
    if output:
        check(output)
    first, second = (load_photo(path).image for path in paths)
    found = compare_features(find_features(first, str(paths[0])), find_features(second, str(paths[1])))
    if output:
        write_drawing(output, first, second, found)
    if options.json:
        times = round(times_likelier(found.inliers), 4)
        print(json.dumps({"inliers": found.inliers, "pairs": len(found.fits), "times_likelier": times}))
    else:
        print(render_match(paths[0].name, paths[1].name, found))
    return OK
