#!/bin/sh
# Drives chromium over the page of the example server. What npm installs and the
# screenshot stay in the work directory: only the first run needs a network.
set -eu

if [ $# -ne 2 ]; then
  echo "usage: $0 <work dir> <newsroom>" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
work=$1 newsroom=$2
skipped=77

if ! chromium=$(command -v chromium); then
  echo "skipped: there is no chromium; .ci/setup ci installs it"
  exit "$skipped"
fi
for command in node npm; do
  if ! command -v "$command" >/dev/null; then
    echo "$command is missing; .ci/setup test installs it" >&2
    exit 1
  fi
done

mkdir -p "$work"
# The lock file is copied last: it says that the installation is whole.
if ! cmp -s "$here/package-lock.json" "$work/installed.json"; then
  rm -f "$work/installed.json"
  cp "$here/package.json" "$here/package-lock.json" "$work"
  (cd "$work" && npm ci --no-audit --no-fund --ignore-scripts)
  cp "$here/package-lock.json" "$work/installed.json"
fi

NODE_PATH=$work/node_modules CHROMIUM=$chromium NEWSROOM=$newsroom WORK=$work \
  exec node --test "$here/page.test.js"
