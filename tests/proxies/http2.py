"""A stream of HTTP/2 that carries a WebSocket, which is RFC 8441."""

import ssl
from collections.abc import Mapping

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (DataReceived, Event, RemoteSettingsChanged,
                       ResponseReceived, StreamEnded, StreamReset)
from h2.settings import SettingCodes
from websockets.datastructures import Headers


class Http2Stream:
    """Stands in the place of a socket; its connection has no other stream."""

    def __init__(self, socket: ssl.SSLSocket):
        self._socket = socket
        self._http = H2Connection(H2Configuration(header_encoding="utf-8"))
        self._data: list[bytes] = []
        self._has_ended = False
        self._http.initiate_connection()
        self._flush()
        self._await(RemoteSettingsChanged)
        self._stream = self._http.get_next_available_stream_id()

    def open_web_socket(self, authority: str, path: str,
                        headers: Mapping[str, str]) -> None:
        """Asks for a WebSocket."""
        # A server that does not offer it must not be asked for it.
        assert self._http.remote_settings[
            SettingCodes.ENABLE_CONNECT_PROTOCOL] == 1
        self._request([(":method", "CONNECT"), (":protocol", "websocket")],
                      authority, path, headers)

    def get(self, authority: str, path: str) -> None:
        """Asks for a page."""
        self._request([(":method", "GET")], authority, path, {})
        self._http.end_stream(self._stream)
        self._flush()

    def _request(self, how: list[tuple[str, str]], authority: str, path: str,
                 headers: Mapping[str, str]) -> None:
        self._http.send_headers(self._stream, [
            *how, (":scheme", "https"), (":authority", authority),
            (":path", path), *headers.items()])
        self._flush()

    def read_head(self) -> int:
        """Waits for the answer; its status. Then `headers` are there."""
        self.headers = Headers(self._await(ResponseReceived).headers)
        return int(self.headers[":status"])

    def _flush(self) -> None:
        self._socket.sendall(self._http.data_to_send())

    def _receive(self) -> list[Event]:
        """Takes what has come; the time-out of the socket is the deadline."""
        data = self._socket.recv(65_536)
        self._has_ended |= not data
        events = self._http.receive_data(data)
        for event in events:
            if isinstance(event, DataReceived):
                self._data.append(event.data)
                self._http.acknowledge_received_data(
                    event.flow_controlled_length, event.stream_id)
            self._has_ended |= isinstance(event, (StreamEnded, StreamReset))
        self._flush()
        return events

    def _await(self, kind: type[Event]) -> Event:
        while True:
            for event in self._receive():
                if isinstance(event, kind):
                    return event
            assert not self._has_ended, "the stream has ended"

    def sendall(self, data: bytes) -> None:
        """Sends as much at once as the other side takes."""
        while data:
            size = min(self._http.local_flow_control_window(self._stream),
                       self._http.max_outbound_frame_size)
            if size == 0:
                self._receive()
                continue
            self._http.send_data(self._stream, data[:size])
            self._flush()
            data = data[size:]

    def recv(self, _size: int) -> bytes:
        """What has come; empty once the stream has ended."""
        while not self._data and not self._has_ended:
            self._receive()
        return self._data.pop(0) if self._data else b""

    def read(self) -> bytes:
        """All that comes until the stream ends."""
        return b"".join(iter(lambda: self.recv(65_536), b""))

    def close(self) -> None:
        """Ends the connection without a word."""
        self._socket.close()
