'use strict';
// A clock and a WebSocket that do what a test says.

/** Takes the place of the timers and clocks of the process. */
class FakeClock {
  #now = 1_000_000;
  #timers = new Map();
  #lastId = 0;
  #real = {setTimeout, clearTimeout, now: Date.now,
           performanceNow: performance.now};

  constructor() {
    globalThis.setTimeout = (callback, ms = 0) => {
      this.#timers.set(++this.#lastId, {callback, at: this.#now + ms});
      return this.#lastId;
    };
    globalThis.clearTimeout = (id) => this.#timers.delete(id);
    Date.now = () => this.#now;
    performance.now = () => this.#now;
  }

  get now() {
    return this.#now;
  }

  /** How many timers run. */
  get count() {
    return this.#timers.size;
  }

  /** Lets time pass, and fires what is due in its order. */
  async pass(ms) {
    const end = this.#now + ms;
    for (;;) {
      await settle();
      const due = [...this.#timers].filter(([, {at}]) => at <= end)
        .sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined)
        break;
      const [id, {callback, at}] = due;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, at);
      callback();
    }
    this.#now = end;
  }

  restore() {
    globalThis.setTimeout = this.#real.setTimeout;
    globalThis.clearTimeout = this.#real.clearTimeout;
    Date.now = this.#real.now;
    performance.now = this.#real.performanceNow;
  }
}

/** Lets promises go as far as they can. */
function settle() {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Of one test: a class whose sockets are in `all`, the newest last. */
function fakeWebSocket() {
  return class FakeWebSocket {
    static all = [];
    static get last() {
      return this.all.at(-1);
    }

    readyState = 0;
    sent = [];
    closedWith = null;
    #handlers = new Map();

    constructor(url, protocols) {
      this.url = url;
      this.protocols = protocols;
      FakeWebSocket.all.push(this);
    }

    addEventListener(type, handler) {
      this.#handlers.set(type, handler);
    }

    removeEventListener(type, handler) {
      if (this.#handlers.get(type) === handler)
        this.#handlers.delete(type);
    }

    get listenerCount() {
      return this.#handlers.size;
    }

    send(text) {
      this.sent.push(JSON.parse(text));
    }

    close(code, reason) {
      this.closedWith = {code, reason};
      this.readyState = 2;
    }

    // -- what a server does ---------------------------------------------------

    async open() {
      this.readyState = 1;
      this.#handlers.get('open')?.({});
      await settle();
    }

    async say(message) {
      const data = typeof message === 'object' ? JSON.stringify(message)
                                               : message;
      this.#handlers.get('message')?.({data});
      await settle();
    }

    /** Answers a message that was sent. */
    answer({action, route = '', request_id}, more = {}) {
      return this.say({errors: [], data: null, action, route, status: 200,
                       request_id, ...more});
    }

    async end(code = 1006, reason = '') {
      this.readyState = 3;
      this.#handlers.get('close')?.({code, reason});
      await settle();
    }
  };
}

module.exports = {FakeClock, fakeWebSocket, settle};
