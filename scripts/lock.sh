#!/bin/bash
# Write constraints.txt: one version of every package that any extra needs, for Python 3.11 and newer on every system.
# Usage: scripts/lock.sh             adds what pyproject.toml newly needs, and keeps every other version
#        scripts/lock.sh --upgrade   takes the newest versions that pyproject.toml allows
#        scripts/lock.sh --check     changes nothing, and fails if constraints.txt is not what pyproject.toml needs
# It reads what packages say of themselves, and installs none of them. PyTorch alone decides which CUDA it wants.
set -euo pipefail
case "${1:-}" in "" | --upgrade | --check) ;; *) echo "usage: scripts/lock.sh [--upgrade | --check]" >&2; exit 2 ;; esac
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q uv==0.13.9

made=$work/constraints.txt
[ ! -e constraints.txt ] || cp constraints.txt "$made" # uv keeps the versions that it finds there
upgrade=()
[ "${1:-}" != --upgrade ] || upgrade=(--upgrade)
"$work/venv/bin/uv" pip compile -q --universal --python-version 3.11 --all-extras --no-annotate \
    --custom-compile-command scripts/lock.sh "${upgrade[@]}" -o "$made" pyproject.toml
sed -i -E '/^(cuda|nvidia|triton)\b/d' "$made"

if [ "${1:-}" = --check ]; then
    diff constraints.txt "$made" || { echo "constraints.txt is not current: run scripts/lock.sh" >&2; exit 1; }
else
    cp "$made" constraints.txt
fi
