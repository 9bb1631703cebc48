#!/bin/bash
# A virtual environment with inspect_ai and geoagent as it stands, apart from the tests' own (1 GB, 1 to 2 minutes).
# Usage: tests/inspect/setup.sh VENV_DIR      then: GEOAGENT_TEST_INSPECT=VENV_DIR pytest -n 0 -m inspect
# By uv: pip took longer than nine minutes for these packages. inspect_ai finds no task in an editable install.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
venv=$1
if [ ! -e "$venv" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q uv==0.13.9
fi
VIRTUAL_ENV=$venv "$venv/bin/uv" pip install -q -c "$root/constraints.txt" --reinstall-package geoagent-locate "$root[inspect]"
