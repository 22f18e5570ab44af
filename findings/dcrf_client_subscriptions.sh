#!/usr/bin/env bash
# dcrf-client 0.3.0 subscribes twice after a reconnect, and does not unsubscribe
# from all.
#
# dcrf-client is the JavaScript client of djangochannelsrestframework.
#
# 1. The program subscribes while the connection is down. After the reconnect,
#    the client sends this subscription twice, with the same request_id: once
#    from the list of its subscriptions, and once from the queue of what it
#    could not send. A server that does not compare the ids delivers each event
#    twice.
# 2. `unsubscribeAll()` leaves subscriptions behind, and says that it has ended
#    all of them. It turns the ids of its subscriptions into numbers with
#    `map(parseInt)`, so that the place in the list becomes the base of the
#    number. The first id is read in base 10, the second in base 1, which is no
#    number, and the next ones in base 2, 3, 4 and so on. The callbacks of the
#    subscriptions that it misses still run.
#
# The server is that of the npm package ws 8.23.0, and answers every request
# with success. The script prints what the server got, and whose callbacks run
# for later events. It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private": true}' >package.json
npm install --cache=cache --loglevel=error --no-audit --no-fund \
  --ignore-scripts \
  dcrf-client@0.3.0 reconnecting-websocket@4.4.0 ws@8.23.0 >npm.log

cat >subscribe.js <<'END'
const dcrf = require("dcrf-client").default;
const WebSocket = require("ws");
require("loglevel").setLevel("silent");
console.log("dcrf-client", require("dcrf-client/package.json").version);

const server = new WebSocket.Server({host: "127.0.0.1", port: 0});
const got = [];
let connections = 0;
server.on("connection", connection => {
  const number = ++connections;
  connection.on("message", text => {
    const {stream, payload} = JSON.parse(text);
    got.push({number, ...payload});
    connection.send(JSON.stringify({stream, payload: {
      request_id: payload.request_id, response_status: 201, data: null}}));
  });
});

async function until(condition) {
  const end = Date.now() + 10000;
  while (!condition()) {
    if (Date.now() > end)
      throw new Error("waited in vain");
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

server.on("listening", async () => {
  const client = dcrf.connect(`ws://127.0.0.1:${server.address().port}/`, {
    websocket: {WebSocket, minReconnectionDelay: 500,
      maxReconnectionDelay: 500}});
  const called = [];
  const subscribe = pk => client.subscribe("books", pk, () => called.push(pk));
  subscribe(1);
  await until(() => got.length === 1);
  for (const connection of server.clients)
    connection.terminate();
  await until(() => !client.transport.isConnected());
  subscribe(2);
  await until(() => got.length >= 3);
  await new Promise(resolve => setTimeout(resolve, 500));
  const names = new Map();
  for (const {number, action, pk, request_id: id} of got) {
    if (!names.has(id))
      names.set(id, `id ${names.size + 1}`);
    console.log(`connection ${number}: ${action} pk ${pk}, ${names.get(id)}`);
  }

  for (let pk = 3; pk <= 6; ++pk)
    subscribe(pk);
  await until(() => got.length === 8);
  const count = client.unsubscribeAll();
  console.log(`unsubscribeAll() says ${count}`);
  const requests = new Map(got.map(each => [each.request_id, each.pk]));
  for (const connection of server.clients)
    for (const [request_id, pk] of requests)
      connection.send(JSON.stringify({stream: "books", payload: {
        action: "update", response_status: 200, request_id, data: {pk}}}));
  await new Promise(resolve => setTimeout(resolve, 500));
  console.log(`callbacks still run for pk ${called.join(", ")}`);
  process.exit();
});
END
node subscribe.js | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
dcrf-client 0.3.0
connection 1: subscribe_instance pk 1, id 1
connection 2: subscribe_instance pk 1, id 1
connection 2: subscribe_instance pk 2, id 2
connection 2: subscribe_instance pk 2, id 2
unsubscribeAll() says 6
callbacks still run for pk 2, 4, 5, 6
END
