#!/bin/bash
# Run the tests with the newest versions that pyproject.toml allows, in a fresh environment, beside those of the lock.
# Usage: scripts/test_newest.sh [PYTEST OPTION…]
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --upgrade --upgrade-strategy eager -e '.[test]'
"$work/venv/bin/pip" freeze --exclude-editable | diff <(sed -E '/^#/d; s/ *;.*//' constraints.txt) - | grep '^>' || true
"$work/venv/bin/pytest" "$@"
