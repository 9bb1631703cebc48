#!/bin/bash
# A virtual environment with inspect_ai and geoagent as it stands, apart from the tests' own (1 GB, 1 to 2 minutes).
# Usage: tests/inspect/setup.sh VENV_DIR      then: GEOAGENT_TEST_INSPECT=VENV_DIR pytest -n 0 -m inspect
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
venv=$1
[ -e "$venv" ] || python3 -m venv "$venv"
"$venv/bin/pip" install -q -c "$root/constraints.txt" "$root[inspect]"
"$venv/bin/pip" install -q --no-deps --force-reinstall "$root" # inspect_ai finds no task in an editable install
