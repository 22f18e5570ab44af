"""Peers that are given by URL."""

import unittest

from harness.peers import parse_peer


class ParsePeerTest(unittest.TestCase):
    def test_reads_a_name_a_url_and_what_to_expect(self):
        peer = parse_peer("uws=ws://127.0.0.1:9001/,echo")
        self.assertEqual((peer.name, peer.url, peer.expect),
                         ("uws", "ws://127.0.0.1:9001/", "echo"))
        self.assertFalse(peer.ours)

    def test_expects_the_status_200_unless_told_otherwise(self):
        self.assertEqual(parse_peer("x=ws://h/?a=b").expect, "200")

    def test_refuses_anything_else(self):
        for text in ("", "x", "=ws://h/", "x=", "x=http://h/"):
            with self.subTest(text), self.assertRaises(ValueError):
                parse_peer(text)

    def test_a_port_is_known_on_this_machine_only(self):
        for url, port in (("ws://127.0.0.1:9001/ws/", 9001),
                          ("ws://localhost:9002/", 9002),
                          ("ws://127.1.2.3/", 80),
                          ("ws://192.0.2.1:9001/", None),
                          ("ws://localhost.example:9001/", None)):
            with self.subTest(url):
                self.assertEqual(parse_peer(f"x={url}").local_port, port)
