"""The library aiohttp: https://docs.aiohttp.org/"""

import asyncio

import aiohttp

from conversation import arguments, tell, told_version


async def talk(told):
    async with aiohttp.ClientSession() as session:
        try:
            connection = await session.ws_connect(
                told.url, headers=told.headers, protocols=told.protocols,
                compress=15 if told.deflate else 0)
        except aiohttp.WSServerHandshakeError as refusal:
            tell('status', refusal.status)
            tell('header', refusal.headers['Content-Type'])
            return
        tell('open')
        for message in told.messages:
            await connection.send_str(message)
        while (message := await connection.receive()).type \
                == aiohttp.WSMsgType.TEXT:
            tell('text', message.data)
        tell('close', f'{message.data} {message.extra}')


if not told_version(aiohttp.__version__):
    asyncio.run(talk(arguments()))
