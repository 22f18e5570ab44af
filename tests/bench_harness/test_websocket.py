"""The client of the sample."""

import socket
import threading
import time
import unittest

from harness.process import MeasurementError
from harness.websocket import (
    CLOSE, PING, PONG, TEXT, Client, masked_frame, take_frame)


def unmasked(frame):
    """A frame of a client as a server would send it."""
    begin = 2 if frame[1] & 0x7F < 126 else 4
    key, data = frame[begin:begin + 4], frame[begin + 4:]
    return (bytes([frame[0], frame[1] & 0x7F]) + frame[2:begin]
            + bytes(byte ^ key[i % 4] for i, byte in enumerate(data)))


def served(kind, payload):
    """A frame of a server."""
    return unmasked(masked_frame(kind, payload, bytes(4)))


class FrameTest(unittest.TestCase):
    def test_a_frame_of_any_length_is_read_as_it_was_written(self):
        for size in (0, 1, 125, 126, 65535):
            payload = bytes(i % 251 for i in range(size))
            frame = masked_frame(TEXT, payload, b"\x01\x02\x03\x04")
            with self.subTest(size):
                self.assertEqual(take_frame(unmasked(frame) + b"more"),
                                 (TEXT, payload, b"more"))

    def test_the_example_of_the_rfc(self):
        self.assertEqual(
            masked_frame(TEXT, b"Hello", bytes.fromhex("37fa213d")),
            bytes.fromhex("818537fa213d7f9f4d5158"))

    def test_half_a_frame_is_none(self):
        for payload in (b"", b"abc", b"x" * 300):
            whole = served(TEXT, payload)
            for size in range(len(whole)):
                self.assertIsNone(take_frame(whole[:size]))


class ClientTest(unittest.TestCase):
    def serve(self, answer, status="101 Switching Protocols"):
        """A server that answers the opening and then does this."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        self.seen = []

        def run():
            peer, address = listening.accept()
            self.seen.append(address[0])
            with peer:
                while b"\r\n\r\n" not in peer.recv(65536):
                    pass
                peer.sendall(f"HTTP/1.1 {status}\r\n\r\n".encode())
                answer(peer)
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 5)
        return listening.getsockname()[1]

    def connected(self, port):
        """A client that is closed after the test."""
        client = Client(port, "127.0.0.3")
        self.addCleanup(client.close)
        return client

    def test_it_asks_from_its_own_address_and_answers_pings(self):
        def answer(peer):
            peer.sendall(served(PING, b"are you there"))
            for _ in range(2):
                self.seen.append(take_frame(unmasked(peer.recv(65536))))
            peer.sendall(served(TEXT, b'{"status":200}'))
        client = self.connected(self.serve(answer))
        end_time = time.monotonic() + 5
        while len(self.seen) < 2 and time.monotonic() < end_time:
            client.answer_pings()
        self.assertEqual(client.ask("hello"), '{"status":200}')
        self.assertEqual(self.seen, ["127.0.0.3",
                                     (PONG, b"are you there", b""),
                                     (TEXT, b"hello", b"")])

    def test_a_refusal_is_said(self):
        port = self.serve(lambda peer: None, "503 Service Unavailable")
        with self.assertRaisesRegex(MeasurementError, "503"):
            self.connected(port)

    def test_a_connection_that_is_closed_gives_no_reply(self):
        for last in (served(CLOSE, b"\x03\xe8"), b""):
            with self.subTest(last):
                client = self.connected(self.serve(
                    lambda peer, last=last: peer.sendall(last)))
                with self.assertRaises(MeasurementError):
                    client.ask("hello")
