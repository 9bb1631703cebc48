#!/bin/bash
# A virtual environment with llama.cpp's server and transformers (1.3 GB, a minute of a processor), and a tiny model.
# Usage: tests/servers/setup.sh VENV_DIR      then: GEOAGENT_TEST_SERVERS=VENV_DIR pytest -n 0 -m servers
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=$1
if [ ! -e "$venv/ready" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q -r "$here/requirements.txt"
  "$venv/bin/python" "$here/make_tiny_gguf.py" "$venv/tiny"
  touch "$venv/ready"
fi
