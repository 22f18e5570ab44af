#!/usr/bin/python3
"""The yardstick's work as a user of Django Channels writes it.

One consumer for JSON, permission classes in the manner of Django REST
Framework, routes as regular expressions, and the envelope that Stagedoor
answers with. No database, no middleware, no channel layer.
"""

import argparse
import re
import socket
from typing import Any

import django
import uvicorn
from django.conf import settings

settings.configure(
    SECRET_KEY="of no use: nothing is signed here",
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=["channels"],
    LOGGING_CONFIG=None,
    USE_TZ=True,
)
django.setup()

# They need the settings.
from channels.generic.websocket import (  # noqa: E402
    AsyncJsonWebsocketConsumer)
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402


class Refusal(Exception):
    """What a message is refused with: a status and a text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class AllowAny:
    """Allows every action to everybody."""

    async def has_permission(self, scope: dict[str, Any], action: str,
                             message: dict[str, Any]) -> bool:
        """Says whether the action may run."""
        return True


class Route:
    """What stands behind one route: its permissions and its actions."""

    pattern = re.compile(r"open/(?P<pk>[-\w]+)/$")
    permission_classes = (AllowAny,)
    actions = ("your_custom_action",)

    async def your_custom_action(self, pk: str) -> dict[str, Any]:
        """The yardstick's action."""
        return {"message": "your_custom_action will be handled",
                "model_id": pk}

    async def perform(self, scope: dict[str, Any], message: dict[str, Any],
                      captures: dict[str, str]) -> dict[str, Any]:
        """Asks the permissions, then runs the action."""
        action = message.get("action")
        for permission in self.permission_classes:
            if not await permission().has_permission(scope, action, message):
                raise Refusal(403, "Permission denied")
        if action not in self.actions:
            raise Refusal(
                405, f'Action "{action}" not allowed in message body.')
        return await getattr(self, action)(**captures)


ROUTES = (Route(),)


class ActionConsumer(AsyncJsonWebsocketConsumer):
    """Answers every message with one envelope."""

    async def receive_json(self, content: dict[str, Any]) -> None:
        """Called by Channels with each decoded message."""
        errors: list[str] = []
        data = None
        status = 200
        try:
            data = await self.perform(content)
        except Refusal as refusal:
            errors = [str(refusal)]
            status = refusal.status
        await self.send_json({
            "errors": errors,
            "data": data,
            "action": content.get("action"),
            "route": content.get("route", ""),
            "status": status,
        })

    async def perform(self, message: dict[str, Any]) -> dict[str, Any]:
        """Runs the message on the first route that matches."""
        path = message.get("route", "")
        for route in ROUTES:
            if match := route.pattern.match(path):
                return await route.perform(self.scope, message,
                                           match.groupdict())
        raise Refusal(404, "Not found.")


application = ProtocolTypeRouter({
    "websocket": URLRouter([re_path(r"^ws/$", ActionConsumer.as_asgi())]),
})


def listening_socket(port: int) -> socket.socket:
    """A socket on loopback that listens; port 0 is any free one."""
    result = socket.socket()
    result.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    result.bind(("127.0.0.1", port))
    result.listen(4096)
    return result


class AnnouncedServer(uvicorn.Server):
    """Says when it is ready."""

    async def startup(
            self, sockets: list[socket.socket] | None = None) -> None:
        """Called by uvicorn before it serves."""
        await super().startup(sockets)
        assert sockets
        _, port = sockets[0].getsockname()
        print(f"listening on 127.0.0.1:{port}", flush=True)


def main() -> None:
    """Serves until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    # The fastest of what Debian has, in five alternating rounds of 64 x 1:
    # wsproto instead of websockets is as fast (0.93 to 1.07), asyncio instead
    # of uvloop has 0.7 to 0.8 of it, daphne 0.5 to 0.85.
    config = uvicorn.Config(
        application, loop="uvloop", ws="websockets", lifespan="off",
        log_config=None, access_log=False, ws_max_size=64 * 1024)
    AnnouncedServer(config).run([listening_socket(options.port)])


if __name__ == "__main__":
    main()
