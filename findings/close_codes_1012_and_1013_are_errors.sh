#!/usr/bin/env bash
# Two client libraries treat the registered close codes 1012 and 1013 as errors.
#
# A server that restarts closes its clients with 1012, "Service Restart", and
# one that has too much to do with 1013, "Try Again Later". IANA has registered
# both. A program wants to read the code, because it tells when to come back.
#
# faye-websocket 0.11.4 (with websocket-driver 0.8.0, of npm) answers such a
# close with 1002, "protocol error", and tells its program 1002 instead of the
# code. websocket-client 1.2.3 (of Python) throws "Invalid close opcode.", and
# its program cannot read the code. Both libraries pass on 1011 and 4012.
#
# The server is that of the npm package ws 8.23.0. The script prints what both
# clients report, and for faye-websocket what the server gets back. It fails if
# that changes.
set -euo pipefail

folder=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then kill "$server"; fi
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download python3-websocket=1.2.3-1
dpkg -x python3-websocket_*.deb root
echo '{"private": true}' >package.json
npm install --cache=cache --loglevel=error --no-audit --no-fund \
  --ignore-scripts \
  faye-websocket@0.11.4 websocket-driver@0.8.0 ws@8.23.0 >npm.log

cat >server.js <<'END'
// Closes each client with the code that is its path.
const {WebSocketServer} = require("ws");
const server = new WebSocketServer({host: "127.0.0.1", port: 0}, () =>
  console.log(server.address().port));
server.on("connection", (client, request) =>
  client.close(Number(request.url.slice(1)), "bye"));
END
cat >faye.js <<'END'
const {WebSocketServer} = require("ws");
const {Client} = require("faye-websocket");
const version = name => require(`${name}/package.json`).version;

function closedWith(code) {
  return new Promise(resolve => {
    const server = new WebSocketServer({host: "127.0.0.1", port: 0}, () => {
      const client = new Client(`ws://127.0.0.1:${server.address().port}/`);
      const both = {};
      const note = (side, seen) => {
        both[side] = seen;
        if (both.client && both.server) {
          server.close();
          resolve(both);
        }
      };
      server.on("connection", accepted => {
        accepted.on("close", answer => note("server", answer));
        accepted.close(code, "bye");
      });
      client.on("close", event => note("client", event.code));
    });
  });
}

(async () => {
  console.log(`faye-websocket ${version("faye-websocket")},`,
    `websocket-driver ${version("websocket-driver")}`);
  for (const code of [1011, 1012, 1013, 1014, 4012]) {
    const {client, server} = await closedWith(code);
    console.log(`  ${code}: the program sees ${client}, the server ${server}`);
  }
})();
END
cat >client.py <<'END'
import sys

import websocket

print("websocket-client", websocket.__version__)
for code in (1011, 1012, 1013, 1014, 4012):
    client = websocket.create_connection(f"ws://127.0.0.1:{sys.argv[1]}/{code}")
    try:
        _, frame = client.recv_data_frame(control_frame=True)
        seen = int.from_bytes(frame.data[:2], "big")
    except websocket.WebSocketProtocolException as error:
        seen = f"an exception, {error}"
    print(f"  {code}: the program sees {seen}")
    client.shutdown()
END
exec 3< <(exec node server.js)
server=$!
read -r port <&3
{
  node faye.js
  PYTHONPATH=root/usr/lib/python3/dist-packages \
    /usr/bin/python3 client.py "$port"
} | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
faye-websocket 0.11.4, websocket-driver 0.8.0
  1011: the program sees 1011, the server 1011
  1012: the program sees 1002, the server 1002
  1013: the program sees 1002, the server 1002
  1014: the program sees 1002, the server 1002
  4012: the program sees 4012, the server 4012
websocket-client 1.2.3
  1011: the program sees 1011
  1012: the program sees an exception, Invalid close opcode.
  1013: the program sees an exception, Invalid close opcode.
  1014: the program sees 1014
  4012: the program sees 4012
END
