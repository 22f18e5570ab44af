"""HAProxy with clients that speak HTTP/1.1."""

import unittest

from haproxy_stage import OTHER_CHECKS, HaproxyStage
from processes import await_result
from proxy_cases import OneClientCases, RestartCases


class HaproxyOneClientTest(OneClientCases, unittest.TestCase):
    """One client at a time, with TLS."""

    make_stage = HaproxyStage


class HaproxyLifeTest(RestartCases, unittest.TestCase):
    """Silence, drains, restarts and checks."""

    make_stage = HaproxyStage
    stage: HaproxyStage

    def await_checks(self, server: str, *expected: str) -> None:
        """Waits until all kinds of checks say the same of a server."""
        everywhere = dict.fromkeys(["stagedoor", *OTHER_CHECKS], expected)
        await_result(f"{expected} of {server}",
                     lambda: self.stage.checks(server) == everywhere)

    def test_checks_follow_a_server_through_drain_and_restart(self):
        place = self.stage.start_all()
        self.await_checks("s1", "UP", "L7OK", "200")
        self.await_checks("s2", "UP", "L7OK", "200")
        holder = self.stage.hold("first")
        self.stage.drain("first")
        self.await_checks("s1", "DOWN", "L7STS", "503")
        self.await_checks("s2", "UP", "L7OK", "200")
        client = self.stage.open_as_alice(place)
        self.assertEqual(client.ask_for_user(), "second")
        holder.drop()
        self.stage.restart("first")
        self.await_checks("s1", "UP", "L7OK", "200")
