"""The library websocket-client: https://websocket-client.readthedocs.io/"""

import websocket

from conversation import arguments, tell, told_version


def talk(told):
    def opened(app):
        tell('open')
        for message in told.messages:
            app.send(message)

    def failed(app, error):
        if isinstance(error, websocket.WebSocketBadStatusException):
            tell('status', error.status_code)
            tell('header', error.resp_headers['content-type'])
        else:
            tell('failed', error)

    app = websocket.WebSocketApp(
        told.url, header=told.headers, subprotocols=told.protocols or None,
        on_open=opened, on_error=failed,
        on_message=lambda app, text: tell('text', text),
        on_close=lambda app, code, reason: tell('close', f'{code} {reason}'))
    app.run_forever()


if not told_version(websocket.__version__):
    talk(arguments())
