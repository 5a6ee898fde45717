#!/usr/bin/env bash
# Installs the status monitor as a systemd service:
#   sudo bash deploy/install_status_monitor.sh /opt/ChatStack
# DIR holds config/monitor.yml; a sample is put there when there is none. May be run again at any
# time: it changes only what differs, keeps the configuration, and restarts the service.
# DESTDIR=FOLDER installs below that folder, as packagers do, and makes no user.
set -euo pipefail

NAME=status_monitor
OWNER=status-monitor
STATE=/var/lib/chatstack

say() { echo "$NAME: $*"; }
fail() { echo "$NAME: error: $*" >&2; exit 1; }

[ $# -eq 1 ] && [ -n "$1" ] || fail "say where it is installed: $0 /opt/ChatStack"
case $1 in
  /*) dir=${1%/} ;;
  *) fail "'$1' must be an absolute path such as /opt/ChatStack" ;;
esac
# The path goes into a unit file, where these would mean something else.
case $dir in
  '' | *[!A-Za-z0-9/._-]*) fail "'$1' may hold letters, digits and / . _ - only" ;;
esac

dest=${DESTDIR:-}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
unit=
for candidate in "$dest$dir/deploy/systemd/$NAME.service" "$here/systemd/$NAME.service"; do
  if [ -f "$candidate" ]; then unit=$candidate; break; fi
done
[ -n "$unit" ] || fail "the unit $NAME.service is neither in $dir/deploy/systemd nor in $here/systemd"

if [ -z "$dest" ]; then
  [ "$(id -u)" = 0 ] || fail "only root may install a service; use sudo"
  [ -x /usr/local/bin/checker ] ||
    fail "/usr/local/bin/checker is missing; build it and run: install -m 0755 target/release/checker /usr/local/bin/"
  if ! id -u "$OWNER" >/dev/null 2>&1; then
    useradd --system --user-group --home-dir "$STATE" --no-create-home \
      --shell /usr/sbin/nologin "$OWNER"
    say "made the user $OWNER"
  fi
fi

install -d -m 0755 "$dest/etc/systemd/system" "$dest$dir/config"
install -d -m 0750 "$dest$STATE"
[ -n "$dest" ] || chown "$OWNER:$OWNER" "$STATE"

config=$dest$dir/config/monitor.yml
if [ ! -e "$config" ]; then
  [ -f "$here/config/monitor.yml" ] || fail "$config is missing, and there is no sample of it"
  install -m 0644 "$here/config/monitor.yml" "$config"
  say "put a sample at $config; edit it, the monitor takes it up by itself"
fi

target=$dest/etc/systemd/system/$NAME.service
new=$(mktemp "$target.XXXXXX")
trap 'rm -f "$new"' EXIT
sed "s|/opt/ChatStack|$dir|g" "$unit" >"$new"
chmod 0644 "$new"
if cmp -s "$new" "$target"; then say "$target is as it should be"; else mv -f "$new" "$target"; say "wrote $target"; fi

systemctl daemon-reload
systemctl enable "$NAME"
systemctl restart "$NAME"
say "installed; look with: systemctl status $NAME"
