#!/usr/bin/env bash
# tools/test.sh   what `make test` and CI run. Steps and their time limits: tools/run_steps.py.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh test
exec /usr/bin/python3 -B tools/run_steps.py test "$@"
