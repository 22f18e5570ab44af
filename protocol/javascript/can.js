// What a connection watches through `$can/`: the questions of all watchers,
// merged into the one list that the server keeps for a connection.

import {backOffMs} from './reconnect.js';

const keyOf = ({route, action}) => JSON.stringify([route, action]);

/** The same for the same keys, whatever their order. */
const nameOf = (keys) => [...keys].sort().join();

/** Whether the server would refuse the same list again. */
const isFinal = ({status}) => status >= 400 && status < 500 && status !== 429;

export class Watches {
  #connection;
  #watchers = new Set();
  /** The answers to the list that the server keeps, by key. */
  #answers = new Map();
  /** Names the list that the server keeps, or will keep when it answers. */
  #listed = nameOf([]);
  #isAsking = false;
  /** Of the wait after a list that the server did not take. */
  #timer = null;
  #attempt = 0;
  /** Counts sockets, so that answers on an old one are left alone. */
  #era = 0;
  #isDue = false;

  /**
   * @param connection `check` throws if a list is too long, `canAsk` tells
   * whether a list may be sent, `ask` sends it and gives the answers, `failed`
   * hears errors.
   */
  constructor(connection) {
    this.#connection = connection;
  }

  /** @returns a function that ends this. */
  add(questions, onChange) {
    // By key: each question, and what this watcher was told last.
    const asked = new Map(questions.map(
      (question) => [keyOf(question), {question, told: undefined}]));
    const wanted = this.#wanted();
    for (const [key, {question}] of asked)
      wanted.set(key, question);
    this.#connection.check([...wanted.values()]);
    const watcher = {asked, onChange};
    this.#watchers.add(watcher);
    this.#updateSoon();
    return () => {
      if (this.#watchers.delete(watcher))
        this.#updateSoon();
    };
  }

  /** An event has told a new answer. */
  take(question) {
    this.#answers.set(keyOf(question), question.allowed);
    this.#tell();
  }

  /** Sends the list, unless the server has it or nothing can be sent now. */
  update() {
    if (this.#isAsking || this.#timer !== null || !this.#connection.canAsk())
      return;
    const wanted = this.#wanted();
    if (nameOf(wanted.keys()) !== this.#listed)
      this.#ask(wanted);
  }

  /** The socket is lost, and with it the list that the server kept. */
  forget() {
    ++this.#era;
    this.#answers.clear();
    this.#listed = nameOf([]);
    this.#isAsking = false;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#attempt = 0;
  }

  /** The questions of all watchers, each once, by key. */
  #wanted() {
    const result = new Map();
    for (const {asked} of this.#watchers)
      for (const [key, {question}] of asked)
        result.set(key, question);
    return result;
  }

  /** Behind the caller's next lines, which may add and end others. */
  #updateSoon() {
    if (this.#isDue)
      return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#tell();
      this.update();
    });
  }

  async #ask(wanted) {
    const era = this.#era;
    this.#isAsking = true;
    this.#listed = nameOf(wanted.keys());
    let answers;
    let failure;
    try {
      answers = await this.#connection.ask([...wanted.values()]);
    } catch (error) {
      failure = error;
    }
    if (era !== this.#era)
      return;
    this.#isAsking = false;
    if (failure === undefined) {
      this.#attempt = 0;
      this.#answers = new Map(
        [...wanted.keys()].map((key, place) => [key, answers[place]]));
      this.#tell();
    } else {
      if (!isFinal(failure))
        this.#askAgain();
      this.#connection.failed(failure);
    }
    this.update();
  }

  #askAgain() {
    this.#listed = null;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.update();
    }, backOffMs(this.#attempt++));
  }

  /** Tells each watcher what it does not know yet. */
  #tell() {
    for (const watcher of [...this.#watchers])
      for (const [key, entry] of watcher.asked) {
        const allowed = this.#answers.get(key);
        // A callback may have ended the watcher, or the connection.
        if (allowed === undefined || allowed === entry.told
            || !this.#watchers.has(watcher))
          continue;
        entry.told = allowed;
        try {
          watcher.onChange({...entry.question, allowed});
        } catch (error) {
          this.#connection.failed(error);
        }
      }
  }
}
