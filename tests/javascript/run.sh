#!/bin/sh
# Tests stagedoor.js, as npm installs it from its folder. What npm installs stays in
# the work directory.
#   run.sh fake WORK            with a fake WebSocket and a fake clock
#   run.sh server WORK NEWSROOM against the example server
#   run.sh reconnects WORK NEWSROOM [SECONDS]
#                               200 clients that are cut off again and again
#   run.sh types WORK           the types, with tsc of Debian's node-typescript
set -eu

if [ $# -lt 2 ]; then
  echo "usage: $0 fake|server|reconnects|types <work dir> [<newsroom>]" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
what=$1 work=$2
client=$(cd "$here/../../protocol/javascript" && pwd)
skipped=77

case $what in
  types) commands='npm tsc' ;;
  *) commands='node npm' ;;
esac
for command in $commands; do
  if ! command -v "$command" >/dev/null; then
    echo "skipped: there is no $command; .ci/setup ci installs it"
    exit "$skipped"
  fi
done
"$here/../npm_ci.sh" "$here" "$work"
# A project of somebody else, with a copy of the client in it.
user=$work/$what
rm -rf "$user"
mkdir -p "$user"
echo '{"private": true}' >"$user/package.json"
(cd "$user" && npm install --offline --no-audit --no-fund --install-links \
  --silent "$client")

if [ "$what" = types ]; then
  cp "$here/sample.ts" "$user/sample.mts"
  cd "$user"
  exec tsc --noEmit --strict --target es2022 --lib es2022,dom \
    --module node16 --moduleResolution node16 sample.mts
fi
case $what in
  fake) tests="$here/groups.test.js $here/reconnect.test.js
    $here/requests.test.js" ;;
  server) tests=$here/server.test.js ;;
esac
export NODE_PATH="$work/node_modules" NEWSROOM="${3-}"
export STAGEDOOR_JS="$user/node_modules/stagedoor/stagedoor.js"
if [ "$what" = reconnects ]; then
  exec node "$here/reconnects.js" "${4-60}"
fi
# shellcheck disable=SC2086 # a list of words
exec node --test $tests
