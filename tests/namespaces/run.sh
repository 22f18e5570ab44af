#!/usr/bin/env bash
# Three nodes of the example, linked by TLS, each in a network namespace with an
# address of its own, on a switch in a fourth one, and beside each a node with
# rooms; then the tests, which cut ports of the switch off. The machine's own
# network is not touched. About 60 s.
set -euo pipefail

if [ $# -ne 3 ]; then
  echo "usage: $0 <newsroom> <rooms> <partition-tests>" >&2
  exit 2
fi
newsroom=$1 rooms=$2 tests=$3
skipped=77
# Of the tests; the CTest entry has more.
seconds_max=180

skip() {
  echo "skipped: $1"
  exit "$skipped"
}

if [ "$(id -u)" -ne 0 ]; then skip 'only root makes network namespaces'; fi
for command in bridge ip openssl; do
  if ! command -v "$command" >/dev/null; then
    skip "there is no $command; .ci/setup ci installs it"
  fi
done

hosts=stagedoor-$$-
switch=${hosts}switch
nodes=(front-1 front-2 handlers)
scratch=$(mktemp -d)
declare -A running=()

# Says what is wrong, with the logs that tell of it.
fail() {
  echo "$1" >&2
  shift
  local log
  for log in "$@"; do
    sed "s/^/$log: /" "$scratch/$log.log" >&2 || :
  done
  exit 1
}

clean_up() {
  trap '' INT TERM
  local pid node
  for pid in "${running[@]}"; do
    kill -KILL "$pid" || :
    wait "$pid" || :
  done 2>/dev/null
  # With the namespace go its links.
  for node in "${nodes[@]}" switch; do
    ip netns delete "$hosts$node" 2>/dev/null || :
  done
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

make_switch() {
  ip netns add "$switch" \
    && ip netns exec "$switch" true \
    && ip -n "$switch" link add switch type bridge \
    && ip -n "$switch" link set switch up
}

# Makes a host and its cable to the port of the switch that has the node's name.
make_host() {
  local node=$1 address=$2
  ip netns add "$hosts$node"
  ip -n "$switch" link add "$node" type veth \
    peer name eth0 netns "$hosts$node"
  ip -n "$switch" link set "$node" master switch up
  ip -n "$hosts$node" address add "$address/24" dev eth0
  ip -n "$hosts$node" link set lo up
  ip -n "$hosts$node" link set eth0 up
}

# Makes a key and a request for a certificate; with -x509 an authority of its own.
make_request() {
  local name=$1
  shift
  openssl req -batch -subj "/CN=$name" -keyout "$scratch/$name.key" "$@" \
    -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes 2>"$scratch/openssl.log" \
    || fail "no key for $name" openssl
}

make_certificate() {
  local name=$1
  make_request "$name" -out "$scratch/$name.request"
  openssl x509 -req -days 1 -CA "$scratch/authority.pem" \
    -CAkey "$scratch/authority.key" -in "$scratch/$name.request" \
    -out "$scratch/$name.pem" 2>"$scratch/openssl.log" \
    || fail "no certificate for $name" openssl
}

start_node() {
  local node=$1 address=$2 role=$3
  # It ends with this script, however that ends.
  ip netns exec "$hosts$node" setpriv --pdeathsig KILL \
    "$newsroom" --port=8080 --threads=2 --node="$node" --roles="$role" \
    --cluster-bind="$address:4501" --join="$seed" \
    --cluster-certificate="$scratch/$node.pem" \
    --cluster-key="$scratch/$node.key" --cluster-ca="$scratch/authority.pem" \
    --limits.permission-timeout=300ms --limits.action-timeout=700ms \
    --limits.ping-interval=60s --limits.idle-timeout=120s \
    >"$scratch/$node.log" 2>&1 &
  running[$node]=$!
}

# All of them serve clients and keep rooms.
start_rooms() {
  local node=$1 address=$2
  ip netns exec "$hosts$node" setpriv --pdeathsig KILL \
    "$rooms" --port=8090 --threads=1 --node="rooms-$node" \
    --cluster-bind="$address:4502" --join="$rooms_seeds" --cluster-insecure \
    --limits.permission-timeout=300ms --limits.action-timeout=700ms \
    >"$scratch/rooms-$node.log" 2>&1 &
  running[rooms-$node]=$!
}

await_node() {
  local node=$1 tries
  for ((tries = 0; tries < 200; ++tries)); do
    if grep -q ' on ws://' "$scratch/$node.log"; then return; fi
    sleep 0.05
  done
  fail "$node does not start" "$node"
}

end_node() {
  local node=$1 pid=${running[$1]}
  kill -TERM "$pid" || fail "$node has ended by itself" "$node"
  wait "$pid" || fail "$node ended with status $?" "$node"
  unset "running[$node]"
}

if ! reason=$(make_switch 2>&1); then
  skip "no network namespaces with a switch here: $reason"
fi

make_host front-1 10.77.0.1
make_host front-2 10.77.0.2
make_host handlers 10.77.0.3
seed=10.77.0.3:4501
rooms_seeds=10.77.0.1:4502,10.77.0.2:4502,10.77.0.3:4502

make_request authority -x509 -days 1 -out "$scratch/authority.pem"
for node in "${nodes[@]}"; do make_certificate "$node"; done

start_node handlers 10.77.0.3 handlers
start_node front-1 10.77.0.1 front
start_node front-2 10.77.0.2 front
start_rooms front-1 10.77.0.1
start_rooms front-2 10.77.0.2
start_rooms handlers 10.77.0.3
for node in "${nodes[@]}"; do
  await_node "$node"
  await_node "rooms-$node"
done

# In the background, so that a signal is heeded at once.
HOSTS=$hosts SWITCH=$switch BRIDGE=$(command -v bridge) \
  timeout "$seconds_max" setpriv --pdeathsig KILL "$tests" --log_level=message --report_level=short \
  --color_output=no &
running[tests]=$!
status=0
wait "${running[tests]}" || status=$?
unset 'running[tests]'
if [ "$status" -ne 0 ]; then
  fail "the tests ended with status $status" "${nodes[@]}" \
    "${nodes[@]/#/rooms-}"
fi
for node in "${nodes[@]}"; do
  end_node "$node"
  end_node "rooms-$node"
done
