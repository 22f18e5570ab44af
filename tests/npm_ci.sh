#!/bin/sh
# Installs the npm packages of a test into its work directory, unless they are
# there: only the first run needs a network.
set -eu

if [ $# -ne 2 ]; then
  echo "usage: $0 <test dir> <work dir>" >&2
  exit 2
fi
test=$1 work=$2

for command in node npm; do
  if ! command -v "$command" >/dev/null; then
    echo "$command is missing; .ci/setup test installs it" >&2
    exit 1
  fi
done

mkdir -p "$work"
# The lock file is copied last: it says that the installation is whole.
if ! cmp -s "$test/package-lock.json" "$work/installed.json"; then
  rm -f "$work/installed.json"
  cp "$test/package.json" "$test/package-lock.json" "$work"
  (cd "$work" && npm ci --no-audit --no-fund --ignore-scripts)
  cp "$test/package-lock.json" "$work/installed.json"
fi
