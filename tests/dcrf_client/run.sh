#!/bin/sh
# Tries the npm package dcrf-client against the example server, in Node.js or in
# chromium. What npm installs stays in the work directory.
set -eu

if [ $# -ne 3 ]; then
  echo "usage: $0 node|chromium <work dir> <newsroom>" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
place=$1 work=$2 newsroom=$3
skipped=77

for command in node npm "$place"; do
  if ! command -v "$command" >/dev/null; then
    echo "skipped: there is no $command; .ci/setup ci installs it"
    exit "$skipped"
  fi
done
"$here/../npm_ci.sh" "$here" "$work"

if [ "$place" = chromium ]; then
  CHROMIUM=$(command -v chromium)
  export CHROMIUM
fi
NODE_PATH=$work/node_modules NEWSROOM=$newsroom \
  exec node --test "$here/dcrf_client.test.js"
