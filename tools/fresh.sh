#!/usr/bin/env bash
# tools/fresh.sh [make target]   makes a bare Debian 12 in a temporary folder and runs `make build` (or the target) in it.
#
# Shows that tools/packages.txt is complete. Needs root, the network, debootstrap (tools/setup.sh check) and 3 GB in TMPDIR.
# Takes what git would commit, not what lies around. Everything is removed at the end. If CCACHE_DIR is set, the compilations
# inside use that cache: quicker, and it still shows what is missing.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
target=${1:-build}
if ((EUID != 0)); then
    echo "fresh: making a root file system needs root" >&2
    exit 4
fi
if [[ -z ${SPLASH_FRESH_INSIDE:-} ]]; then
    # Mounts are made in a namespace of their own: they end with this script, however it ends.
    SPLASH_FRESH_INSIDE=1 exec unshare --mount --propagation private "$PWD/tools/fresh.sh" "$@"
fi
root=$(mktemp -d "${TMPDIR:-/tmp}/splash-fresh.XXXXXX")
clean_up() {
    # What is mounted below, also by what ran inside: labs mount /run/netns. Deepest first.
    awk -v below="$root/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
        while read -r mounted; do
            umount --lazy "$mounted"
        done
    rm -rf --one-file-system "$root"
}
trap clean_up EXIT
mirror=${SPLASH_DEBIAN_MIRROR:-http://deb.debian.org/debian}
echo "fresh: Debian 12 from $mirror into $root"
if ! debootstrap --variant=minbase --include=make,ca-certificates bookworm "$root" "$mirror" >"$root.log" 2>&1; then
    tail -n 20 "$root.log" >&2
    exit 4
fi
rm -f "$root.log"
for mounted in proc sys dev dev/pts; do
    mount --bind "/$mounted" "$root/$mounted"
done
mkdir "$root/splash"
cache=()
if [[ -n ${CCACHE_DIR:-} ]]; then
    mkdir "$root/ccache"
    mount --bind "$CCACHE_DIR" "$root/ccache"
    cache=(CCACHE_DIR=/ccache)
fi
git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- --create --ignore-failed-read |
    tar --extract --directory "$root/splash"
# apt's way out, where there is only one through a proxy
for file in /etc/apt/apt.conf.d/*proxy* /etc/resolv.conf; do
    [[ -f $file ]] && cp --dereference "$file" "$root$file"
done
chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" "${cache[@]}" make -C /splash "$target"
echo "fresh: make $target works on a bare Debian 12"
