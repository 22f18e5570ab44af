'use strict';
// Clients in rooms that are cut off again and again while events flow, and a
// server that is killed once. Each client gets each event of its room, in order
// and not twice, or is told that it does not.
//   reconnects.js <seconds>
// It prints what it has counted, and fails if something was lost unsaid.

const assert = require('assert');
const WebSocket = require('ws');
const {Server} = require('../browser/server.js');

const {NEWSROOM, STAGEDOOR_JS} = process.env;

const clients = 200;
const rooms = 20;
const eventsPerSecond = 200;
const tickMs = 50;
/** How long a client is away. */
const awayMs = 2_000;
/** How long it stays, at most; every fourth time it is cut off at once. */
const stayMsMax = 3_000;
/** Messages without an answer, above which no more are said. */
const unansweredMax = 500;
/** What has not come by then does not come. */
const patienceMs = 60_000;
const users = ['alice', 'bob', 'root', 'carol'];

const counts = new Map([
  'sent', 'heard', 'cut off', 'recovered', 'missed and recovered',
  'told to begin anew', 'told of a gap', 'refused', 'not heard, and told so',
].map((name) => [name, 0]));
const count = (name, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by);

/** What must not happen; the first ones are printed. */
const violations = [];
const violationsShown = 20;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

let stagedoor;
let server;
let isCutting = true;

/**
 * What a connection hears of the network. It comes back at once when it hears
 * that there is one, and need not wait longer after each loss.
 */
let online;
globalThis.addEventListener = (type, listener) => { online = listener; };
globalThis.removeEventListener = () => {};

class Member {
  #room;
  #group;
  #name;
  #socket;
  #away = Promise.resolve();
  #timer;
  #online;
  /** The last number that was heard; null before the first one. */
  last = null;
  /** Whether it has been told that the next number may be any later one. */
  #mayMiss = false;
  /** Whether it has to be told that it begins anew. */
  #isOwed = false;
  /** Called when something has changed. */
  changed = () => {};

  constructor(place) {
    const member = this;
    this.#name = `client ${place}`;
    this.#room = `r${place % rooms}`;
    this.#group = `room.${this.#room}`;
    this.connection = stagedoor.connect(`ws://127.0.0.1:${server.port}/ws/`, {
      WebSocket: class extends WebSocket {
        constructor(...all) {
          super(...all);
          member.#socket = this;
          this.once('open', () => member.#cutLater());
        }
      },
      token: async () => {
        await this.#away;
        return `${users[place % users.length]}-token`;
      },
      onOpen: async ({request, resumed}) => {
        if (!resumed.has(this.#group))
          await request('join', {}, {route: `rooms/${this.#room}/`});
      },
      onState: () => this.changed(),
      onError: (error) => this.#failed(error),
    });
    this.#online = online;
    this.connection.on('room.message', ({data}) => this.#hear(data));
    this.connection.onGroup(this.#group, (event) => this.#told(event));
  }

  get room() {
    return this.#room;
  }

  /** There is a network again. */
  hurry() {
    this.#online();
  }

  /** The server is gone, and with it what it has kept. */
  serverIsGone() {
    this.#isOwed = this.last !== null;
  }

  /** Is at the end of its room. */
  finish() {
    if (this.#isOwed)
      this.#violated('was not told that the server had been another one');
  }

  /** Is cut off no more. */
  stay() {
    clearTimeout(this.#timer);
  }

  close() {
    clearTimeout(this.#timer);
    this.connection.close();
  }

  #cutLater() {
    if (!isCutting)
      return;
    // Some are lost while they resume, or get what they have missed.
    const ms = Math.random() < 0.25
      ? Math.random() * 20 : Math.random() * stayMsMax;
    this.#timer = setTimeout(() => {
      count('cut off');
      this.#away = pause(awayMs);
      this.#socket.terminate();
      this.#away.then(() => this.hurry());
    }, ms);
  }

  #hear({room, text}) {
    const number = Number(text);
    const {last} = this;
    const next = last + 1;
    count('heard');
    if (room !== this.#room)
      this.#violated(`${number} of ${room}`);
    else if (last !== null && number < next)
      this.#violated(`${number} again, or late, behind ${last}`);
    else if (last !== null && number > next && !this.#mayMiss)
      this.#violated(`${number} behind ${last}, and nothing was said`);
    else if (last !== null)
      count('not heard, and told so', number - next);
    this.last = number;
    this.#mayMiss = false;
    this.changed();
  }

  #told({type, data, status}) {
    if (type === 'group.lost') {
      count('told of a gap');
      this.#mayMiss = true;
    } else if (type === 'group.resumed' && status >= 400) {
      count('refused');
      this.#isOwed = false;
      // It joins anew, and hears the last ones once more.
      this.last = null;
      this.connection.request('join', {}, {route: `rooms/${this.#room}/`})
        .catch((error) => this.#failed(error));
    } else if (type === 'group.resumed' && data.recovered) {
      count('recovered');
      count('missed and recovered', data.missed);
    } else if (type === 'group.resumed') {
      count('told to begin anew');
      this.#isOwed = false;
      this.#mayMiss = true;
    }
  }

  #failed(error) {
    if (error instanceof stagedoor.TimeoutError
        || error instanceof stagedoor.ConnectionLostError
        || error instanceof stagedoor.ReplyError && error.status >= 500)
      count(error.name);
    else
      this.#violated(String(error));
  }

  #violated(text) {
    violations.push(`${this.#name} in ${this.#room}: ${text}`);
  }
}

/** Says one number after the other in each room. */
class Speaker {
  #connection;
  #unanswered = 0;
  #turn = 0;
  /** The last number that was said, by room. */
  last = new Map();

  constructor() {
    for (let i = 0; i < rooms; ++i)
      this.last.set(`r${i}`, 0);
    this.#connection = stagedoor.connect(`ws://127.0.0.1:${server.port}/ws/`, {
      WebSocket, token: () => 'alice-token',
    });
  }

  /** Says the next number in the next room, unless it has to wait. */
  sayNext() {
    if (this.#connection.state !== 'open'
        || this.#unanswered >= unansweredMax)
      return;
    this.say(`r${this.#turn++ % rooms}`);
  }

  async say(room) {
    const number = this.last.get(room) + 1;
    this.last.set(room, number);
    ++this.#unanswered;
    count('sent');
    try {
      await this.#connection.request('say', {text: String(number)},
                                     {route: `rooms/${room}/`,
                                      timeout: Infinity});
    } catch (error) {
      // The server was killed, and all are told to begin anew.
      if (!(error instanceof stagedoor.ConnectionLostError))
        violations.push(`the speaker: ${error}`);
    } finally {
      --this.#unanswered;
    }
  }

  close() {
    this.#connection.close();
  }
}

/** Says so many events in a second, for so long. */
async function speak(speaker, seconds) {
  const begin = performance.now();
  let due = 0;
  for (;;) {
    const passed = (performance.now() - begin) / 1_000;
    if (passed >= seconds)
      return;
    for (; due < passed * eventsPerSecond; ++due)
      speaker.sayNext();
    await pause(tickMs);
  }
}

/** Waits until something holds for each member. */
async function each(members, text, holds) {
  const missing = new Set(members);
  let late;
  await Promise.race([
    Promise.all(members.map((member) => new Promise((resolve) => {
      member.changed = () => {
        if (holds(member)) {
          missing.delete(member);
          resolve();
        }
      };
      member.changed();
    }))),
    new Promise((resolve) => { late = setTimeout(resolve, patienceMs); }),
  ]);
  clearTimeout(late);
  for (const {room, last, connection} of missing)
    violations.push(`not ${text}: ${connection.state} in ${room} at ${last}`);
}

function report() {
  const all = [...counts, ['violations', violations.length]];
  console.log(`${clients} clients: `
              + all.map(([name, value]) => `${value} ${name}`).join(', '));
  for (const text of violations.slice(0, violationsShown))
    console.log(text);
}

async function main(seconds) {
  stagedoor = await import(STAGEDOOR_JS);
  server = await Server.start(NEWSROOM);
  const speaker = new Speaker();
  const members = Array.from({length: clients}, (_, i) => new Member(i));
  await speak(speaker, seconds / 2);
  server.kill();
  await server.ended;
  for (const member of members)
    member.serverIsGone();
  server = await Server.start(NEWSROOM, server.port);
  for (const member of members)
    member.hurry();
  await speak(speaker, seconds / 2);

  isCutting = false;
  for (const member of members)
    member.stay();
  await each(members, 'back', ({connection}) => connection.state === 'open');
  // Whoever was told to begin anew hears this one.
  await Promise.all([...speaker.last.keys()].map((room) => speaker.say(room)));
  await each(members, 'at the end',
             ({room, last}) => last === speaker.last.get(room));
  for (const member of members)
    member.finish();
  for (const one of [speaker, ...members])
    one.close();
  await Server.stopAll();

  report();
  assert.strictEqual(violations.length, 0, 'something was lost unsaid');
  for (const name of ['cut off', 'missed and recovered', 'told to begin anew'])
    assert.ok(counts.get(name) > 0, `nobody was ${name}`);
}

const seconds = Number(process.argv[2]);
assert.ok(seconds > 0, 'usage: reconnects.js <seconds>');
main(seconds).catch(async (error) => {
  console.error(error);
  await Server.killAll();
  process.exit(1);
});
