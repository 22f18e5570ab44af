#!/bin/sh
# Installs a build into a temporary prefix, and builds and runs the consumer and
# its test beside this script against it, with nothing of the source tree in reach;
# checks what the umbrella header brings.
set -eu

if [ $# -ne 5 ]; then
  echo "usage: $0 <cmake> <source dir> <build dir> <c++ compiler>" \
    "<CAF's root, or nothing>" >&2
  exit 2
fi
cmake=$1 source=$2 build=$3 compiler=$4 caf_root=$5

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix

"$cmake" --install "$build" --prefix "$prefix" --component stagedoor
if grep -rlF -e "$source" -e "$build" "$prefix" --include='*.cmake' \
    --include='*.hpp'; then
  echo "these installed files name the source or the build tree" >&2
  exit 1
fi
if find "$prefix" -type l ! -name '*.so*' | grep .; then
  echo "these were installed as links" >&2
  exit 1
fi

mkdir "$scratch/consumer"
for file in CMakeLists.txt main.cpp greeter_test.cpp; do
  cp "$source/tests/install/$file" "$scratch/consumer"
done
"$cmake" -S "$scratch/consumer" -B "$scratch/build" \
  -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$compiler" \
  -DCAF_ROOT="$caf_root" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
"$cmake" --build "$scratch/build"
if grep -F -e "$source" -e "$build" "$scratch/build/compile_commands.json"; then
  echo "the consumer was compiled with the source or the build tree" >&2
  exit 1
fi
# All that the one header brings, however deep.
"$compiler" -std=c++20 -M "-I$prefix/include" ${caf_root:+"-I$caf_root/include"} \
  -x c++ "$prefix/include/stagedoor/stagedoor.hpp" >"$scratch/closure"
if ! grep -q stagedoor/actors/server.hpp "$scratch/closure"; then
  echo "the compiler does not tell what the header includes" >&2
  exit 1
fi
if grep -E -o '[^ ]*/boost/(asio|beast)[/.][^ ]*' "$scratch/closure"; then
  echo "<stagedoor/stagedoor.hpp> brings Beast or Asio" >&2
  exit 1
fi
answer=$("$scratch/build/consumer")
expected='{"errors":[],"data":{"place":"roof","degrees":12.5},"action":"read","route":"thermometer/","status":200}
closed with 1011
{"errors":[],"data":{"place":"cellar","degrees":8.25},"action":"read","route":"thermometer/","status":200}
the host reads 8.25 in the cellar'
if [ "$answer" != "$expected" ]; then
  echo "the consumer said: $answer" >&2
  exit 1
fi
failure=$("$scratch/build/consumer-test")
case $failure in
  'expected a reply with status 403 to {"action":"greet","route":"greeter/"}, '*)
    ;;
  *)
    echo "the consumer's test said: $failure" >&2
    exit 1
    ;;
esac
echo "the installed package works"
