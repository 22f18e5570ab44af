#!/usr/bin/env bash
# Squid 5.7 passes no WebSocket on if its option is spelled as in its manual.
#
# The manual of `http_upgrade_request_protocols` gives "WebSocket" as the
# example of a protocol name. Squid compares the name case-sensitively with
# what the client sends, and clients send `Upgrade: websocket` in lower case.
# Servers have to compare this header without regard to case (RFC 6455, 4.2.1).
# With `WebSocket` in the configuration, Squid removes the header without a
# word, and the server answers 426. With `websocket` it works.
#
# The server and the client are those of python3-websockets 10.4. The script
# prints the name in the manual and what a client got. It fails if that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Squid does not run as root, and has to reach its files.
chmod 755 "$folder"
cd "$folder"
apt-get -qq -o APT::Sandbox::User=root download \
  squid=5.7-2+deb12u6 squid-common=5.7-2+deb12u6 squid-langpack=20220130-1 \
  libecap3=1.0.1-3.4 libltdl7=2.4.7-7~deb12u1 libtdb1=1.4.8-2 \
  libnetfilter-conntrack3=1.0.9-3 libnfnetlink0=1.0.2-2 \
  python3-websockets=10.4-1
for package in *.deb; do dpkg -x "$package" root; done

export PYTHONPATH=$folder/root/usr/lib/python3/dist-packages
cat >upgrade.py <<'END'
import asyncio
import os
import re
import socket
import subprocess
from pathlib import Path

import websockets

ROOT = Path("root").resolve()
SQUID = [ROOT / "usr/sbin/squid"]
ENVIRONMENT = {**os.environ,
               "LD_LIBRARY_PATH": str(ROOT / "usr/lib/x86_64-linux-gnu")}
CONFIGURATION = """
http_port 127.0.0.1:{port} accel defaultsite=127.0.0.1:{port}
cache_peer 127.0.0.1 parent {server} 0 no-query originserver
http_access allow all
{option}
cache deny all
access_log none
cache_log {folder}/cache.log
coredump_dir {folder}
pid_filename {folder}/squid.pid
mime_table {root}/usr/share/squid/mime.conf
icon_directory {root}/usr/share/squid/icons
error_directory {root}/usr/share/squid/errors/templates
unlinkd_program {root}/usr/lib/squid/unlinkd
logfile_daemon {root}/usr/lib/squid/log_file_daemon
pinger_enable off
netdb_filename none
shutdown_lifetime 0 seconds
cache_effective_user nobody
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def echo(client, path=None):
    async for message in client:
        await client.send(message)


async def wait_for(port):
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            return writer.close()
        except OSError:
            await asyncio.sleep(0.05)
    raise TimeoutError("Squid does not listen")


async def stage(option, folder):
    folder.mkdir()
    folder.chmod(0o777)
    server = await websockets.serve(echo, "127.0.0.1", 0)
    port = free_port()
    file = folder / "squid.conf"
    file.write_text(CONFIGURATION.format(
        port=port, server=server.sockets[0].getsockname()[1], option=option,
        folder=folder, root=ROOT))
    proxy = subprocess.Popen([*SQUID, "-N", "-f", file], env=ENVIRONMENT,
                             stderr=subprocess.DEVNULL)
    try:
        await wait_for(port)
        async with websockets.connect(f"ws://127.0.0.1:{port}/") as client:
            await client.send("hello")
            seen = "echoed " + await client.recv()
    except websockets.InvalidStatusCode as error:
        seen = f"refused with {error.status_code}"
    finally:
        proxy.terminate()
        proxy.wait()
        server.close()
    print(f"{option}: {seen}", flush=True)


version = subprocess.run([*SQUID, "-v"], capture_output=True, text=True,
                         env=ENVIRONMENT)
print(version.stdout.splitlines()[0])
manual = Path("root/etc/squid/squid.conf").read_text()
print("the manual:", re.search(r'explicit protocol name \(e\.g\. "\w+"\)',
                               manual)[0], flush=True)
for number, name in enumerate(("WebSocket", "websocket")):
    asyncio.run(stage(f"http_upgrade_request_protocols {name} allow all",
                      Path(f"stage{number}").resolve()))
END
/usr/bin/python3 upgrade.py | tee seen

diff - seen <<'END' || { echo 'The behaviour has changed.' >&2; exit 1; }
Squid Cache: Version 5.7
the manual: explicit protocol name (e.g. "WebSocket")
http_upgrade_request_protocols WebSocket allow all: refused with 426
http_upgrade_request_protocols websocket allow all: echoed hello
END
