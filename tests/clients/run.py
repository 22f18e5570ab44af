#!/usr/bin/python3
"""Tries one client library against the example server; see README.md.

The page protocol/clients.md says what is expected of the library. The script
ends with 77 if the library is missing, or is not of the version that the page
names, unless CI is "true" in the environment.
"""

import argparse
import os
import queue
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from page import read_page
from relay import Relay

SKIPPED = 77
# What has not happened by then will not; seconds.
PATIENCE = 30
INTERPRETERS = {'.js': ['node'], '.lua': ['lua5.2'], '.pl': ['perl'],
                '.py': ['/usr/bin/python3', '-B'], '.rb': ['ruby'],
                '.tcl': ['tclsh'], '': []}

WHOAMI = '{"action":"whoami"}'
ANONYMOUS = ('{"errors":[],"data":{"id":null,"username":"",'
             '"is_authenticated":false,"roles":[],"groups":[]},'
             '"action":"whoami","route":"","status":200}')
ALICE = ('{"errors":[],"data":{"id":1,"username":"alice",'
         '"is_authenticated":true,"roles":["editor"],"groups":["editors"]},'
         '"action":"whoami","route":"","status":200}')
# 60 KB in characters of one to four bytes.
LONG_TEXT = 'aä€𝄞' * 6000
ECHO = f'{{"action":"echo","message":"{LONG_TEXT}"}}'
ECHOED = (f'{{"errors":[],"data":{{"message":"{LONG_TEXT}"}},'
          '"action":"echo","route":"","status":200}')
DRAINING = re.compile(r'\{"type":"server\.draining",'
                      r'"data":\{"reconnect_after_ms":(\d+)\},"status":503\}')


class Unexpected(Exception):
    """Something else than the page promises."""


class Program:
    """A child process whose lines can be waited for."""

    def __init__(self, command):
        self._process = subprocess.Popen(
            ['setpriv', '--pdeathsig', 'KILL', *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding='utf-8', errors='replace')
        self._lines = queue.Queue()
        self.seen = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self._process.stdout:
            self._lines.put(line.rstrip())
        self._lines.put(None)

    def lines(self):
        """The lines up to the end, as they come."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                line = self._lines.get(timeout=deadline - time.monotonic())
            except (queue.Empty, ValueError):
                raise Unexpected(f'nothing more behind {self.last}') from None
            if line is None:
                return
            self.seen.append(line)
            yield line

    @property
    def last(self):
        """What was told last, shortened, or that this is the end."""
        lines = [line[:200] for line in self.seen[-5:]]
        ended = self._process.poll() is not None
        return lines + [f'its end: {self._process.returncode}'] * ended

    def find(self, pattern):
        """The match of the first line that has the pattern."""
        for line in self.lines():
            if match := re.search(pattern, line):
                return match
        raise Unexpected(f'ended without {pattern}: {self.last}')

    def expect(self, *expected):
        """Takes lines that are exactly these."""
        for wanted in expected:
            line = next(self.lines(), None)
            if line != wanted:
                raise Unexpected(f'not {wanted[:200]}\n  but {self.last}')

    def rest(self):
        """All lines up to the end."""
        return list(self.lines())

    def terminate(self):
        self._process.terminate()

    def end(self):
        """Ends it whatever it does."""
        self._process.kill()
        self._process.wait()


class Trial:
    """A library, what the page says of it, and what it is tried against."""

    def __init__(self, client, newsroom, row):
        self._client = [*INTERPRETERS[client.suffix], str(client)]
        self._newsroom = newsroom
        self.row = row
        self._running = []

    def version(self):
        """The version of the library, if it is there, and what was said."""
        try:
            done = subprocess.run([*self._client, 'version'], check=False,
                                  stdout=subprocess.PIPE, encoding='utf-8',
                                  stderr=subprocess.STDOUT, timeout=PATIENCE)
        except FileNotFoundError as error:
            return None, str(error)
        found = re.search(r'^version ([0-9.]+)', done.stdout, re.MULTILINE)
        return found and found[1], done.stdout

    def serve(self, *options):
        """Starts a server; gives it and its port."""
        server = self._start([self._newsroom, '--port=0',
                              '--limits.reconnect-window=200ms',
                              '--limits.close-timeout=30s', *options])
        found = server.find(r'listens on ws://127\.0\.0\.1:(\d+)/')
        return server, int(found[1])

    def talk(self, port, *messages, path='/ws/', token='', protocols='',
             deflate=False):
        """Starts the client."""
        return self._start([
            *self._client, f'ws://127.0.0.1:{port}{path}', token, protocols,
            'deflate' if deflate else '', *messages])

    def _start(self, command):
        program = Program(command)
        self._running.append(program)
        return program

    def end(self):
        for program in self._running:
            program.end()


def drains(*clients):
    """The clients see the event of a drain, and the close with its reason."""
    for client in clients:
        event = client.find(r'^text (.*)$')
        told = DRAINING.fullmatch(event[1])
        if not told:
            raise Unexpected(f'not server.draining but {event[1]}')
        client.expect(f'close 4012 {{"reconnect_after_ms":{told[1]}}}')


def compresses(relay, asks, agrees):
    """The openings on the wire name the extension, or do not."""
    relay.join()
    asked = 'permessage-deflate' in relay.head_of_client
    agreed = 'permessage-deflate' in relay.head_of_server
    if (asked, agreed) != (asks, agrees):
        raise Unexpected(f'asked: {asked}, agreed: {agreed}')


def gives_up(report):
    """The client has not opened, and says so."""
    if 'open' in report:
        raise Unexpected('it opened')
    if not any(line.split(' ')[0] in ('failed', 'status', 'close')
               for line in report):
        raise Unexpected(f'it does not say that it failed: {report}')


def what_is_seen(report):
    """What the program sees of a 403, in the words of the page."""
    gives_up(report)
    words = []
    for line in report:
        word, _, value = line.partition(' ')
        if (word, value) == ('status', '403'):
            words.append('status')
        elif (word, value) == ('header', 'application/json'):
            words.append('headers')
        elif word == 'body' and '"code":"permission_denied"' in value:
            words.append('body')
        elif word == 'failed' and value:
            words.append('a text with the status' if '403' in value
                         else 'a text')
    return ', '.join(words) or 'nothing'


def try_without_compression(trial):
    server, port = trial.serve()
    relay = Relay(port)
    anonymous = trial.talk(relay.port, WHOAMI)
    token = trial.talk(port, WHOAMI, ECHO, token='alice-token')
    refused = trial.talk(port, path='/strict/')
    alone = trial.talk(port, WHOAMI, protocols='bearer.alice-token')
    beside = trial.talk(port, WHOAMI, protocols='stagedoor,bearer.alice-token')

    yield 'opens with its defaults'
    anonymous.expect('open', f'text {ANONYMOUS}')
    yield 'sends a token in the header'
    token.expect('open', f'text {ALICE}')
    yield 'gets 60 KB back as it sent them'
    token.expect(f'text {ECHOED}')
    yield f'sees of a refusal: {trial.row.refusal}'
    seen = what_is_seen(refused.rest())
    if seen != trial.row.refusal.split(';')[0]:
        raise Unexpected(f'seen: {seen}; all that was told: {refused.last}')
    yield f'offers a token as the only subprotocol: {trial.row.alone}'
    if trial.row.alone == 'opens':
        alone.expect('open', f'text {ALICE}')
    else:
        gives_up(alone.rest())
    yield 'opens with the subprotocol stagedoor beside a token'
    beside.expect('open', f'text {ALICE}')

    yield 'sees a drain: server.draining, then 4012 and its reason'
    server.terminate()
    drains(anonymous, token, beside)
    if trial.row.alone == 'opens':
        drains(alone)
    server.find('newsroom has ended')

    yield f'asks for compression by itself: {trial.row.compression == "yes"}'
    compresses(relay, trial.row.compression == 'yes', False)


def try_with_compression(trial):
    server, port = trial.serve('--compression')
    relay = Relay(port)
    client = trial.talk(relay.port, ECHO, deflate=True)

    yield 'gets 60 KB back from a server that compresses'
    client.expect('open', f'text {ECHOED}')
    yield 'sees a drain there'
    server.terminate()
    drains(client)
    can = trial.row.compression != 'no'
    yield f'gets them compressed, if it can be told to: {can}'
    compresses(relay, can, can)
    if (relay.bytes_of_server < len(ECHOED)) != can:
        raise Unexpected(f'{relay.bytes_of_server} bytes of the server')


def attempt(trial):
    """Runs all cases; tells whether all went well."""
    for cases in (try_without_compression, try_with_compression):
        case = 'starts'
        try:
            for case in cases(trial):
                print(case, flush=True)
        except Unexpected as error:
            print(f'FAILED: {case}\n  {error}')
            return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('row', help='the client in protocol/clients.md')
    parser.add_argument('package', help='what has to be installed')
    parser.add_argument('client', type=Path)
    parser.add_argument('newsroom')
    told = parser.parse_args()
    os.environ['LC_ALL'] = 'C.UTF-8'
    # Some libraries would ask a proxy for 127.0.0.1.
    for name in list(os.environ):
        if name.lower().endswith('_proxy'):
            del os.environ[name]
    trial = Trial(told.client, told.newsroom, read_page()[told.row])
    version, said = trial.version()
    wanted = trial.row.version
    if version is None or not f'{version}.'.startswith(f'{wanted}.'):
        in_ci = os.environ.get('CI') == 'true'
        there = f'{version}, not {wanted}' if version else 'none'
        print(f'{"FAILED" if in_ci else "skipped"}: of {told.row} there is'
              f' {there}; .ci/setup ci installs {told.package}')
        print(said)
        sys.exit(1 if in_ci else SKIPPED)
    try:
        sys.exit(0 if attempt(trial) else 1)
    finally:
        trial.end()


if __name__ == '__main__':
    main()
