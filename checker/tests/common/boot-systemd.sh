#!/bin/bash
# boot-systemd.sh DIR CGROUP: runs this machine's own systemd as process 1 of namespaces of its own,
# over an overlay of / that nobody keeps. It knows the units in DIR/units, and sees DIR itself as
# /srv/test; the network is shared. Needs root and a new cgroup of version 2. Kill it and all is gone.
set -e
dir=$(realpath "$1")
mkdir -p "$dir"/{run,root,units} "$2"
# Joined before the namespace is made, so that its slices do not land in the machine's own.
echo $$ >"$2/cgroup.procs"
exec unshare --mount --pid --uts --ipc --cgroup --fork --kill-child=SIGKILL --propagation private \
  bash -s "$dir" <<'INSIDE'
set -e
dir=$1
top=$dir/root
new=$top/new
mount -t tmpfs tmpfs "$top"
mkdir "$top"/{upper,work,new}
mount -t overlay overlay -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" "$new"
mount -t proc proc "$new/proc"
mount -o bind,ro "$new/proc/sys" "$new/proc/sys" # the settings of the machine's kernel stay as they are
mount -t sysfs sysfs "$new/sys" -o ro
mount -t cgroup2 cgroup2 "$new/sys/fs/cgroup"
mount -t tmpfs tmpfs "$new/dev" -o mode=755
for device in null zero full random urandom tty; do
  touch "$new/dev/$device"
  mount --bind "/dev/$device" "$new/dev/$device"
done
mkdir "$new"/dev/{pts,shm} "$new/old"
mount -t devpts devpts "$new/dev/pts" -o newinstance,ptmxmode=0666
ln -s pts/ptmx "$new/dev/ptmx"
ln -s /proc/self/fd "$new/dev/fd"
mount --bind "$dir/run" "$new/run"
# What the test has prepared lies below its folder, which may be in /tmp.
mkdir -p "$new/srv/test"
mount --bind "$dir" "$new/srv/test"
mount -t tmpfs tmpfs "$new/tmp"
# Nothing that the machine itself has enabled.
rm -rf "$new"/etc/systemd/system/* "$new/var/log/journal" \
  "$new"/lib/systemd/system/{sysinit,local-fs,sockets,basic}.target.wants
rm -f "$new/etc/machine-id"
echo 0123456789abcdef0123456789abcdef >"$new/etc/machine-id"
: >"$new/etc/fstab"
mkdir -p "$new/etc/systemd/system"
printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\n' >"$new/etc/systemd/journald.conf"
cat >"$new/etc/systemd/system/firedrill.target" <<TARGET
[Unit]
Requires=systemd-journald.service dbus.socket
After=systemd-journald.service dbus.socket
AllowIsolate=yes
TARGET
cp -r "$dir/units/." "$new/etc/systemd/system/"
cd "$new"
pivot_root . old
umount -l /old
exec env -i container=firedrill PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --unit=firedrill.target --show-status=no
INSIDE
