"""The library tornado: https://www.tornadoweb.org/"""

import asyncio

import tornado
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from conversation import arguments, tell, told_version


async def talk(told):
    try:
        connection = await websocket_connect(
            HTTPRequest(told.url, headers=told.headers),
            subprotocols=told.protocols or None,
            compression_options={} if told.deflate else None)
    except HTTPClientError as refusal:
        tell('status', refusal.code)
        tell('body', refusal.response.body.decode())
        return
    tell('open')
    for message in told.messages:
        await connection.write_message(message)
    while (text := await connection.read_message()) is not None:
        tell('text', text)
    tell('close', f'{connection.close_code} {connection.close_reason}')


if not told_version(tornado.version):
    asyncio.run(talk(arguments()))
