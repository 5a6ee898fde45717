#!/bin/bash
# boot-systemd.sh DIR: runs this machine's own systemd as process 1 of namespaces of its own, over a
# throw-away overlay of /. The network is shared. Needs root. End it with SIGRTMIN+4 to that process 1.
set -e
dir=$(realpath "$1")
mkdir -p "$dir"/{run,root}
group=/sys/fs/cgroup/unified/firedrill-$(basename "$dir")
[ -d /sys/fs/cgroup/unified ] || group=/sys/fs/cgroup/firedrill-$(basename "$dir")
# Joined before the namespace is made, so that its slices do not land in the machine's own.
mkdir -p "$group"
echo $$ >"$group/cgroup.procs"
exec unshare --mount --pid --uts --ipc --cgroup --fork --kill-child=SIGKILL --propagation private \
  bash -s "$dir" <<'IN'
set -e
dir=$1
top=$dir/root
new=$top/new
mount -t tmpfs tmpfs "$top"
mkdir "$top"/{upper,work,new}
mount -t overlay overlay -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" "$new"
mount -t proc proc "$new/proc"
# systemd-sysctl must not touch the machine.
mount -o bind,ro "$new/proc/sys" "$new/proc/sys"
mount -t sysfs sysfs "$new/sys" -o ro
mount -t cgroup2 cgroup2 "$new/sys/fs/cgroup"
mount -t tmpfs tmpfs "$new/dev" -o mode=755
for node in null zero full random urandom tty; do
  touch "$new/dev/$node"
  mount --bind "/dev/$node" "$new/dev/$node"
done
mkdir "$new"/dev/{pts,shm}
mount -t devpts devpts "$new/dev/pts" -o newinstance,ptmxmode=0666
ln -s pts/ptmx "$new/dev/ptmx"
ln -s /proc/self/fd "$new/dev/fd"
mount --bind "$dir/run" "$new/run"
# What the test has prepared lies below its folder, which may be in /tmp.
mkdir -p "$new/srv/test"
mount --bind "$dir" "$new/srv/test"
mount -t tmpfs tmpfs "$new/tmp"
# Nothing that the machine happens to have enabled.
rm -rf "$new"/etc/systemd/system/* "$new"/lib/systemd/system/{sysinit,local-fs,sockets,basic}.target.wants
echo 0123456789abcdef0123456789abcdef >"$new/etc/machine-id"
: >"$new/etc/fstab"
printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\n' >"$new/etc/systemd/journald.conf"
cat >"$new/etc/systemd/system/firedrill.target" <<U
[Unit]
Requires=systemd-journald.service dbus.socket
After=systemd-journald.service dbus.socket
AllowIsolate=yes
U
mkdir -p "$new/old"
cd "$new"
pivot_root . old
umount -l /old
exec env -i container=firedrill PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --unit=firedrill.target --show-status=no
IN
