"""The library websockets: https://websockets.readthedocs.io/"""

import asyncio

import websockets
from websockets.exceptions import (ConnectionClosed, InvalidHandshake,
                                   InvalidStatusCode)
from websockets.version import version

from conversation import arguments, tell, told_version


async def talk(told):
    try:
        connection = await websockets.connect(
            told.url, extra_headers=told.headers,
            subprotocols=told.protocols or None)
    except InvalidStatusCode as refusal:
        tell('status', refusal.status_code)
        tell('header', refusal.headers['Content-Type'])
        return
    except InvalidHandshake as error:
        tell('failed', error)
        return
    tell('open')
    for message in told.messages:
        await connection.send(message)
    try:
        while True:
            tell('text', await connection.recv())
    except ConnectionClosed as end:
        tell('close', f'{end.rcvd.code} {end.rcvd.reason}')


if not told_version(version):
    asyncio.run(talk(arguments()))
