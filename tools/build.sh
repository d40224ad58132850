#!/usr/bin/env bash
# tools/build.sh [preset] [cmake --build arguments]   configures and builds one preset of CMakePresets.json.
set -euo pipefail
cd "$(dirname "$0")/.."
# A clone elsewhere, or the same sources again, is found in the cache: paths count from the root of the checkout.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-time_macros}
preset=${1:-release}
shift || :
# Of the release only the programs: tests are built and run with sanitizers.
[[ $preset == release && $# -eq 0 ]] && set -- --target splash splashd example_services manual
directory=build
[[ $preset == release ]] || directory=build/$preset
if [[ ! -f $directory/build.ninja ]]; then
    echo "build: configuring $directory (preset $preset)"
    mkdir -p build
    log=build/configure-$preset.log
    if ! cmake --preset "$preset" >"$log" 2>&1; then
        cat "$log" >&2
        exit 1
    fi
fi
exec cmake --build "$directory" "$@"
