'use strict';
// stagedoor.js against the example server, which is drained, killed and
// restarted meanwhile.

const assert = require('assert');
const {createHmac} = require('crypto');
const {once} = require('events');
const fs = require('fs');
const os = require('os');
const path = require('path');
const {after, before, beforeEach, afterEach, describe, it} =
  require('node:test');
const WebSocket = require('ws');
const {Server, freePort} = require('../browser/server.js');

const {NEWSROOM, STAGEDOOR_JS} = process.env;
const timeout = 60_000;
const secret = 'a-secret-of-more-than-thirty-two-bytes';

let stagedoor;
let server;
let folder;
let open = [];

/** A token of dora, as an issuer would make it. */
function doraUntil(expiresAt, claims = {}) {
  const part = (value) =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({alg: 'HS256', typ: 'JWT'})}.`
    + part({sub: '77', username: 'dora', exp: expiresAt, ...claims});
  const signature = createHmac('sha256', secret).update(text);
  return `${text}.${signature.digest('base64url')}`;
}

before(async () => {
  stagedoor = await import(STAGEDOOR_JS);
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'stagedoor-js-'));
}, {timeout});

beforeEach(async () => {
  server = await Server.start(NEWSROOM);
}, {timeout});

afterEach(async () => {
  for (const connection of open.splice(0))
    connection.close();
  await Server.killAll();
}, {timeout});

after(async () => {
  await Server.stopAll();
  fs.rmSync(folder, {recursive: true});
}, {timeout});

/** A connection, and all of its states in the order in which they came. */
function connect(user, options = {}, of = server) {
  const states = [];
  let changed = () => {};
  const connection = stagedoor.connect(`ws://127.0.0.1:${of.port}/ws/`, {
    WebSocket,
    token: () => user === null ? null : `${user}-token`,
    onState: (change) => {
      states.push(change);
      changed();
    },
    onError: (error) => { throw error; },
    ...options,
  });
  open.push(connection);
  connection.states = states;
  /** Waits until a state has come this many times. */
  connection.reaches = (state, times = 1) => new Promise((resolve) => {
    changed = () => {
      const found = states.filter((each) => each.state === state);
      if (found.length >= times)
        resolve(found[times - 1]);
    };
    changed();
  });
  return connection;
}

/** Resolves with the nth value that is told. */
function collector() {
  const values = [];
  let changed = () => {};
  return {
    values,
    tell: (value) => {
      values.push(value);
      changed();
    },
    count: (wanted) => new Promise((resolve) => {
      changed = () => {
        if (values.length >= wanted)
          resolve(values);
      };
      changed();
    }),
  };
}

const errorOf = (promise) => promise.then(
  (value) => assert.fail(`succeeded with ${JSON.stringify(value)}`),
  (error) => error);

const room = {route: 'rooms/chat/'};

/** Someone in a room, whose connection can be cut and comes back when it may. */
async function cuttable(user, where, options = {}) {
  const heard = collector();
  const resumed = collector();
  const positions = collector();
  const back = {
    isOpen: true,
    wait: null,
    open: () => {
      back.isOpen = true;
      back.wait?.();
    },
  };
  const token = options.token ?? (() => `${user}-token`);
  const joins = [];
  let socket;
  const bob = connect(user, {
    ...options,
    WebSocket: class extends WebSocket {
      constructor(...all) {
        super(...all);
        socket = this;
      }
    },
    token: async () => {
      if (!back.isOpen)
        await new Promise((resolve) => { back.wait = resolve; });
      return token();
    },
    onOpen: ({resumed: found}) => { joins.push([...found.keys()]); },
  });
  bob.joins = joins;
  // Without a word to the server.
  bob.cut = () => socket.terminate();
  bob.on('room.message', ({data}) => heard.tell(data.text));
  bob.on('group.resumed', resumed.tell);
  bob.on('group.position', positions.tell);
  await bob.request('join', {}, where);
  await positions.count(1);
  bob.socket = socket;
  return {bob, heard, resumed, back};
}

describe('stagedoor.js and a server', {timeout}, () => {
  it('asks before the connection is open', async () => {
    const alice = connect('alice');
    const {data} = await alice.request('whoami');
    assert.strictEqual(data.username, 'alice');
    const denied = await errorOf(connect(null).request('join', {}, room));
    assert.strictEqual(denied.status, 403);
  });

  it('gets concurrent replies in the order in which they are done', async () => {
    const alice = connect('alice');
    const done = [];
    const nap = (ms) => alice.request('nap', {ms}, {route: 'slow/'})
      .then(() => done.push(ms));
    await Promise.all([nap(300), nap(1)]);
    assert.deepStrictEqual(done, [1, 300]);
  });

  it('loses nothing and gets nothing twice while it is connected', async () => {
    const count = 500;
    const alice = connect('alice');
    const bob = connect('bob');
    const heard = collector();
    bob.on('room.message', ({data}) => heard.tell(data.text));
    await bob.request('join', {}, room);
    await alice.request('join', {}, room);
    const texts = Array.from({length: count}, (_, i) => String(i));
    const replies = await Promise.all(
      texts.map((text) => alice.request('say', {text}, room)));
    assert.deepStrictEqual(replies.map(({data}) => data.text), texts);
    await heard.count(count);
    // What was pushed before this has come before this.
    await bob.request('ping');
    assert.deepStrictEqual(heard.values, texts);
  });

  it('comes back from a drain when the server has said, and joins again', async () => {
    const joins = [];
    const alice = connect('alice', {
      onOpen: async ({request, isReconnect}) => {
        joins.push(isReconnect);
        await request('join', {}, room);
      },
    });
    const heard = collector();
    alice.on('room.message', ({data}) => heard.tell(data.text));
    const draining = collector();
    alice.on('server.draining', ({data}) => draining.tell(data));
    await alice.reaches('open');
    server.drain();
    const {delayMs, code, reason} = await alice.reaches('waiting');
    const [{reconnect_after_ms: named}] = await draining.count(1);
    assert.strictEqual(delayMs, named);
    assert.strictEqual(code, 4012);
    assert.deepStrictEqual(JSON.parse(reason), {reconnect_after_ms: named});
    assert.strictEqual(await server.ended, 0);
    // Waits until the next server is there, and is said once.
    const said = alice.request('say', {text: 'still here'},
                               {...room, timeout: Infinity});
    await Server.start(NEWSROOM, server.port);
    await said;
    await heard.count(1);
    await alice.request('ping');
    assert.deepStrictEqual(heard.values, ['still here']);
    assert.deepStrictEqual(joins, [false, true]);
  });

  it('gets what it has missed while it was cut off', async () => {
    const alice = connect('alice');
    await alice.request('join', {}, room);
    const {bob, heard, resumed, back} = await cuttable('bob', room);
    const texts = [];
    const say = async () => {
      texts.push(String(texts.length));
      await alice.request('say', {text: texts.at(-1)}, room);
    };
    for (let round = 1; round <= 5; ++round) {
      // Of the first, some are on their way when the connection is cut.
      for (let i = 0; i < 10; ++i)
        await say();
      back.isOpen = false;
      bob.cut();
      for (let i = 0; i < 10; ++i)
        await say();
      back.open();
      const [{data}] = (await resumed.count(round)).slice(-1);
      assert.strictEqual(data.recovered, true);
      assert.ok(data.missed >= 10 && data.missed <= 20, data.missed);
      await say();
      await heard.count(texts.length);
      assert.deepStrictEqual(heard.values, texts);
    }
    // In no group twice, and in no other.
    assert.deepStrictEqual(
      bob.joins, [[], ...Array(5).fill(['room.chat'])]);
  });

  it('is told that it has missed more than the server keeps', async () => {
    const alice = connect('alice');
    const {bob, heard, resumed, back} = await cuttable('bob', room);
    const say = (count) => Promise.all(Array.from({length: count}, (_, i) =>
      alice.request('say', {text: String(i)}, room)));
    for (const [round, [count, isKept]] of [[500, true], [501, false]]
      .entries()) {
      back.isOpen = false;
      bob.cut();
      heard.values.length = 0;
      await say(count);
      back.open();
      const {data} = (await resumed.count(round + 1)).at(-1);
      assert.strictEqual(data.recovered, isKept);
      assert.strictEqual(data.missed, isKept ? count : null);
      await alice.request('say', {text: 'last'}, room);
      await heard.count(isKept ? count + 1 : 1);
      assert.strictEqual(heard.values.at(-1), 'last');
      assert.strictEqual(heard.values.length, isKept ? count + 1 : 1);
    }
  });

  it('is told when it comes back to another server', async () => {
    for (const end of ['kill', 'drain']) {
      const own = {route: `rooms/${end}/`};
      const {bob, heard, resumed} = await cuttable('bob', own);
      await bob.request('say', {text: 'before'}, own);
      await heard.count(1);
      server[end]();
      await server.ended;
      server = await Server.start(NEWSROOM, server.port);
      const [{data, status}] = await resumed.count(1);
      assert.strictEqual(status, 200);
      assert.strictEqual(data.recovered, false);
      await bob.request('say', {text: 'after'}, {...own, timeout: Infinity});
      assert.deepStrictEqual(await heard.count(2), ['before', 'after']);
      bob.close();
    }
  });

  it('is told that it may not come back', async () => {
    let user = 'bob';
    const {bob, resumed} = await cuttable(null, room, {
      token: () => user && `${user}-token`});
    user = null;
    bob.cut();
    assert.deepStrictEqual(await resumed.count(1), [{
      type: 'group.resumed', status: 403,
      data: {group: 'room.chat', recovered: false, missed: null}}]);
    await bob.reaches('open', 2);
    user = 'bob';
    bob.cut();
    await bob.reaches('open', 3);
    assert.deepStrictEqual(bob.joins, [[], ['room.chat'], []]);
  });

  it('does not come back to a group that it has left', async () => {
    const {bob} = await cuttable('bob', room);
    const other = {route: 'rooms/other/'};
    await bob.request('join', {}, other);
    await bob.request('leave', {}, {...room, leaves: 'room.chat'});
    bob.cut();
    await bob.reaches('open', 2);
    const members = async (where) =>
      (await bob.request('members', {}, where)).data.members;
    assert.deepStrictEqual(await members(room), []);
    assert.strictEqual((await members(other)).length, 1);
    assert.deepStrictEqual(bob.joins, [[], ['room.other']]);
  });

  it('is told when it is too slow for what the server keeps', async () => {
    const losses = collector();
    const alice = connect('alice');
    const {bob, heard, resumed} = await cuttable('bob', room);
    bob.on('group.lost', ({data}) => losses.tell(data));
    bob.socket.pause();
    const load = 'x'.repeat(50_000);
    const count = 400;
    for (let i = 1; i <= count; ++i)
      await alice.request('say', {text: `${i} ${load}`}, room);
    bob.socket.resume();
    const [{after, next}] = await losses.count(1);
    assert.ok(next > after + 1 && next <= count);
    assert.strictEqual((await resumed.count(1))[0].data.recovered, true);
    const wanted = Array.from({length: count}, (_, i) => i + 1)
      .filter((i) => i <= after || i >= next);
    await heard.count(wanted.length);
    assert.deepStrictEqual(heard.values.map((text) => parseInt(text, 10)),
                           wanted);
    assert.strictEqual(losses.values.length, 1);
  });

  it('knows no outcome when the server is killed, and comes back', async () => {
    const alice = connect('alice');
    await alice.request('ping');
    const pending = [
      errorOf(alice.request('nap', {ms: 10_000}, {route: 'slow/'})),
      errorOf(alice.request('sleep', {ms: 10_000}, {route: 'slow/'}))];
    // Answered behind both, as naps are concurrent: the server has read the nap.
    const beside = connect('bob');
    await beside.request('ping');
    server.kill();
    for (const error of await Promise.all(pending)) {
      assert.ok(error instanceof stagedoor.ConnectionLostError, error);
      assert.strictEqual(error.sent, true);
    }
    assert.strictEqual((await alice.reaches('waiting')).code, 1006);
    const asked = alice.request('whoami', {}, {timeout: Infinity});
    await Server.start(NEWSROOM, server.port);
    assert.strictEqual((await asked).data.username, 'alice');
  });

  it('does not come back where that would not help', async () => {
    const alice = connect('alice', {messageBytesMax: Infinity});
    const error = await errorOf(
      alice.request('echo', {message: 'x'.repeat(70_000)}));
    assert.ok(error instanceof stagedoor.ClosedError, error);
    assert.strictEqual((await alice.reaches('closed')).code, 1009);
  });

  it('sends any token', async () => {
    const secretFile = path.join(folder, 'users.json');
    const token = 'a/b= "é"';
    fs.writeFileSync(secretFile, JSON.stringify(
      {users: [{id: 5, username: 'eve', token}]}));
    const own = await Server.start(NEWSROOM, 0, `--users=${secretFile}`);
    const eve = connect(null, {token: () => token}, own);
    assert.strictEqual((await eve.request('whoami')).data.username, 'eve');
  });

  it('refreshes credentials before they expire, without a new connection', async () => {
    const keys = path.join(folder, 'secret');
    fs.writeFileSync(keys, secret);
    const own = await Server.start(NEWSROOM, 0, `--jwt-keys=${keys}`,
                                   '--limits.credential-grace=1ms',
                                   '--jwt-leeway=0s');
    const reasons = collector();
    // The first two live shortly, the third for long.
    const lives = [3, 3, 3600];
    const dora = connect(null, {
      token: ({reason}) => {
        const expiresAt = Math.floor(Date.now() / 1000) + lives.shift();
        reasons.tell(reason);
        return {token: doraUntil(expiresAt), expiresAt};
      },
    }, own);
    await dora.request('increment', {}, {route: 'counter/'});
    await reasons.count(3);
    const {data} = await dora.request('increment', {}, {route: 'counter/'});
    // It is the same connection, whose handler has counted on.
    assert.strictEqual(data.value, 2);
    assert.deepStrictEqual(reasons.values, ['connect', 'expiring', 'expiring']);
    assert.deepStrictEqual(dora.states.map(({state}) => state),
                           ['connecting', 'open']);
  });

  it('asks for new credentials when they have expired', async () => {
    const keys = path.join(folder, 'secret');
    fs.writeFileSync(keys, secret);
    const own = await Server.start(NEWSROOM, 0, `--jwt-keys=${keys}`,
                                   '--limits.credential-grace=1ms',
                                   '--jwt-leeway=0s');
    const reasons = [];
    const dora = connect(null, {
      token: ({reason}) => {
        reasons.push(reason);
        const life = reasons.length === 1 ? 2 : 3600;
        return doraUntil(Math.floor(Date.now() / 1000) + life);
      },
    }, own);
    await dora.reaches('open');
    assert.strictEqual((await dora.reaches('waiting')).code, 4401);
    await dora.reaches('open', 2);
    assert.strictEqual((await dora.request('whoami')).data.username, 'dora');
    assert.deepStrictEqual(reasons, ['connect', 'rejected']);
  });

  it('is told what is allowed', async () => {
    const questions = [
      {action: 'ping'},
      {action: 'update', route: 'articles/1/'},
      {action: 'destroy', route: 'articles/1/'},
      {action: 'nope'},
      {action: 'retrieve', route: 'articles/99/'},
      // The row is named by an argument.
      {action: 'retrieve', route: 'posts/'},
    ];
    const [alice, nobody] = [connect('alice'), connect(null)];
    assert.deepStrictEqual(await alice.can(questions),
                           [true, true, false, false, false, null]);
    assert.deepStrictEqual(await nobody.can(questions),
                           [true, false, false, false, false, null]);
    const tooMany = Array.from({length: 33}, () => ({action: 'ping'}));
    assert.strictEqual((await alice.can(tooMany.slice(1))).length, 32);
    assert.strictEqual((await errorOf(alice.can(tooMany))).status, 400);
  });

  it('watches as many questions as the server keeps', async () => {
    const heard = collector();
    const alice = connect('alice');
    const questions = Array.from({length: 64}, (_, i) =>
      ({action: 'retrieve', route: `articles/${i}/`}));
    for (const question of questions)
      alice.watchCan([question], heard.tell);
    assert.deepStrictEqual(
      (await heard.count(64)).map(({allowed}) => allowed),
      questions.map((_, i) => i >= 1 && i <= 3));
    assert.throws(() => alice.watchCan([{action: 'ping'}], heard.tell),
                  RangeError);
  });

  it('reports that a server keeps fewer questions', async () => {
    const own = await Server.start(NEWSROOM, 0, '--limits.can-watched-max=1');
    const errors = collector();
    const heard = collector();
    const alice = connect('alice', {onError: errors.tell}, own);
    const end = alice.watchCan([{action: 'echo'}], heard.tell);
    alice.watchCan([{action: 'ping'}], heard.tell);
    assert.strictEqual((await errors.count(1))[0].status, 400);
    end();
    assert.deepStrictEqual(await heard.count(1),
                           [{action: 'ping', route: '', allowed: true}]);
  });

  it('is told what others may when it comes back as another user', async () => {
    let user = 'alice';
    const heard = collector();
    const connection = connect(null, {token: () => `${user}-token`});
    connection.watchCan([
      {action: 'ping'},
      {action: 'publish', route: 'articles/1/'},
      {action: 'destroy', route: 'articles/1/'},
    ], ({action, allowed}) => heard.tell([action, allowed]));
    await heard.count(3);
    user = 'bob';
    server.kill();
    await server.ended;
    await Server.start(NEWSROOM, server.port);
    assert.deepStrictEqual(await heard.count(5), [
      ['ping', true], ['publish', true], ['destroy', false],
      ['publish', false], ['destroy', true]]);
  });

  it('is told what changes with refreshed credentials', async () => {
    const keys = path.join(folder, 'secret');
    fs.writeFileSync(keys, secret);
    const own = await Server.start(NEWSROOM, 0, `--jwt-keys=${keys}`);
    let roles = [];
    const heard = collector();
    const dora = connect(null, {
      token: () => doraUntil(Math.floor(Date.now() / 1000) + 3600, {roles}),
    }, own);
    dora.watchCan([{action: 'publish', route: 'articles/1/'},
                   {action: 'ping'}],
                  ({action, allowed}) => heard.tell([action, allowed]));
    await heard.count(2);
    roles = ['editor'];
    await dora.refresh();
    await heard.count(3);
    roles = [];
    await dora.refresh();
    assert.deepStrictEqual(await heard.count(4), [
      ['publish', false], ['ping', true], ['publish', true],
      ['publish', false]]);
  });

  it('is told what has changed when decisions are dropped', async () => {
    const token = 'a-token-of-operators-that-is-long-enough';
    const tokenFile = path.join(folder, 'admin.token');
    fs.writeFileSync(tokenFile, token);
    const adminPort = await freePort();
    const own = await Server.start(NEWSROOM, 0, `--admin-port=${adminPort}`,
                                   `--admin-token-file=${tokenFile}`);
    const heard = collector();
    const alice = connect('alice', {}, own);
    const end = alice.watchCan([{action: 'update', route: 'articles/4/'}],
                               ({allowed}) => heard.tell(allowed));
    const other = collector();
    alice.watchCan([{action: 'update', route: 'articles/4/'}],
                   ({allowed}) => other.tell(allowed));
    await heard.count(1);
    const {data} = await alice.request(
      'create', {data: {title: 'Encore', body: 'Once more.'}},
      {route: 'articles/'});
    assert.strictEqual(data.id, 4);
    const invalidate = async () => {
      const {status} = await fetch(
        `http://127.0.0.1:${adminPort}/cache/invalidate`,
        {method: 'POST', headers: {authorization: `Bearer ${token}`}});
      assert.strictEqual(status, 200);
    };
    await invalidate();
    assert.deepStrictEqual(await heard.count(2), [false, true]);
    end();
    await connect('bob', {}, own).request(
      'destroy', {}, {route: 'articles/4/'});
    await invalidate();
    assert.deepStrictEqual(await other.count(3), [false, true, false]);
    assert.deepStrictEqual(heard.values, [false, true]);
  });

  it('leaves nothing behind, so that the process can end', async () => {
    const {spawn} = require('child_process');
    const child = spawn(process.execPath, ['--input-type=module', '-e', `
      import WebSocket from ${JSON.stringify(require.resolve('ws'))};
      import {connect} from ${JSON.stringify(STAGEDOOR_JS)};
      const connection = connect('ws://127.0.0.1:${server.port}/ws/',
                                 {WebSocket});
      await connection.request('ping');
      connection.request('nap', {ms: 9000}, {route: 'slow/', timeout: 1e9})
        .catch(() => {});
      connection.close();
    `], {stdio: 'inherit'});
    const [status] = await once(child, 'exit');
    assert.strictEqual(status, 0);
  });
});
