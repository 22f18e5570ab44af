"""The library trio-websocket: https://trio-websocket.readthedocs.io/"""

import trio
import trio_websocket
from trio_websocket import ConnectionClosed, ConnectionRejected

from conversation import arguments, tell, told_version


async def talk(told):
    try:
        async with trio_websocket.open_websocket_url(
                told.url, extra_headers=list(told.headers.items()),
                subprotocols=told.protocols or None) as connection:
            tell('open')
            for message in told.messages:
                await connection.send_message(message)
            while True:
                tell('text', await connection.get_message())
    except ConnectionRejected as refusal:
        tell('status', refusal.status_code)
        tell('header', dict(refusal.headers)[b'content-type'].decode())
        tell('body', refusal.body.decode())
    except ConnectionClosed as end:
        tell('close', f'{end.reason.code} {end.reason.reason}')


if not told_version(trio_websocket.__version__):
    trio.run(talk, arguments())
