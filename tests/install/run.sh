#!/bin/sh
# Installs a build into a temporary prefix. Against it, with nothing of the source
# tree in reach, this builds and runs the consumer and its test beside this script
# and the examples that are installed as templates, and compiles each header alone.
set -eu

if [ $# -ne 5 ]; then
  echo "usage: $0 <cmake> <source dir> <build dir> <c++ compiler>" \
    "<CAF's root, or nothing>" >&2
  exit 2
fi
cmake=$1 source=$2 build=$3 compiler=$4 caf_root=$5
headers_max=92

scratch=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server"; fi; rm -rf "$scratch"' EXIT
prefix=$scratch/prefix
doc=$prefix/share/doc/stagedoor

fail() {
  echo "$*" >&2
  exit 1
}

# Builds a project of somebody else: make_project <source dir> <build dir>
make_project() {
  "$cmake" -S "$1" -B "$2" \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$compiler" \
    -DCAF_ROOT="$caf_root" -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
  "$cmake" --build "$2" --parallel "$(nproc)"
  if grep -F -e "$source" -e "$build" "$2/compile_commands.json"; then
    fail "$1 was compiled with the source or the build tree"
  fi
}

# -- what is installed --------------------------------------------------------

"$cmake" --install "$build" --prefix "$prefix" --component stagedoor
if grep -rlF -e "$source" -e "$build" "$prefix" --include='*.cmake' \
    --include='*.hpp'; then
  fail "these installed files name the source or the build tree"
fi
if find "$prefix" -type l ! -name '*.so*' | grep .; then
  fail "these were installed as links"
fi
cmp "$source/LICENSE" "$doc/LICENSE"
diff -r "$source/protocol/javascript" "$prefix/share/stagedoor/javascript"

# -- headers: few, each whole, and none with Beast or Asio --------------------

count=$(find "$prefix/include" -type f | wc -l)
if [ "$count" -gt "$headers_max" ]; then
  fail "$count headers are installed, of $headers_max at most"
fi
mkdir "$scratch/closures"
# A file of closures/ for each header: all that it brings, however deep.
find "$prefix/include" -type f | sort | xargs -P "$(nproc)" -I {} sh -c '
  "$1" -std=c++20 -fsyntax-only -MD -MF "$2/closures/$(echo "$3" | tr / _)" \
    "-I$2/prefix/include" ${4:+"-I$4/include"} -include "$3" -x c++ /dev/null' \
  - "$compiler" "$scratch" {} "$caf_root"
if [ "$(grep -l 'stagedoor/protocol' "$scratch"/closures/* | wc -l)" -lt 30 ]; then
  fail "the compiler does not tell what headers include"
fi
if grep -E '/boost/(asio|beast)[/.]' "$scratch"/closures/*; then
  fail "these headers bring Beast or Asio"
fi

# -- an application, and its tests --------------------------------------------

mkdir "$scratch/consumer"
for file in CMakeLists.txt main.cpp greeter_test.cpp; do
  cp "$source/tests/install/$file" "$scratch/consumer"
done
make_project "$scratch/consumer" "$scratch/build"
# Without the lines of its log.
answer=$("$scratch/build/consumer" | grep -v '^\[')
expected='{"errors":[],"data":{"place":"roof","degrees":12.5},"action":"read","route":"thermometer/","status":200}
closed with 1011
{"errors":[],"data":{"place":"cellar","degrees":8.25},"action":"read","route":"thermometer/","status":200}
the host reads 8.25 in the cellar'
if [ "$answer" != "$expected" ]; then
  fail "the consumer said: $answer"
fi
failure=$("$scratch/build/consumer-test")
case $failure in
  'expected a reply with status 403 to {"action":"greet","route":"greeter/"}, '*)
    ;;
  *)
    fail "the consumer's test said: $failure"
    ;;
esac

# -- the templates ------------------------------------------------------------

for example in embedded lobby market posts quickstart rooms newsroom; do
  make_project "$doc/examples/$example" "$scratch/$example"
done
"$scratch/quickstart/quickstart" collectpermissions | grep -q test_child_route
"$scratch/newsroom/newsroom" collectpermissions --format=markdown \
  --check="$(find "$doc" -name 'permissions.*')"
"$scratch/embedded/embedded" 0 >"$scratch/warehouse" &
server=$!
tries=100
until grep -q 'open on port' "$scratch/warehouse"; do
  tries=$((tries - 1))
  if [ "$tries" -eq 0 ]; then fail "the warehouse does not open"; fi
  sleep 0.1
done
kill -TERM "$server"
wait "$server"
server=
if ! grep -qx '8 apples' "$scratch/warehouse"; then
  fail "the warehouse said: $(cat "$scratch/warehouse")"
fi
echo "the installed package works"
