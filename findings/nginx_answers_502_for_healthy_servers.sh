#!/usr/bin/env bash
# nginx 1.22.1 answers 502 for ten seconds although both of its servers are up.
#
# The two servers of an upstream restart one after the other, as in a rolling
# update. With the defaults (`max_fails=1 fail_timeout=10s`), one refused
# connection makes nginx leave a server alone for ten seconds, even after that
# server is back. If the second server restarts within this time, nginx has no
# server left, and answers 502 to everybody until the time is over. It does so
# even when both servers are up again. With `max_fails=0`, no client notices
# the restarts.
#
# The servers are made with python3-websockets 10.4. The script prints what ten
# new clients got at each step. It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  nginx=1.22.1-9+deb12u11 python3-websockets=10.4-1
for package in *.deb; do dpkg -x "$package" root; done

export PYTHONPATH=$folder/root/usr/lib/python3/dist-packages
cat >restarts.py <<'END'
import asyncio
import socket
import subprocess
import time
from collections import Counter
from pathlib import Path

import websockets

NGINX = "root/usr/sbin/nginx"
CONFIGURATION = """
daemon off;
master_process off;
pid nginx.pid;
events {{}}
http {{
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  upstream both {{
    server 127.0.0.1:{a} {options};
    server 127.0.0.1:{b} {options};
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://both;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
    }}
  }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def serve(client, path=None):
    await client.wait_closed()


async def start(port):
    return await websockets.serve(serve, "127.0.0.1", port)


async def stop(server):
    server.close()
    await server.wait_closed()


async def wait_for(port):
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            return writer.close()
        except OSError:
            await asyncio.sleep(0.05)
    raise TimeoutError("nginx does not listen")


async def stage(options):
    a_port, b_port, port = free_port(), free_port(), free_port()
    Path("nginx.conf").write_text(CONFIGURATION.format(
        options=options, port=port, a=a_port, b=b_port))
    proxy = subprocess.Popen(
        [NGINX, "-p", ".", "-c", "nginx.conf", "-e", "error.log"])

    async def show(when):
        seen = Counter()
        for _ in range(10):
            try:
                client = await websockets.connect(f"ws://127.0.0.1:{port}/")
                client.transport.abort()
                seen["101"] += 1
            except websockets.InvalidStatusCode as error:
                seen[str(error.status_code)] += 1
        print(f"  {when}: {dict(seen)}", flush=True)

    print(f"{options or 'defaults'}:")
    try:
        await wait_for(port)
        a, b = await start(a_port), await start(b_port)
        await show("both are up")
        await stop(a)
        began = time.monotonic()
        await show("A is down")
        a = await start(a_port)
        await show("A is up again")
        await stop(b)
        await show("B is down")
        b = await start(b_port)
        await show("both are up again")
        assert time.monotonic() - began < 8, "too slow to show anything"
        if not options:
            await asyncio.sleep(11)
            await show("eleven seconds later")
        await stop(a)
        await stop(b)
    finally:
        proxy.terminate()
        proxy.wait()


version = subprocess.run([NGINX, "-v"], capture_output=True, text=True)
print(version.stderr.strip())
for options in ("", "max_fails=0"):
    asyncio.run(stage(options))
END
/usr/bin/python3 restarts.py | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
nginx version: nginx/1.22.1
defaults:
  both are up: {'101': 10}
  A is down: {'101': 10}
  A is up again: {'101': 10}
  B is down: {'502': 10}
  both are up again: {'502': 10}
  eleven seconds later: {'101': 10}
max_fails=0:
  both are up: {'101': 10}
  A is down: {'101': 10}
  A is up again: {'101': 10}
  B is down: {'101': 10}
  both are up again: {'101': 10}
END
