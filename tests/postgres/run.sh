#!/usr/bin/env bash
# Runs tests with a PostgreSQL server of their own, which ends with them:
#   run.sh COMMAND...
# The command finds its connection string in STAGEDOOR_TEST_POSTGRES, and in
# STAGEDOOR_TEST_POSTGRES_FOLDER what server.sh takes to stop and start it.
set -euo pipefail

skipped=77
server=$(dirname "$0")/server.sh

if [ -z "$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null)" ]; then
  # CI installs it.
  if [ -n "${CI-}" ]; then
    echo 'there is no PostgreSQL; .ci/setup ci installs it' >&2
    exit 1
  fi
  echo 'skipped: there is no PostgreSQL; Debian has it as postgresql'
  exit "$skipped"
fi

folder=$(mktemp -d)
tests=
clean_up() {
  trap '' INT TERM
  if [ -n "$tests" ]; then kill -KILL "$tests" 2>/dev/null || :; fi
  # A test may have stopped it.
  "$server" kill "$folder" 2>/dev/null || :
  rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$server" make "$folder"
STAGEDOOR_TEST_POSTGRES=$(cat "$folder/url")
STAGEDOOR_TEST_POSTGRES_FOLDER=$folder
export STAGEDOOR_TEST_POSTGRES STAGEDOOR_TEST_POSTGRES_FOLDER

# In the background, so that a signal is heeded at once.
"$@" &
tests=$!
status=0
wait "$tests" || status=$?
tests=
if [ "$status" -ne 0 ]; then sed 's/^/server: /' "$folder/server.log" >&2; fi
exit "$status"
