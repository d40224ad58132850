#!/usr/bin/env bash
# tools/test_vm.sh [COMMAND...]   runs the tests that need more of a kernel than this machine's may have in a virtual machine with
# Debian's kernel: the links of labs by netem. With a COMMAND that instead, in the root of the checkout; its exit status is ours.
#
# Nothing is installed in the machine: it sees this one's files, read-only, and writes to its own memory. Processors are emulated
# (TCG), so no host is too small and none too much nested. Needs root, tools/setup.sh check, the release built, and the network
# (apt's mirror) for the first time, which keeps the kernel in ~/.cache/splash. On two cores: 3 minutes, 5 where they are busy.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."

deadline=${SPLASH_VM_SECONDS:-900}
memory=${SPLASH_VM_MEMORY:-1024M}
virtiofsd=/usr/lib/qemu/virtiofsd
cache=${XDG_CACHE_HOME:-$HOME/.cache}/splash
# What the initramfs loads, in an order that their dependencies allow; the rest is loaded on demand.
modules="virtio_pci virtiofs overlay"
(($#)) || set -- tests/vm/run.sh

if ((EUID != 0)); then
    echo "test_vm: showing a virtual machine all files of this one needs root" >&2
    exit 4
fi
for needed in qemu-system-x86_64 busybox cpio "$virtiofsd"; do
    if ! command -v "$needed" >/dev/null; then
        echo "test_vm: $needed is missing; tools/setup.sh check installs it" >&2
        exit 4
    fi
done

package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: //p' | head -n 1)
if [[ -z $package ]]; then
    echo "test_vm: apt knows no linux-image-cloud-amd64; apt-get update, on Debian 12 for amd64" >&2
    exit 4
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/splash-vm.XXXXXX")
files=
trap '[[ -z $files ]] || kill "$files" 2>/dev/null || :; rm -rf --one-file-system "$work"' EXIT

kernel=$cache/$package
if [[ ! -d $kernel ]]; then
    echo "test_vm: fetching $package"
    mkdir -p "$cache"
    (cd "$work" && apt-get -qq download "$package")
    dpkg-deb --extract "$work/$package"_*.deb "$work/kernel"
    depmod --basedir "$work/kernel" "${package#linux-image-}"
    mv --no-target-directory "$work/kernel" "$kernel" 2>/dev/null || [[ -d $kernel ]] # or another run was quicker
fi
version=${package#linux-image-}

root=$work/initramfs
mkdir -p "$root"/{bin,dev,proc,sys,modules,host,own,root}
cp "$(command -v busybox)" "$root/bin/busybox"
: >"$work/files"
for module in $modules; do
    modprobe --dirname "$kernel" --set-version "$version" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p' >>"$work/files"
done
awk '!seen[$0]++' "$work/files" >"$work/once"
while read -r file; do
    cp "$file" "$root/modules/"
    basename "$file" >>"$root/modules/list"
done <"$work/once"
cp tests/vm/init.sh "$root/init"
printf '%q ' "$@" >"$root/command"
printf '%s\n' "$PWD" >"$root/directory"
printf '%s\n' "$kernel/lib/modules" >"$root/kernel"
(cd "$root" && find . | cpio --quiet -o -H newc) >"$work/initramfs.cpio"

"$virtiofsd" --socket-path="$work/files.sock" -o source=/ -o cache=always -o sandbox=chroot 2>"$work/virtiofsd.log" &
files=$!
for ((tries = 0; tries < 100; tries++)); do
    [[ -S $work/files.sock ]] && break
    sleep 0.1
done
if [[ ! -S $work/files.sock ]]; then
    echo "test_vm: virtiofsd does not come up: $(tail -n 3 "$work/virtiofsd.log")" >&2
    exit 4
fi

began=$SECONDS
echo "test_vm: booting $package"
# The processor's own clock is measured at boot, wrongly where the host is busy: time would run several times too fast.
timeout --foreground "$deadline" qemu-system-x86_64 -accel tcg,thread=multi -M pc -cpu max -smp 2 -m "$memory" \
    -object "memory-backend-memfd,id=memory,size=$memory,share=on" -numa node,memdev=memory \
    -chardev "socket,id=files,path=$work/files.sock" -device vhost-user-fs-pci,chardev=files,tag=host \
    -nic none -vga none -display none -monitor none -serial stdio -no-reboot \
    -kernel "$kernel/boot/vmlinuz-$version" -initrd "$work/initramfs.cpio" \
    -append "console=ttyS0 panic=-1 quiet tsc=unstable clocksource=hpet no_timer_check" </dev/null | tr -d '\r' | tee "$work/said" || :
status=$(sed -n 's/^splash-vm: exit //p' "$work/said" | tail -n 1)
if [[ -z $status ]]; then
    echo "test_vm: FAIL: the machine did not come to an end within $deadline s" >&2
    exit 1
fi
echo "test_vm: $( ((status)) && echo FAIL || echo PASS), $((SECONDS - began)) s in $package"
exit "$status"
