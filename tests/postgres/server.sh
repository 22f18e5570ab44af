#!/usr/bin/env bash
# A PostgreSQL server of its own, on loopback, as a user that is not root:
#   server.sh make FOLDER    makes a database there, and starts it
#   server.sh start FOLDER   starts it again, on the same port
#   server.sh stop FOLDER    ends it, with the transactions that are under way
#   server.sh kill FOLDER    ends it as a crash would
# `make` writes the connection string to FOLDER/url. Nothing waits for the disk,
# since only the machine is not to crash; with FSYNC=on, commits do.
set -euo pipefail

if [ $# -ne 2 ]; then
  echo "usage: $0 make|start|stop|kill <folder>" >&2
  exit 2
fi
folder=$2
data=$folder/data
programs=$(find /usr/lib/postgresql -maxdepth 2 -name bin | sort -V | tail -n 1)

# PostgreSQL refuses to be run by root.
as_user() {
  cd /
  if [ "$(id -u)" -eq 0 ]; then
    setpriv --reuid nobody --regid nogroup --clear-groups -- "$@"
  else
    "$@"
  fi
}

start() {
  as_user "$programs/pg_ctl" start -D "$data" -w -s -l "$folder/server.log" \
    -o "-p $1 -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
-c fsync=${FSYNC-off} -c max_connections=60"
}

make_database() {
  if [ "$(id -u)" -eq 0 ]; then chown nobody:nogroup "$folder"; fi
  as_user "$programs/initdb" -D "$data" -U stagedoor -E UTF8 --locale=C.UTF-8 \
    --auth=trust --no-sync >"$folder/initdb.log"
  local tries port
  for ((tries = 0; tries < 20; ++tries)); do
    port=$((20000 + RANDOM % 10000))
    if start "$port" 2>"$folder/start.log"; then
      echo "$port" >"$folder/port"
      echo "postgresql://stagedoor@127.0.0.1:$port/postgres" >"$folder/url"
      return
    fi
  done
  cat "$folder/start.log" "$folder/server.log" >&2
  exit 1
}

case $1 in
  make) make_database ;;
  start) start "$(cat "$folder/port")" ;;
  stop) as_user "$programs/pg_ctl" stop -D "$data" -w -s -m fast ;;
  kill) as_user "$programs/pg_ctl" stop -D "$data" -w -s -m immediate ;;
  *) echo "$0: what is $1?" >&2; exit 2 ;;
esac
