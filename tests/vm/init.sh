#!/bin/busybox sh
# shellcheck shell=dash
# The first process of the machine of tools/test_vm.sh: the host's files below, memory on top, then the command.
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
end() {
    echo "splash-vm: exit $1"
    sync
    echo b >/proc/sysrq-trigger # a reboot, which ends the machine
    sleep 60
}
while read -r module; do
    insmod "/modules/$module" || end 90
done </modules/list
mount -t virtiofs -o ro host /host || end 91
mount -t tmpfs own /own
mkdir /own/changes /own/work
mount -t overlay -o lowerdir=/host,upperdir=/own/changes,workdir=/own/work root /root || end 92
mkdir -p /root/lib/modules
mount -o bind "/root$(cat /kernel)" /root/lib/modules || end 93
for place in proc sys dev; do
    mount -o bind "/$place" "/root/$place"
done
mkdir -p /root/dev/pts /root/dev/shm
mount -t devpts devpts /root/dev/pts
mount -t tmpfs shm /root/dev/shm
mount -t tmpfs run /root/run
mkdir -p /root/run/netns
mount -t bpf bpf /root/sys/fs/bpf
# This process itself changes its root: where the kernel looks for modprobe follows the first process.
exec chroot /root /bin/sh -c "
    export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
    ip link set lo up
    cd '$(cat /directory)' && ( $(cat /command) )
    echo splash-vm: exit \$?
    stty -F /dev/ttyS0 -echo # which waits until all that was said is on the line
    echo b >/proc/sysrq-trigger # a reboot, which ends the machine
    sleep 60"
