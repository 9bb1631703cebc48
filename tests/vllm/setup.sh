#!/bin/bash
# A virtual environment with vLLM for CPU, apart from the project's own (3.5 GB, 3 to 6 minutes), and the tiny model.
# Usage: tests/vllm/setup.sh VENV_DIR      then: GEOAGENT_TEST_VLLM=VENV_DIR pytest -n 0 -m vllm
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=$1
if [ ! -e "$venv/ready" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q -c "$here/constraints.txt" -r "$here/requirements.txt"
  "$venv/bin/pip" uninstall -q -y torchaudio torchcodec
  # torchvision's compiled part needs CUDA torch; its Python part, all that vLLM uses here, imports once the two
  # operators that it registers are declared
  site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
  cp "$here/declare_vision_ops.py" "$site/_declare_vision_ops.py"
  echo 'import _declare_vision_ops' >"$site/_declare_vision_ops.pth"
  "$venv/bin/python" "$here/make_tiny_vlm.py" "$venv/tiny-vlm"
  touch "$venv/ready"
fi
