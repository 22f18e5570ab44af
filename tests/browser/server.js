'use strict';
// The example server as a child process on a port of 127.0.0.1, and a wire to
// it that can be cut.

const {spawn} = require('child_process');
const {once} = require('events');
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');

/** What has not happened by then will not; milliseconds. */
const patience = 20_000;

class Server {
  /** Those that run. */
  static #all = new Set();

  /** Of their database, which they share. */
  static #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'newsroom-'));

  #process;
  #log = '';
  #changed = () => {};

  constructor(program, port, options) {
    this.#process = spawn(
      program, [`--port=${port}`, '--limits.reconnect-window=500ms',
                `--database=${path.join(Server.#folder, 'posts.db')}`,
                ...options],
      {stdio: ['ignore', 'pipe', 'inherit']});
    this.#process.stdout.setEncoding('utf8').on('data', (text) => {
      this.#log += text;
      this.#changed();
    });
    this.ended = new Promise((resolve) => {
      this.#process.on('exit', (status, signal) => {
        Server.#all.delete(this);
        resolve(signal ?? status);
        this.#changed();
      });
    });
    Server.#all.add(this);
  }

  /** Starts one and waits until it listens; port 0 lets the system choose. */
  static async start(program, port = 0, ...options) {
    const server = new Server(program, port, options);
    const [, found] = await server.#logs(/listens on ws:\/\/127.0.0.1:(\d+)/);
    server.port = Number(found);
    server.url = `http://127.0.0.1:${found}/`;
    return server;
  }

  /** Lets it drain; `ended` tells its exit status. */
  drain() {
    this.#process.kill('SIGTERM');
  }

  /** Ends it at once, without a word to its clients. */
  kill() {
    this.#process.kill('SIGKILL');
  }

  /** Ends all that run, whatever they do. */
  static async killAll() {
    const all = [...Server.#all];
    for (const server of all)
      server.kill();
    await Promise.all(all.map(({ended}) => ended));
  }

  /** The same, and forgets their database. */
  static async stopAll() {
    await Server.killAll();
    fs.rmSync(Server.#folder, {recursive: true});
  }

  #logs(pattern) {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`no ${pattern} in:\n${this.#log}`));
      const late = setTimeout(fail, patience);
      this.#changed = () => {
        const match = pattern.exec(this.#log);
        if (match === null && this.#process.exitCode === null)
          return;
        clearTimeout(late);
        this.#changed = () => {};
        if (match === null)
          fail();
        else
          resolve(match);
      };
      this.#changed();
    });
  }
}

/** A wire to a port, with a port of its own, that can be cut. */
class Wire {
  #listener;
  #sockets = new Set();
  #isCut = false;

  static async start(port) {
    const wire = new Wire();
    wire.#listener = net.createServer((socket) => wire.#take(socket, port))
      .listen(0, '127.0.0.1');
    await once(wire.#listener, 'listening');
    wire.port = wire.#listener.address().port;
    wire.url = `http://127.0.0.1:${wire.port}/`;
    return wire;
  }

  #take(socket, port) {
    if (this.#isCut) {
      socket.destroy();
      return;
    }
    const other = net.connect(port, '127.0.0.1');
    for (const [one, end] of [[socket, other], [other, socket]]) {
      this.#sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        this.#sockets.delete(one);
        end.destroy();
      });
      one.pipe(end);
    }
  }

  /** Ends all connections at once, and those that come until it is mended. */
  cut() {
    this.#isCut = true;
    for (const socket of this.#sockets)
      socket.destroy();
  }

  mend() {
    this.#isCut = false;
  }

  end() {
    this.cut();
    this.#listener.close();
  }
}

/** A port of 127.0.0.1 that nobody listens on. */
async function freePort() {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const {port} = listener.address();
  listener.close();
  await once(listener, 'close');
  return port;
}

module.exports = {Server, Wire, freePort, patience};
