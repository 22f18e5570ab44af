#!/usr/bin/env bash
# undici 7.30.2 keeps the TCP connection of a WebSocket that it reports closed.
#
# undici is the WebSocket of Node.js. A client offers a subprotocol, and the
# server accepts the connection without picking one, which it may do
# (RFC 6455, 4.2.2). undici fails the connection then, as browsers do, and its
# program sees an error and a close with 1006. But undici neither sends a byte
# nor ends the TCP connection. A program that tries again leaves one more behind
# each time, and the server has clients that are silent for ever. The npm
# package ws 8.23.0 fails in the same way, but ends its TCP connections.
#
# The server is Node.js's http with the few lines that accept a WebSocket. The
# script tries three times with each client. It prints what the program saw, and
# what has become of TCP three seconds later. It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private": true}' >package.json
npm install --cache=cache --loglevel=error --no-audit --no-fund \
  --ignore-scripts undici@7.30.2 ws@8.23.0 >npm.log

cat >refused.js <<'END'
const {createHash} = require("crypto");
const http = require("http");
const clients = {undici: require("undici").WebSocket, ws: require("ws")};
const version = name => require(`${name}/package.json`).version;

const tries = 3;

// Accepts WebSockets without a subprotocol, and notes how TCP goes on.
const connections = {undici: [], ws: []};
const server = http.createServer().on("upgrade", (request, socket) => {
  const accept = createHash("sha1").update(
    request.headers["sec-websocket-key"]
    + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
  const seen = {bytes: 0, ended: false};
  connections[request.url.slice(1)].push(seen);
  socket.on("data", bytes => seen.bytes += bytes.length);
  socket.on("end", () => seen.ended = true);
  socket.on("error", () => seen.ended = true);
  socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
    + `Connection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
});

function closeOf(name) {
  const url = `ws://127.0.0.1:${server.address().port}/${name}`;
  return new Promise(resolve => {
    const client = new clients[name](url, ["chat"]);
    client.onopen = () => resolve("open");
    client.onerror = () => {};
    client.onclose = event => resolve(event.code);
  });
}

server.listen(0, "127.0.0.1", async () => {
  const codes = {undici: [], ws: []};
  for (const name in clients)
    for (let i = 0; i < tries; ++i)
      codes[name].push(await closeOf(name));
  await new Promise(resolve => setTimeout(resolve, 3000));
  for (const name in clients) {
    const ended = connections[name].filter(each => each.ended).length;
    const bytes = connections[name].reduce((sum, each) => sum + each.bytes, 0);
    console.log(`${name} ${version(name)}: the program sees`,
      `${codes[name].join(", ")}; the client has sent ${bytes} bytes,`,
      `and ended ${ended} of ${connections[name].length} TCP connections`);
  }
  process.exit();
});
END
node refused.js | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
undici 7.30.2: the program sees 1006, 1006, 1006; the client has sent 0 bytes, and ended 0 of 3 TCP connections
ws 8.23.0: the program sees 1006, 1006, 1006; the client has sent 0 bytes, and ended 3 of 3 TCP connections
END
