"""nginx before two servers."""

import os
import unittest
from collections.abc import Mapping

from page import configuration, substitute
from processes import Process, free_port
from proxy_cases import OneClientCases, RestartCases
from stage import Stage
from web_socket import Place, fetch

# What a distribution has around the configuration of the page.
AROUND = """
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
{}
}}
"""


class NginxStage(Stage):
    """The configuration of the page with ports of ours."""

    time_outs = ("proxy_read_timeout 75s",)

    def start_proxy(self, changes: Mapping[str, str] | None = None) -> Place:
        first, second = self.servers.values()
        port = free_port()
        file = self.folder / "nginx.conf"
        file.write_text(AROUND.format(substitute(configuration("nginx"), {
            "listen 80": f"listen 127.0.0.1:{port}",
            "127.0.0.1:8080": f"127.0.0.1:{first.port}",
            "127.0.0.1:8081": f"127.0.0.1:{second.port}",
            **(changes or {})})))
        proxy = Process("nginx", [os.environ["PROXY"], "-p", self.folder,
                                  "-c", file, "-e", "stderr"], self.folder)
        self.keep(proxy)
        proxy.await_port(port)
        return Place(port)


class NginxOneClientTest(OneClientCases, unittest.TestCase):
    """One client at a time."""

    make_stage = NginxStage


class NginxLifeTest(RestartCases, unittest.TestCase):
    """Silence, drains, restarts and readiness."""

    make_stage = NginxStage

    def readiness(self, place: Place) -> set[int]:
        """The statuses for checks of each kind, more than servers."""
        return {fetch(place, "/readyz", method, version).status
                for _ in range(4) for method in ("GET", "HEAD")
                for version in ("1.0", "1.1")}

    def test_it_is_ready_while_one_of_the_servers_is(self):
        place = self.stage.start_all()
        self.assertEqual(self.readiness(place), {200})
        for name in self.stage.servers:
            self.stage.hold(name)
        self.stage.drain("first")
        self.assertEqual(self.readiness(place), {200})
        self.stage.drain("second")
        self.assertEqual(self.readiness(place), {503})

    def test_servers_may_restart_one_right_after_the_other(self):
        place = self.stage.start_all("--limits.reconnect-window=1ms")
        clients = self.open_many(place)
        self.move(place, clients, "first", "second")
        self.stage.restart("first")
        self.move(place, clients, "second", "first")
