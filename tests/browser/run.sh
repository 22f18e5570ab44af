#!/bin/sh
# Drives chromium over the page of the example server. What npm installs and the
# screenshot stay in the work directory.
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
"$here/../npm_ci.sh" "$here" "$work"

NODE_PATH=$work/node_modules CHROMIUM=$chromium NEWSROOM=$newsroom WORK=$work \
  exec node --test "$here/page.test.js"
