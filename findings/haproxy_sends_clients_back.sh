#!/usr/bin/env bash
# HAProxy 2.6.12 sends the clients of a draining server back to that server.
#
# Two servers stand behind `balance leastconn` with health checks. Server A
# drains: it answers 503 to the check and to new clients, and closes the
# clients that it has. These come back at once, before the check has seen
# enough failures. A is then the server with the fewest connections, so
# `leastconn` sends all of them to A, although B takes clients.
#
# `retry-on 503` alone does not help. Each of the four attempts of a request
# goes to A again, so that A refuses four times as often and the client still
# gets the 503. Only `option redispatch 1` makes the second attempt go to B.
#
# The servers are made with python3-websockets 10.4. The script prints what
# ten returning clients got, and how often A refused. It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  haproxy=2.6.12-1+deb12u4 liblua5.3-0=5.3.6-2 python3-websockets=10.4-1
for package in *.deb; do dpkg -x "$package" root; done

export LD_LIBRARY_PATH=$folder/root/usr/lib/x86_64-linux-gnu
export PYTHONPATH=$folder/root/usr/lib/python3/dist-packages
cat >drain.py <<'END'
import asyncio
import re
import socket
import subprocess
from collections import Counter
from http import HTTPStatus
from pathlib import Path

import websockets

HAPROXY = "root/usr/sbin/haproxy"
CONFIGURATION = """
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  {options}
frontend web
  bind 127.0.0.1:{port}
  default_backend both
backend both
  balance leastconn
  option httpchk
  http-check send meth GET uri /ready ver HTTP/1.1 hdr Host both
  server a 127.0.0.1:{a} check
  server b 127.0.0.1:{b} check
"""


class Server:
    def __init__(self):
        self.draining = False
        self.clients = set()
        self.refused = 0

    async def start(self):
        self.listener = await websockets.serve(
            self.serve, "127.0.0.1", 0, process_request=self.answer)
        self.port = self.listener.sockets[0].getsockname()[1]

    async def answer(self, path, headers):
        if path == "/ready":
            return (HTTPStatus.SERVICE_UNAVAILABLE if self.draining
                    else HTTPStatus.OK), [], b""
        if self.draining:
            self.refused += 1
            return HTTPStatus.SERVICE_UNAVAILABLE, [], b""

    async def serve(self, client, path=None):
        self.clients.add(client)
        await client.wait_closed()
        self.clients.discard(client)

    async def drain(self):
        self.draining = True
        await asyncio.gather(*(each.close(1001) for each in self.clients))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def wait_for(port):
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            return writer.close()
        except OSError:
            await asyncio.sleep(0.05)
    raise TimeoutError("HAProxy does not listen")


async def stage(*options):
    a, b = Server(), Server()
    await a.start()
    await b.start()
    port = free_port()
    Path("haproxy.cfg").write_text(CONFIGURATION.format(
        options="\n  ".join(options), port=port, a=a.port, b=b.port))
    proxy = subprocess.Popen([HAPROXY, "-db", "-q", "-f", "haproxy.cfg"],
                             stderr=subprocess.DEVNULL)
    clients = []
    try:
        await wait_for(port)
        url = f"ws://127.0.0.1:{port}/"
        for _ in range(20):
            clients.append(await websockets.connect(url))
        assert (len(a.clients), len(b.clients)) == (10, 10)
        await a.drain()
        await asyncio.sleep(0.2)
        seen = Counter()
        for _ in range(10):
            try:
                clients.append(await websockets.connect(url))
                seen["101"] += 1
            except websockets.InvalidStatusCode as error:
                seen[str(error.status_code)] += 1
        print(f"{' + '.join(options) or 'no option'}:", dict(seen),
              f"A refused {a.refused} times")
    finally:
        proxy.terminate()
        proxy.wait()
        for client in clients:
            client.transport.abort()
        a.listener.close()
        b.listener.close()


version = subprocess.run([HAPROXY, "-v"], capture_output=True, text=True)
print(re.search(r"HAProxy version [\d.]+", version.stdout)[0], flush=True)
for options in ([], ["retry-on 503"], ["retry-on 503", "option redispatch 1"]):
    asyncio.run(stage(*options))
END
/usr/bin/python3 drain.py | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
HAProxy version 2.6.12
no option: {'503': 10} A refused 10 times
retry-on 503: {'503': 10} A refused 40 times
retry-on 503 + option redispatch 1: {'101': 10} A refused 10 times
END
