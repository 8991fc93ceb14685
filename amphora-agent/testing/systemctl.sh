#!/bin/bash
# In place of systemd: notes what it is asked, and starts, reloads and stops what the unit file says.
root=$(dirname "$(dirname "$(readlink -f "$0")")")
action=$1
unit=$2
echo "$action $unit" >> "$root/systemctl.log"
file="$root/units/$unit"
if [ -e "$root/systemctl-fails" ]; then
  echo "Job for $unit failed because the control process exited with error code." >&2
  exit 1
fi
value() { sed -n "s/^$1=//p" "$file" | tail -n 1; }
pid_of() { cat "$(sed -n 's/^ExecStart=.* -p \([^ ]*\).*/\1/p' "$file")" 2>/dev/null; }
case $unit in haproxy-*) ;; *) exit 0 ;; esac
stop() {
  pid=$(pid_of)
  [ -n "$pid" ] && kill -TERM "$pid" 2>/dev/null
  while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
}
case $action in
  start|restart)
    pid=$(pid_of)
    if [ "$action" = start ] && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then exit 0; fi
    stop
    start=$(value ExecStart)
    # Without systemd nobody waits for a notification: the same command, as a daemon.
    ${start/ -Ws / -W -D } </dev/null >/dev/null 2>&1
    sleep 0.1 # systemd waits until the master is ready for signals
    ;;
  reload) kill -USR2 "$(pid_of)" ;;
  stop) stop ;;
esac
