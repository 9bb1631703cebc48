"""`geoagent schema`: the JSON Schema of what is printed and kept."""

import argparse
import json
from typing import Any

from geoagent.errors import OK


def add(commands: Any) -> None:
    """Add the command to the parser."""
    schema = commands.add_parser("schema", help="print a JSON Schema")
    schema.add_argument("name", choices=("prediction", "trace"), help="what it is the schema of")
    schema.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Print the schema; the exit code."""
    from geoagent.agent import json_schemas

    print(json.dumps(json_schemas()[options.name], indent=1))
    return OK
