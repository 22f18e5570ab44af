"""libsoup, a library in C, through GObject: https://libsoup.org/"""

import gi

gi.require_version('Soup', '3.0')
from gi.repository import Gio, GLib, Soup  # noqa: E402

from conversation import arguments, tell, told_version  # noqa: E402


def talk(told):
    session = Soup.Session()
    if told.deflate:
        session.add_feature_by_type(Soup.WebsocketExtensionManager)
    message = Soup.Message.new('GET', told.url)
    for name, value in told.headers.items():
        message.get_request_headers().append(name, value)
    loop = GLib.MainLoop()
    kept = []  # A connection ends when nobody holds it.

    def closed(connection):
        tell('close', f'{connection.get_close_code()} '
                      f'{connection.get_close_data()}')
        loop.quit()

    def opened(session, result):
        try:
            connection = session.websocket_connect_finish(result)
        except GLib.Error as error:
            if message.get_status() >= 400:
                tell('status', int(message.get_status()))
                tell('header', message.get_response_headers().get_one(
                    'Content-Type'))
            else:
                tell('failed', error.message)
            loop.quit()
            return
        tell('open')
        kept.append(connection)
        connection.connect('message', lambda connection, kind, text:
                           tell('text', text.get_data().decode()))
        connection.connect('closed', closed)
        for text in told.messages:
            connection.send_text(text)

    session.websocket_connect_async(
        message, None, told.protocols or None, GLib.PRIORITY_DEFAULT,
        Gio.Cancellable(), opened)
    loop.run()


version = '.'.join(str(number) for number in (
    Soup.get_major_version(), Soup.get_minor_version(),
    Soup.get_micro_version()))
if not told_version(version):
    talk(arguments())
