"""HAProxy with TLS, before two servers that it checks."""

import csv
import os
import socket
import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path

from page import configuration, substitute
from processes import Process, await_result, free_port
from stage import Stage
from web_socket import Place

# Checks in other words than those of the page, as back ends of their own.
OTHER_CHECKS = {
    "head_1_1": "http-check send meth HEAD uri /readyz ver HTTP/1.1"
                " hdr Host stagedoor",
    "get_1_0": "http-check send meth GET uri /readyz",
    "options_1_0": "http-check send meth OPTIONS uri /readyz",
}


class HaproxyStage(Stage):
    """The configuration of the page with ports and a certificate of ours."""

    http2 = False
    time_outs = ("timeout tunnel 1h",)

    def start_proxy(self, changes: Mapping[str, str] | None = None) -> Place:
        first, second = self.servers.values()
        port = free_port()
        both = self.make_certificate()
        self._statistics = self.folder / "statistics"
        text = substitute(configuration("HAProxy"), {
            "bind :443": f"bind 127.0.0.1:{port}",
            "both.pem": str(both),
            "127.0.0.1:8080": f"127.0.0.1:{first.port}",
            "127.0.0.1:8081": f"127.0.0.1:{second.port}",
            **(changes or {})})
        # What follows only shows what the checks say.
        _, _, lines = text.partition("\nbackend stagedoor\n")
        check = next(line.strip() for line in lines.splitlines()
                     if "http-check" in line)
        for name, other_check in OTHER_CHECKS.items():
            text += f"backend {name}\n" + lines.replace(check, other_check)
        text += f"global\n  stats socket {self._statistics}\n"
        file = self.folder / "haproxy.cfg"
        file.write_text(text)
        proxy = Process("haproxy", [os.environ["PROXY"], "-db", "-f", file],
                        self.folder)
        self.keep(proxy)
        proxy.await_port(port)
        await_result("the statistics", self._statistics.exists)
        tls = ssl.create_default_context(cafile=both)
        tls.set_alpn_protocols(["h2" if self.http2 else "http/1.1"])
        return Place(port, tls, self.http2)

    def make_certificate(self) -> Path:
        """Makes a certificate of 127.0.0.1, in one file with its key."""
        both = self.folder / "both.pem"
        subprocess.run(
            ["openssl", "req", "-batch", "-x509", "-days", "1", "-nodes",
             "-subj", "/CN=127.0.0.1", "-addext",
             "subjectAltName=IP:127.0.0.1", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-keyout", self.folder / "key",
             "-out", self.folder / "certificate"],
            check=True, capture_output=True)
        both.write_text((self.folder / "certificate").read_text()
                        + (self.folder / "key").read_text())
        return both

    def checks(self, server: str) -> dict[str, tuple[str, str, str]]:
        """State, result and HTTP status of checks of a server; by back end."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self._statistics))
            connection.sendall(b"show stat\n")
            text = b"".join(iter(lambda: connection.recv(65_536), b""))
        rows = csv.DictReader(text.decode().removeprefix("# ").splitlines())
        return {row["pxname"]: (row["status"], row["check_status"],
                                row["check_code"])
                for row in rows if row["svname"] == server}
