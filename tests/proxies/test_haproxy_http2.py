"""HAProxy with clients that speak HTTP/2, as browsers do there."""

import unittest

from haproxy_stage import HaproxyStage
from proxy_cases import LifeCases, OneClientCases


class Http2Stage(HaproxyStage):
    """The clients agree to nothing but HTTP/2."""

    http2 = True


class HaproxyHttp2OneClientTest(OneClientCases, unittest.TestCase):
    """One client at a time."""

    make_stage = Http2Stage


class HaproxyHttp2LifeTest(LifeCases, unittest.TestCase):
    """Silence and drains."""

    make_stage = Http2Stage

    def test_only_the_time_out_of_tunnels_counts_for_an_idle_client(self):
        place = self.stage.start_all("--limits.ping-interval=2s", changes={
            "timeout client 60s": "timeout client 1s",
            "timeout server 60s": "timeout server 1s"})
        client = self.stage.open(place)
        client.next_frame()
        self.assertEqual(client.pings, 1)
        self.assertEqual(client.ask({"action": "ping"})["status"], 200)
