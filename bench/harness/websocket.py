"""A WebSocket client that is just enough to be one of a sample."""

import base64
import os
import select
import socket
import time

from .process import MeasurementError

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
SECONDS_MAX = 30.0

_FINAL = 0x80
_MASKED = 0x80
_SHORT_MAX = 125


def masked_frame(kind: int, payload: bytes, key: bytes) -> bytes:
    """A whole frame of a client, which may be 64 KB long."""
    size = len(payload)
    head = bytes([_FINAL | kind])
    if size <= _SHORT_MAX:
        head += bytes([_MASKED | size])
    else:
        head += bytes([_MASKED | 126]) + size.to_bytes(2, "big")
    return head + key + bytes(
        byte ^ key[i % 4] for i, byte in enumerate(payload))


def take_frame(data: bytes) -> tuple[int, bytes, bytes] | None:
    """The first frame of a server: kind, payload, and what comes after it."""
    if len(data) < 2:
        return None
    size, begin = data[1], 2
    if size > _SHORT_MAX:
        begin = 4 if size == 126 else 10
        size = int.from_bytes(data[2:begin], "big")
    if len(data) < max(begin, begin + size):
        return None
    return data[0] & 0xF, data[begin:begin + size], data[begin + size:]


class Client:
    """One connection, from a source address of its own choice."""

    def __init__(self, port: int, source: str, path: str = "/ws/") -> None:
        self._data = b""
        self._socket = socket.create_connection(
            ("127.0.0.1", port), SECONDS_MAX, (source, 0))
        try:
            self._open(path, port)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Gives the socket up."""
        self._socket.close()

    def answer_pings(self) -> None:
        """Takes what has come; a server gives up who does not answer it."""
        # Some may have come with the answer to the opening request.
        self._messages()
        while select.select([self._socket], [], [], 0)[0]:
            self._receive()
            self._messages()

    def ask(self, message: str) -> str:
        """Sends a message and waits for the reply."""
        self._send(TEXT, message.encode())
        end_time = time.monotonic() + SECONDS_MAX
        while time.monotonic() < end_time:
            if replies := self._messages():
                return replies[0]
            self._receive()
        raise MeasurementError("nothing but pings came")

    def _open(self, path: str, port: int) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "\r\n".encode())
        while b"\r\n\r\n" not in self._data:
            self._receive()
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101 "):
            raise MeasurementError(
                f"the server says {head.splitlines()[0].decode()}")

    def _receive(self) -> None:
        try:
            some = self._socket.recv(65536)
        except OSError as error:
            raise MeasurementError(f"a sampled socket: {error}") from None
        if not some:
            raise MeasurementError("the server closed a sampled connection")
        self._data += some

    def _messages(self) -> list[str]:
        """The messages that are there whole; pings are answered."""
        result = []
        while frame := take_frame(self._data):
            kind, payload, self._data = frame
            if kind == PING:
                self._send(PONG, payload)
            elif kind == CLOSE:
                raise MeasurementError(
                    "the server closed a sampled connection")
            elif kind == TEXT:
                result.append(payload.decode())
        return result

    def _send(self, kind: int, payload: bytes) -> None:
        self._socket.sendall(masked_frame(kind, payload, os.urandom(4)))
