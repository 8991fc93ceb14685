#!/bin/sh
# HAProxy's external check of a member with a PING monitor: one echo, one second. The address is in the environment,
# in which PATH is empty.
exec /bin/ping -q -n -c 1 -w 1 "$HAPROXY_SERVER_ADDR" >/dev/null 2>&1
