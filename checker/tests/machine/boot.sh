# Runs this machine's own systemd as PID 1 of private namespaces over an overlay of / that nobody
# keeps. The network is shared. Arguments: a folder of our own, a folder of units, a cgroup.
set -e
mkdir -p "$1/run" "$1/root" "$3"
echo $$ >"$3/cgroup.procs"
exec unshare --mount --pid --uts --ipc --cgroup --fork --kill-child=SIGKILL \
  --propagation private bash -s "$1" "$2" <<'INSIDE'
set -e
own=$1 units=$2 root=$1/root new=$1/root/new
mount -t tmpfs tmpfs "$root"
mkdir "$root/upper" "$root/work" "$new"
mount -t overlay overlay -o "lowerdir=/,upperdir=$root/upper,workdir=$root/work" "$new"
mount -t proc proc "$new/proc"
mount -o bind,ro "$new/proc/sys" "$new/proc/sys" # the settings of the machine's kernel stay as they are
mount -t sysfs sysfs "$new/sys" -o ro
mount -t cgroup2 cgroup2 "$new/sys/fs/cgroup"
mount -t tmpfs tmpfs "$new/dev" -o mode=755
for device in null zero full random urandom tty; do
  touch "$new/dev/$device"
  mount --bind "/dev/$device" "$new/dev/$device"
done
mkdir "$new/dev/pts" "$new/dev/shm" "$new/old"
mount -t devpts devpts "$new/dev/pts" -o newinstance,ptmxmode=0666
ln -s pts/ptmx "$new/dev/ptmx"
ln -s /proc/self/fd "$new/dev/fd"
mount --bind "$own/run" "$new/run"
mount -t tmpfs tmpfs "$new/tmp"
# Nothing that the machine itself has enabled.
rm -rf "$new"/etc/systemd/system/* "$new/var/log/journal" \
  "$new"/lib/systemd/system/{sysinit,local-fs,sockets,basic}.target.wants
rm -f "$new/etc/machine-id"
echo 0123456789abcdef0123456789abcdef >"$new/etc/machine-id"
: >"$new/etc/fstab"
mkdir -p "$new/etc/systemd"
printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\n' >"$new/etc/systemd/journald.conf"
cat >"$new/etc/systemd/system/drill.target" <<TARGET
[Unit]
Requires=systemd-journald.service dbus.socket
After=systemd-journald.service dbus.socket
AllowIsolate=yes
TARGET
cp "$units"/* "$new/etc/systemd/system/"
cd "$new"
pivot_root . old
umount -l /old
exec env -i container=drill PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --unit=drill.target --show-status=no
INSIDE
