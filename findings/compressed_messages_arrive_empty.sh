#!/usr/bin/env bash
# Three servers in Python read a valid compressed message as an empty one.
#
# With permessage-deflate, a client may end a message with a last block of
# DEFLATE (RFC 7692, 7.2.3.4). zlib writes it for `Z_FINISH`. The next message
# begins a new stream then. Python's websockets 10.4, aiohttp 3.8.4 and tornado
# 6.2 read the first such message right, but their decompressor is at its end
# from then on. It takes no further bytes, and reports no error. So the program
# gets the empty text "" for each compressed message that follows. Nothing is
# logged, and the connection stays open. The npm package ws 8.23.0 reads all
# messages.
#
# The client is a few lines of Python with zlib. It sends "one" and "two" in
# such streams, and then "three" uncompressed. The script prints what the
# program on each server got. It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
server=
finish() {
  if [ -n "$server" ]; then kill "$server"; fi
  rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  python3-websockets=10.4-1 python3-tornado=6.2.0-3+deb12u4 \
  python3-aiohttp=3.8.4-1+deb12u2 python3-aiosignal=1.3.1-1 \
  python3-async-timeout=4.0.2-1 python3-attr=22.2.0-1 \
  python3-charset-normalizer=3.0.1-2 python3-frozenlist=1.3.3-1+b1 \
  python3-multidict=6.0.4-1+b1 python3-yarl=1.8.2-1+b1 \
  python3-idna=3.3-1+deb12u1
for package in *.deb; do dpkg -x "$package" root; done
echo '{"private": true}' >package.json
npm install --cache=cache --loglevel=error --no-audit --no-fund \
  --ignore-scripts ws@8.23.0 >npm.log
export PYTHONPATH=$folder/root/usr/lib/python3/dist-packages

# Each server prints its port, and answers a message with its text in JSON.
cat >websockets_server.py <<'END'
import asyncio
import json

import websockets


async def serve(client, path=None):
    async for message in client:
        await client.send(json.dumps(message))


async def main():
    async with websockets.serve(serve, "127.0.0.1", 0) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()

asyncio.run(main())
END
cat >aiohttp_server.py <<'END'
import asyncio
import json

from aiohttp import web


async def serve(request):
    client = web.WebSocketResponse()
    await client.prepare(request)
    async for message in client:
        await client.send_str(json.dumps(message.data))
    return client


async def main():
    application = web.Application()
    application.router.add_get("/", serve)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Future()

asyncio.run(main())
END
cat >tornado_server.py <<'END'
import asyncio
import json

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler


class Echo(WebSocketHandler):
    def get_compression_options(self):
        return {}

    def on_message(self, message):
        self.write_message(json.dumps(message))


async def main():
    server = HTTPServer(Application([("/", Echo)]))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.Future()

asyncio.run(main())
END
cat >ws_server.js <<'END'
const {WebSocketServer} = require("ws");
const server = new WebSocketServer(
  {host: "127.0.0.1", port: 0, perMessageDeflate: true},
  () => console.log(server.address().port));
server.on("connection", client => client.on("message", message =>
  client.send(JSON.stringify(message.toString()))));
END
cat >client.py <<'END'
import base64
import os
import socket
import sys
import zlib

OPENING = (
    "GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: {key}\r\n"
    "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n")
WHOLE_TEXT, CLOSE, COMPRESSED = 0x81, 0x88, 0x40


def finished(text):
    """One stream with a last block, and the byte that has to follow it."""
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(text) + stream.flush(zlib.Z_FINISH) + b"\0"


def send(connection, kind, payload):
    mask = os.urandom(4)
    connection.sendall(
        bytes([kind, 0x80 | len(payload)]) + mask
        + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload)))


def receive(stream, inflater):
    kind, length = stream.read(2)
    payload = stream.read(length)
    if kind & COMPRESSED:
        payload = inflater.decompress(payload + b"\0\0\xff\xff")
    return payload.decode()


port = int(sys.argv[1])
with socket.create_connection(("127.0.0.1", port), 10) as connection:
    stream = connection.makefile("rb")
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(OPENING.format(port=port, key=key).encode())
    head = b"".join(iter(stream.readline, b"\r\n"))
    assert b"permessage-deflate" in head
    inflater = zlib.decompressobj(wbits=-15)
    seen = []
    for kind, payload in ((WHOLE_TEXT | COMPRESSED, finished(b"one")),
                          (WHOLE_TEXT | COMPRESSED, finished(b"two")),
                          (WHOLE_TEXT, b"three")):
        send(connection, kind, payload)
        seen.append(receive(stream, inflater))
    print(*seen)
    send(connection, CLOSE, (1000).to_bytes(2, "big"))
    stream.read()
END

# Starts a server, and shows what its program got.
try() {
  local name=$1
  shift
  exec 3< <(exec "$@")
  server=$!
  read -r port <&3
  printf '%s: ' "$name"
  /usr/bin/python3 client.py "$port"
  kill "$server"
  wait "$server" || true
  server=
}
version() {
  /usr/bin/python3 -c "import $1, sys; print('$1', $2)"
}
{
  try "$(version websockets 'sys.modules["websockets.version"].version')" \
    /usr/bin/python3 websockets_server.py
  try "$(version aiohttp aiohttp.__version__)" \
    /usr/bin/python3 aiohttp_server.py
  try "$(version tornado tornado.version)" /usr/bin/python3 tornado_server.py
  try "$(node -p '"ws " + require("ws/package.json").version')" \
    node ws_server.js
} >seen
cat seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
websockets 10.4: "one" "" "three"
aiohttp 3.8.4: "one" "" "three"
tornado 6.2: "one" "" "three"
ws 8.23.0: "one" "two" "three"
END
