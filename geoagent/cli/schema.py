"""`geoagent schema`: prints the JSON Schema of a prediction or of a trace, for programs that read them."""

import argparse
import json
from typing import Any

from geoagent.errors import OK


def add(commands: Any) -> None:
    """Add the command `geoagent schema`, which prints a JSON Schema, to the command line.

    `commands` is what argparse's `add_subparsers()` returned.
    """
    schema = commands.add_parser("schema", help="print a JSON Schema")
    schema.add_argument("name", choices=("prediction", "trace"), help="what it is the schema of")
    schema.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Run `geoagent schema`: print the JSON Schema of a prediction or of a trace; the exit code 0."""
    from geoagent.agent import json_schemas

    print(json.dumps(json_schemas()[options.name], indent=1))
    return OK
