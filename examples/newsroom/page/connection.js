// A WebSocket that comes back, and the messages on it.

import {afterClose, stableMs} from './reconnect.js';

/**
 * The subprotocol that every endpoint picks. A browser can send no
 * `Authorization` with a WebSocket, so the token travels in the list of
 * subprotocols; the server picks this one beside it, as a browser wants one of
 * its offers picked.
 */
const subprotocol = 'stagedoor';

/**
 * A connection to one endpoint as one user, from `open` to `close`, however
 * many sockets that takes.
 *
 * `on.state(name, text)` hears of `connecting`, `open`, `waiting` (it will come
 * back by itself), `credentials` (it needs new ones) and `closed`. `on.sent`
 * and `on.received` hear each message as text, the latter parsed too;
 * `on.event` hears each event.
 */
export class Connection {
  #url;
  #on;
  #protocols = [];
  #socket = null;
  #timer = null;
  #attempt = 0;
  #openedAt = null;
  #wasOpen = false;
  #lastId = 0;
  #unanswered = new Map();

  constructor(url, on) {
    this.#url = url;
    this.#on = on;
  }

  /** Connects with a bearer token, or without for an empty one. */
  open(token) {
    this.#stop();
    this.#protocols = token ? [subprotocol, `bearer.${token}`] : [subprotocol];
    this.#attempt = 0;
    this.#wasOpen = false;
    this.#connect();
  }

  /** Disconnects, and does not come back. */
  close() {
    this.#stop();
    this.#on.state('closed', 'not connected');
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /**
   * Sends a message; `request_id` is added to it unless it has one. `answered`
   * hears the envelope with the same one, and nothing if the connection is lost
   * before.
   *
   * @returns the `request_id`; null if there is no connection.
   */
  send(message, answered = () => {}) {
    if (!this.isOpen)
      return null;
    const id = message.request_id ?? ++this.#lastId;
    this.#unanswered.set(id, answered);
    const text = JSON.stringify({...message, request_id: id});
    this.#socket.send(text);
    this.#on.sent(text);
    return id;
  }

  #connect() {
    this.#timer = null;
    this.#on.state('connecting', 'connecting');
    let socket;
    try {
      socket = new WebSocket(this.#url, this.#protocols);
    } catch {
      this.#on.state('credentials', 'a browser cannot send this token: '
                                    + 'it has characters that no header takes');
      return;
    }
    this.#socket = socket;
    // What a socket says that is no longer ours is of no interest.
    const whileOurs = (handler) => (event) => {
      if (socket === this.#socket)
        handler(event);
    };
    socket.addEventListener('open', whileOurs(() => this.#opened()));
    socket.addEventListener('message', whileOurs(({data}) => this.#take(data)));
    socket.addEventListener('close', whileOurs((event) => this.#ended(event)));
  }

  #opened() {
    this.#openedAt = performance.now();
    this.#wasOpen = true;
    this.#on.state('open', 'connected');
  }

  #take(text) {
    const message = JSON.parse(text);
    this.#on.received(text, message);
    if ('type' in message) {
      this.#on.event(message);
      return;
    }
    const answered = this.#unanswered.get(message.request_id);
    this.#unanswered.delete(message.request_id);
    answered?.(message);
  }

  #ended(event) {
    const lasted = this.#openedAt === null
      ? 0 : performance.now() - this.#openedAt;
    this.#forgetSocket();
    // A browser does not tell why a server refused: by status, or by not being
    // there. What has never worked is left to the user.
    if (!this.#wasOpen) {
      this.#on.state('credentials', 'no connection: the server is away, or '
                                    + 'refuses these credentials');
      return;
    }
    if (lasted >= stableMs)
      this.#attempt = 0;
    const {next, why, delayMs} = afterClose(event, this.#attempt);
    if (next !== 'reconnect') {
      this.#on.state(next === 'stay' ? 'closed' : next, why);
      return;
    }
    ++this.#attempt;
    this.#timer = setTimeout(() => this.#connect(), delayMs);
    const seconds = (delayMs / 1000).toFixed(1);
    this.#on.state('waiting', `${why}; connecting again in ${seconds} s`);
  }

  #forgetSocket() {
    this.#socket = null;
    this.#openedAt = null;
    this.#unanswered.clear();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const socket = this.#socket;
    this.#forgetSocket();
    socket?.close(1000);
  }
}
