"""A client as a browser is one, and the requests of a page."""

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from websockets.client import ClientConnection
from websockets.connection import OPEN
from websockets.exceptions import InvalidStatus
from websockets.extensions.permessage_deflate import \
    ClientPerMessageDeflateFactory
from websockets.frames import Close, Frame, Opcode
from websockets.http11 import Request
from websockets.uri import parse_uri

from http2 import Http2Stream
from processes import PATIENCE_SECONDS

# A browser sends these too.
BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0.0.0",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-US,en;q=0.9",
    "Cache-Control": "no-cache",
    "Pragma": "no-cache",
}

# HTTP/2 says these things in other ways.
HTTP_1_ONLY = ("Host", "Upgrade", "Connection", "Sec-WebSocket-Key")


@dataclass(frozen=True)
class Place:
    """Where to connect to, with TLS or without."""

    port: int
    tls: ssl.SSLContext | None = None
    http2: bool = False

    @property
    def authority(self) -> str:
        """As in the address bar."""
        return f"127.0.0.1:{self.port}"

    @property
    def origin(self) -> str:
        """That of a page that came from there."""
        return f"http{'s' if self.tls else ''}://{self.authority}"

    def connect(self) -> socket.socket:
        """A connection without a byte of HTTP sent yet."""
        plain = socket.create_connection(("127.0.0.1", self.port),
                                         PATIENCE_SECONDS)
        if self.tls is None:
            return plain
        secure = self.tls.wrap_socket(plain, server_hostname="127.0.0.1")
        assert secure.selected_alpn_protocol() == (
            "h2" if self.http2 else "http/1.1")
        return secure


class Refused(Exception):
    """The answer to an opening request that was not 101."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes):
        super().__init__(f"{status} {body.decode(errors='replace')}")
        self.status = status
        self.headers = headers
        self.body = body


class Cut(Exception):
    """The connection ended without a close frame."""


class WebSocket:
    """A WebSocket client that answers pings while it reads."""

    def __init__(self, place: Place, target: str = "/ws/",
                 headers: Mapping[str, str] | None = None,
                 origin: str | None = None,
                 subprotocols: list[str] | None = None):
        scheme = "wss" if place.tls else "ws"
        self._place = place
        self._protocol = ClientConnection(
            parse_uri(f"{scheme}://{place.authority}{target}"),
            origin=origin or place.origin,
            extensions=[ClientPerMessageDeflateFactory()],
            subprotocols=subprotocols)
        self.pings = 0
        self._frames: list[Frame] = []
        request = self._protocol.connect()
        for name, value in {**BROWSER, **(headers or {})}.items():
            request.headers[name] = value
        self._socket = place.connect()
        try:
            if place.http2:
                self._open_stream(request)
            else:
                self._open(request)
        except BaseException:
            self._socket.close()
            raise

    def _open(self, request: Request) -> None:
        self._protocol.send_request(request)
        self._flush()
        while not (events := self._protocol.events_received()):
            self._receive()
        response = events[0]
        if isinstance(self._protocol.handshake_exc, InvalidStatus):
            raise Refused(response.status_code, response.headers,
                          bytes(response.body or b""))
        if self._protocol.handshake_exc is not None:
            raise self._protocol.handshake_exc
        self._frames += events[1:]

    def _open_stream(self, request: Request) -> None:
        stream = Http2Stream(self._socket)
        self._socket = stream
        stream.open_web_socket(self._place.authority, request.path, {
            name.lower(): value for name, value in request.headers.raw_items()
            if name not in HTTP_1_ONLY})
        status = stream.read_head()
        if status != 200:
            raise Refused(status, stream.headers, stream.read())
        self._protocol = ClientConnection(self._protocol.wsuri, state=OPEN)

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._socket.sendall(data)

    def _receive(self) -> None:
        """Takes what has come; the time-out of the socket is the deadline."""
        data = self._socket.recv(65_536)
        if not data:
            raise Cut("the stream has ended")
        self._protocol.receive_data(data)
        self._flush()

    def next_frame(self) -> Frame:
        """The next frame, pings included."""
        while not self._frames:
            self._receive()
            self._frames += self._protocol.events_received()
        frame = self._frames.pop(0)
        self.pings += frame.opcode is Opcode.PING
        return frame

    def next_message(self) -> dict[str, Any]:
        """The next envelope."""
        while (frame := self.next_frame()).opcode is not Opcode.TEXT:
            assert frame.opcode is Opcode.PING, f"not a message: {frame}"
        return json.loads(frame.data)

    def next_close(self) -> Close:
        """The close frame of the server, which has to be next."""
        frame = self.next_frame()
        assert frame.opcode is Opcode.CLOSE, f"not a close: {frame}"
        return Close.parse(frame.data)

    def send(self, message: dict[str, Any]) -> None:
        """Sends a message and waits for nothing."""
        self._protocol.send_text(json.dumps(message).encode())
        self._flush()

    def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Sends a message; the envelope that answers it."""
        self.send(message)
        return self.next_message()

    def ask_for_user(self) -> str:
        """The name that the server knows this client by."""
        return self.ask({"action": "whoami"})["data"]["username"]

    def send_close(self, code: int, reason: str) -> None:
        """Begins to close."""
        self._protocol.send_close(code, reason)
        self._flush()

    def drop(self) -> None:
        """Ends the connection without a word."""
        self._socket.close()


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(place: Place, target: str, method: str = "GET",
          version: str = "1.1") -> Answer:
    """Asks for a page on a connection of its own."""
    with place.connect() as connection:
        if place.http2:
            stream = Http2Stream(connection)
            stream.get(place.authority, target)
            return Answer(stream.read_head(), stream.headers, stream.read())
        connection.sendall(f"{method} {target} HTTP/{version}\r\n"
                           f"Host: {place.authority}\r\n"
                           "Connection: close\r\n\r\n".encode())
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        return Answer(response.status, response.headers, response.read())
