#!/usr/bin/env bash
# tools/demo.sh   installs what is missing, builds, and gives the tour of tools/demo.py.
set -euo pipefail
cd "$(dirname "$0")/.."
if ((EUID != 0)); then
    echo "demo: the tour makes network namespaces, which only root may do. Please run: sudo make demo" >&2
    exit 4
fi
tools/setup.sh test
tools/build.sh release
exec /usr/bin/python3 -B tools/demo.py "$@"
