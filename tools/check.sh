#!/usr/bin/env bash
# tools/check.sh   all of tools/test.sh, and what takes too long for every push: both compilers, static
# analysis, format, spelling, licences, docs, coverage of error codes and flags. Steps: tools/run_steps.py.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/setup.sh check
exec /usr/bin/python3 -B tools/run_steps.py check "$@"
