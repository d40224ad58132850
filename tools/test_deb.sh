#!/usr/bin/env bash
# tools/test_deb.sh [unittest arguments]   makes the packages, installs them in a Debian that boots, upgrades, removes:
# tests/packaging. With packages made a moment ago, SPLASH_DEB_KEEP=1 takes those of the last run.
#
# Needs root, the network (apt's mirror), tools/setup.sh check, and about 1 GB of memory. On two cores: 2 minutes, and
# as much again for the first time, which keeps a root file system in ~/.cache/splash. Leaves the packages in build/deb.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
if ((EUID != 0)); then
    echo "test_deb: booting a Debian in a namespace needs root" >&2
    exit 4
fi
next=build/deb-next
if [[ -z ${SPLASH_DEB_KEEP:-} ]]; then
    tools/deb.sh
    # Later than any version of a commit, and than a release: what a next version would be.
    rm -rf "$next"
    SPLASH_DEB_FOLDER=$next tools/deb.sh 99.0
fi
folder=$(mktemp -d "${TMPDIR:-/tmp}/splash-packages.XXXXXX")
clean_up() {
    rm -rf --one-file-system "$folder"
}
trap clean_up EXIT
began=$SECONDS
# Mounts are made in a namespace of their own: they end with the tests, however those end.
# shellcheck disable=SC2016  # $SPLASH_FOLDER and $@ are for the shell in there
PYTHONPATH=tests/packaging SPLASH_DEBS=$PWD/build/deb SPLASH_NEXT_DEBS=$PWD/$next SPLASH_FOLDER=$folder \
    unshare --mount --propagation private --kill-child --fork sh -c '
        mount -t tmpfs -o size=3g splash-packages "$SPLASH_FOLDER" &&
            exec /usr/bin/python3 -B -m unittest discover -v -s tests/packaging "$@"' sh "$@"
echo "test_deb: $((SECONDS - began)) s after the packages were made"
