#!/bin/sh
# Asks jsonwebtoken and our jwt-verdict about a table of tokens. What npm
# installs stays in the work directory.
set -eu

if [ $# -ne 2 ]; then
  echo "usage: $0 <work dir> <jwt-verdict>" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
work=$1 verdict=$2

"$here/../npm_ci.sh" "$here" "$work"

NODE_PATH=$work/node_modules exec node "$here/compare.js" "$work" "$verdict"
