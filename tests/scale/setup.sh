#!/bin/bash
# A virtual environment with geoagent as it stands, Ray and Milvus, apart from the tests' own (1.2 GB, half a minute).
# Usage: tests/scale/setup.sh VENV_DIR      then: GEOAGENT_TEST_SCALE=VENV_DIR pytest -n 0 -m scale
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
venv=$1
[ -e "$venv" ] || python3 -m venv "$venv"
"$venv/bin/pip" install -q -c "$root/constraints.txt" -e "$root[gallery,milvus,ray]"
