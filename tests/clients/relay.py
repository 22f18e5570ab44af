"""Passes one connection on to a server, and looks at what goes through."""

import socket
import threading

CHUNK = 65536


class Relay:
    """Listens on a port of 127.0.0.1 for one client."""

    def __init__(self, server_port):
        self._listener = socket.create_server(('127.0.0.1', 0))
        self.port = self._listener.getsockname()[1]
        self._server_port = server_port
        self._passed = {'client': bytearray(), 'server': bytearray()}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        client, _ = self._listener.accept()
        server = socket.create_connection(('127.0.0.1', self._server_port))
        other = threading.Thread(
            target=self._pass_on, args=('client', client, server), daemon=True)
        other.start()
        self._pass_on('server', server, client)
        other.join()
        client.close()
        server.close()

    def _pass_on(self, name, source, target):
        try:
            while chunk := source.recv(CHUNK):
                self._passed[name] += chunk
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # One of the two has reset its connection.

    def join(self):
        """Waits for the end of the connection."""
        self._thread.join(10)

    @property
    def head_of_client(self):
        return self._head('client')

    @property
    def head_of_server(self):
        return self._head('server')

    @property
    def bytes_of_server(self):
        """How many bytes came behind the head."""
        return len(self._passed['server']) - len(self.head_of_server)

    def _head(self, name):
        head, _, _ = bytes(self._passed[name]).partition(b'\r\n\r\n')
        return head.decode()
