"""`geoagent eval disclosure`: compares how finely answers tell a photo's place with how finely people would tell it."""

import argparse
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoagent.errors import OK
from geoagent.plain_text import listed, printable

if TYPE_CHECKING:
    from geoagent.eval.datasets.responses import ResponseFigures

log = logging.getLogger(__name__)


def add(actions: Any) -> None:
    """Add the action `geoagent eval disclosure`, which scores responses to the benchmark VLM-GeoPrivacy.

    `actions` is what argparse's `add_subparsers()` returned for `geoagent eval`.
    """
    disclosure = actions.add_parser("disclosure", help="over- and under-disclosure of responses (VLM-GeoPrivacy)")
    disclosure.add_argument("responses", type=Path, nargs="+", metavar="RESPONSES",
        help="NAME.json with id and Q7-label; coordinates are read from ../coordinates/NAME_coord.json, or beside it",
    )  # fmt: skip
    disclosure.add_argument("--labels", type=Path, required=True, metavar="FILE", help="annotation_labels.csv")
    disclosure.add_argument(
        "--places",
        type=Path,
        metavar="FILE",
        help="the true points (image_id, true_coordinate); otherwise images_metadata.csv beside the labels",
    )
    disclosure.add_argument("--json", action="store_true", help="print the figures as JSON, a file a line")
    disclosure.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent eval disclosure`: print how many responses tell more or less than people would; the exit code 0.

    Raises ConfigError where responses or labels cannot be read.
    """
    from geoagent.eval.datasets.responses import read_labels, score_responses

    labels = read_labels(options.labels)
    if labels.unread:
        log.info(f"{options.labels}: {len(labels.unread)} rows are left out: {listed(labels.unread, 5)}")
    beside = options.labels.parent / "images_metadata.csv"
    places = options.places or (beside if beside.exists() else None)
    for path in options.responses:
        told = score_responses(path, labels, places)
        print(json.dumps(_data(path, told)) if options.json else printable(path.name) + "\n" + _lines(told))
    return OK


def _data(path: Path, told: "ResponseFigures") -> dict[str, Any]:
    figures = {
        name: {"value": value.value, "low": value.low, "high": value.high, "n": value.n}
        if hasattr(value, "low")
        else value
        for name, value in told.figures._asdict().items()
    }
    return {"file": path.name, **figures, "located": told.located, "utility": told.utility,
            **({"why": told.why} if told.why else {}),
            "without_label": len(told.unlabelled), "without_photo": len(told.unpaired),
            "second_time": len(told.repeated)}  # fmt: skip


def _lines(told: "ResponseFigures") -> str:
    found = told.figures
    lines = [f"  {name:<11}{value if value.n else '– (no such photo)'}" for name, value in (
        ("accuracy", found.accuracy), ("over", found.over), ("under", found.under), ("MAE", found.mae),
        ("violation", found.violation), ("exposure", found.exposure),
    )]  # fmt: skip
    lines.append(f"  {'privacy':<11}{found.privacy:.4g}")
    if told.located is not None:
        published = 1 - (told.located + found.violation.value + found.over.value) / 3
        lines.append(f"  {'located':<11}{told.located:.4g} of the photos shared without meaning to show where")
        lines.append(f"  {'':<11}privacy with that for the exposure, as published: {published:.4g}")
    elif told.why:
        lines.append(f"  {'located':<11}– ({told.why})")
    if told.utility is not None:
        lines.append(f"  {'utility':<11}{told.utility:.4g}")
    for names, what in (
        (told.unlabelled, "responses have no level A, B or C, and are left out"),
        (told.unpaired, "responses are to photos without a label"),
        (told.repeated, "are no response, or a second one to a photo, and are left out"),
    ):
        lines += [f"  {len(names)} {what}: {listed(names, 5)}"] if names else []
    return "\n".join(lines)
