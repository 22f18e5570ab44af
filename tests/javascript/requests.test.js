'use strict';
// Requests, events, reconnection, credentials and what is allowed, with a fake
// WebSocket and a fake clock.

const assert = require('assert');
const fs = require('fs');
const path = require('path');
const {afterEach, beforeEach, describe, it} = require('node:test');
const {FakeClock, fakeWebSocket, settle} = require('./fake.js');

const {STAGEDOOR_JS} = process.env;

let stagedoor;
let clock;
let Sockets;
let states;
let errors;
let connection;

beforeEach(async () => {
  stagedoor = await import(STAGEDOOR_JS);
  clock = new FakeClock();
  Sockets = fakeWebSocket();
  states = [];
  errors = [];
  connection = null;
});

afterEach(async () => {
  connection?.close();
  await settle();
  const {count} = clock;
  clock.restore();
  assert.strictEqual(count, 0, 'timers are left behind');
  for (const socket of Sockets.all)
    if (socket.readyState === 3)
      assert.strictEqual(socket.listenerCount, 0, 'listeners are left behind');
});

/** Connects; the socket is there, but not open. */
async function begin(options = {}) {
  connection = stagedoor.connect('ws://127.0.0.1:1/ws/', {
    WebSocket: Sockets,
    onState: ({state}) => states.push(state),
    onError: (error) => errors.push(error),
    ...options,
  });
  await settle();
  return Sockets.last;
}

async function beginOpen(options) {
  const socket = await begin(options);
  await socket.open();
  return socket;
}

/** The error of a promise, which has to fail. */
const errorOf = (promise) => promise.then(
  (value) => assert.fail(`succeeded with ${JSON.stringify(value)}`),
  (error) => error);

describe('requests', () => {
  it('sends a message and gives its envelope', async () => {
    const socket = await beginOpen();
    const asked = connection.request('echo', {message: 'x'}, {route: 'a/'});
    await settle();
    assert.deepStrictEqual(
      socket.sent, [{action: 'echo', route: 'a/', message: 'x', request_id: 1}]);
    await socket.answer(socket.sent[0], {data: {message: 'x'}});
    assert.deepStrictEqual(await asked, {
      errors: [], data: {message: 'x'}, action: 'echo', route: 'a/', status: 200,
      request_id: 1});
  });

  it('tells replies in another order apart', async () => {
    const socket = await beginOpen();
    const [one, two] = [connection.request('a'), connection.request('b')];
    await settle();
    await socket.answer(socket.sent[1], {data: 'of b'});
    await socket.answer(socket.sent[0], {data: 'of a'});
    assert.strictEqual((await one).data, 'of a');
    assert.strictEqual((await two).data, 'of b');
  });

  it('fails from status 400 on, with the envelope', async () => {
    const socket = await beginOpen();
    const fine = connection.request('a');
    const bad = errorOf(connection.request('b'));
    await settle();
    await socket.answer(socket.sent[0], {status: 399});
    await socket.answer(socket.sent[1],
                        {status: 400, errors: [{detail: 'No.'}]});
    assert.strictEqual((await fine).status, 399);
    const error = await bad;
    assert.ok(error instanceof stagedoor.ReplyError);
    assert.strictEqual(error.message, '400: No.');
    assert.deepStrictEqual(error.envelope.errors, [{detail: 'No.'}]);
  });

  it('times out, and takes a late answer for nothing', async () => {
    const socket = await beginOpen({requestTimeoutMs: 100});
    const asked = errorOf(connection.request('a'));
    const longer = connection.request('b', {}, {timeout: 200});
    await clock.pass(100);
    const error = await asked;
    assert.ok(error instanceof stagedoor.TimeoutError, error);
    assert.strictEqual(error.sent, true);
    await socket.answer(socket.sent[0]);
    await socket.answer(socket.sent[1]);
    assert.strictEqual((await longer).action, 'b');
    assert.deepStrictEqual(errors, []);
  });

  it('times out after 15 seconds by default', async () => {
    await beginOpen();
    const asked = errorOf(connection.request('a'));
    let ended = false;
    asked.then(() => { ended = true; });
    await clock.pass(14_999);
    assert.ok(!ended);
    await clock.pass(1);
    assert.match((await asked).message, /15000/);
  });

  it('ends a request when its signal says so', async () => {
    await beginOpen();
    const controller = new AbortController();
    const asked = errorOf(
      connection.request('a', {}, {signal: controller.signal}));
    await settle();
    controller.abort(new Error('enough'));
    assert.strictEqual((await asked).message, 'enough');
    assert.strictEqual((await errorOf(connection.request(
      'a', {}, {signal: controller.signal}))).message, 'enough');
  });

  it('knows no outcome of what was sent on a lost connection', async () => {
    const socket = await beginOpen();
    const asked = errorOf(connection.request('a'));
    await settle();
    await socket.end();
    const error = await asked;
    assert.ok(error instanceof stagedoor.ConnectionLostError, error);
    assert.strictEqual(error.sent, true);
  });

  it('keeps those that have not been sent, and sends each once', async () => {
    const socket = await begin();
    const asked = [connection.request('a'), connection.request('b')];
    await settle();
    assert.deepStrictEqual(socket.sent, []);
    await socket.end();
    await clock.pass(500);
    const next = Sockets.last;
    assert.notStrictEqual(next, socket);
    await next.open();
    assert.deepStrictEqual(next.sent.map(({action}) => action), ['a', 'b']);
    for (const message of next.sent)
      await next.answer(message);
    await Promise.all(asked);
  });

  it('keeps 64 at most', async () => {
    await begin();
    const kept = Array.from({length: 64},
                            () => errorOf(connection.request('a')));
    await settle();
    const error = await errorOf(connection.request('a'));
    assert.ok(error instanceof stagedoor.NotSentError, error);
    connection.close();
    for (const each of await Promise.all(kept)) {
      assert.ok(each instanceof stagedoor.ClosedError, each);
      assert.strictEqual(each.sent, false);
    }
  });

  it('keeps none if it is told so', async () => {
    await begin({queueMax: 0});
    assert.ok(await errorOf(connection.request('a'))
              instanceof stagedoor.NotSentError);
  });

  it('has 1024 without an answer at most', async () => {
    const socket = await beginOpen();
    const asked = Array.from({length: 1_024},
                             () => errorOf(connection.request('a')));
    await settle();
    assert.strictEqual(socket.sent.length, 1_024);
    const error = await errorOf(connection.request('a'));
    assert.ok(error instanceof stagedoor.NotSentError, error);
    connection.close();
    assert.strictEqual((await asked[0]).sent, true);
  });

  it('refuses what the server would not take', async () => {
    const socket = await beginOpen();
    const refuses = async (pattern, ...args) =>
      assert.match((await errorOf(connection.request(...args))).message,
                   pattern);
    const fine = async (...args) => {
      const before = socket.sent.length;
      errorOf(connection.request(...args));
      await settle();
      assert.strictEqual(socket.sent.length, before + 1);
    };
    await refuses(/an action is a string/, 7);
    await refuses(/arguments are an object/, 'a', [1]);
    await refuses(/route cannot be an argument/, 'a', {route: 'x'});
    await refuses(/a route is a string/, 'a', {}, {route: null});
    await refuses(/a timeout is a number/, 'a', {}, {timeout: '1'});
    await refuses(/a string or a safe integer/, 'a', {}, {requestId: 1.5});
    await refuses(/a string or a safe integer/, 'a', {}, {requestId: '\ud83d'});
    await fine('a', {}, {route: 'é'.repeat(512)});
    await refuses(/1024 bytes/, 'a', {}, {route: 'é'.repeat(512) + 'x'});
    await fine('a', {}, {requestId: 'é'.repeat(64)});
    await refuses(/128 bytes/, 'a', {}, {requestId: 'é'.repeat(64) + 'x'});
    const around = JSON.stringify({action: 'a', x: '', request_id: 'id'}).length;
    await fine('a', {x: 'x'.repeat(65_536 - around)}, {requestId: 'id'});
    connection.request('b', {}, {requestId: 'twice'}).catch(() => {});
    await refuses(/waits for its answer/, 'a', {}, {requestId: 'twice'});
    await refuses(/65536 bytes/, 'a', {x: 'x'.repeat(65_537 - around)},
                  {requestId: 'ie'});
  });

  it('sends without an answer, and only on an open connection', async () => {
    const socket = await begin();
    assert.strictEqual(connection.send('note'), false);
    await socket.open();
    assert.strictEqual(connection.send('note', {x: 1}, {route: 'r/'}), true);
    assert.deepStrictEqual(socket.sent, [{action: 'note', route: 'r/', x: 1}]);
    await socket.say({errors: ['No.'], data: null, action: 'note', route: 'r/',
                      status: 403});
    assert.strictEqual(errors[0].envelope.status, 403);
  });
});

describe('events', () => {
  it('reach every listener, until each ends', async () => {
    const socket = await beginOpen();
    const heard = [];
    const hear = (event) => heard.push(event.data);
    const ends = [connection.on('x', hear), connection.on('x', hear)];
    await socket.say({type: 'x', data: 1, status: 200});
    ends[0]();
    ends[0]();
    await socket.say({type: 'x', data: 2, status: 200});
    ends[1]();
    await socket.say({type: 'x', data: 3, status: 200});
    await socket.say({type: 'y', data: 4, status: 200});
    assert.deepStrictEqual(heard, [1, 1, 2]);
  });

  it('are told apart by group and by subscription', async () => {
    const socket = await beginOpen();
    const heard = [];
    connection.onGroup('g', ({type}) => heard.push(`group ${type}`));
    connection.onSubscription('s', ({type}) => heard.push(`sub ${type}`));
    connection.onEvent(({type}) => heard.push(`any ${type}`));
    await socket.say({type: 'group.joined', data: {group: 'g'}, status: 200});
    await socket.say({type: 'group.joined', data: {group: 'h'}, status: 200});
    // Data of the application, which is not the name of a group.
    await socket.say({type: 'm', data: {group: 'g'}, status: 200});
    await socket.say({type: 'update', data: {}, status: 200, request_id: 's'});
    assert.deepStrictEqual(heard, [
      'group group.joined', 'any group.joined', 'any group.joined', 'any m',
      'sub update', 'any update']);
  });

  it('may have any names', async () => {
    const socket = await beginOpen();
    const heard = [];
    for (const name of ['__proto__', 'constructor', 'toString']) {
      connection.on(name, ({data}) => heard.push(data));
      connection.onGroup(name, ({data}) => heard.push(data));
      connection.onSubscription(name, ({data}) => heard.push(data));
      await socket.say(
        {type: name, data: name, status: 200, group: name, request_id: name});
      const asked = connection.request('a', JSON.parse('{"__proto__":1}'),
                                       {requestId: name});
      await settle();
      assert.deepStrictEqual(Object.entries(socket.sent.at(-1)),
                             [['action', 'a'], ['__proto__', 1],
                              ['request_id', name]]);
      await socket.answer(socket.sent.at(-1));
      assert.strictEqual((await asked).request_id, name);
      // An answer that nobody has asked for.
      await socket.answer(socket.sent.at(-1));
      assert.deepStrictEqual(heard.splice(0), [name, name, name]);
    }
    assert.deepStrictEqual(errors, []);
  });

  it('reach others behind a listener that throws', async () => {
    const socket = await beginOpen();
    const heard = [];
    connection.on('x', () => { throw new Error('a mistake'); });
    connection.on('x', ({data}) => heard.push(data));
    await socket.say({type: 'x', data: 1, status: 200});
    assert.deepStrictEqual(heard, [1]);
    assert.strictEqual(errors[0].message, 'a mistake');
  });

  it('that are no messages of Stagedoor are reported', async () => {
    const socket = await beginOpen();
    for (const text of ['{', 'null', '7', '{"type":1}', '[]'])
      await socket.say(text);
    assert.strictEqual(errors.length, 5);
    assert.strictEqual(connection.state, 'open');
  });
});

describe('reconnection', () => {
  it('goes through its states', async () => {
    const socket = await beginOpen();
    await socket.end();
    await clock.pass(500);
    await Sockets.last.open();
    connection.close();
    assert.deepStrictEqual(states, ['connecting', 'open', 'waiting',
                                    'connecting', 'open', 'closed']);
    assert.deepStrictEqual(Sockets.last.closedWith, {code: 1000, reason: ''});
  });

  it('runs onOpen before all that waits', async () => {
    const seen = [];
    let socket = await begin({
      onOpen: async ({request, isReconnect}) => {
        seen.push(isReconnect);
        await request('join');
      }});
    const asked = errorOf(connection.request('say'));
    await socket.open();
    assert.deepStrictEqual(socket.sent.map(({action}) => action), ['join']);
    assert.strictEqual(connection.state, 'connecting');
    await socket.answer(socket.sent[0]);
    assert.deepStrictEqual(socket.sent.map(({action}) => action),
                           ['join', 'say']);
    await socket.end();
    assert.ok(await asked instanceof stagedoor.ConnectionLostError);
    await clock.pass(500);
    socket = Sockets.last;
    await socket.open();
    assert.deepStrictEqual(seen, [false, true]);
    // Lost while the hook runs: it begins anew with the next one.
    await socket.end();
    await clock.pass(1_000);
    await Sockets.last.open();
    await Sockets.last.answer(Sockets.last.sent[0]);
    assert.strictEqual(connection.state, 'open');
  });

  it('opens all the same when onOpen fails', async () => {
    await beginOpen({onOpen: () => { throw new Error('denied'); }});
    assert.strictEqual(connection.state, 'open');
    assert.strictEqual(errors[0].message, 'denied');
  });

  it('keeps to the delay that the server names', async () => {
    const socket = await beginOpen();
    await socket.end(4012, '{"reconnect_after_ms":7000}');
    await clock.pass(6_999);
    assert.strictEqual(Sockets.all.length, 1);
    await clock.pass(1);
    assert.strictEqual(Sockets.all.length, 2);
  });

  it('sends nothing to a server that drains', async () => {
    const socket = await beginOpen();
    await socket.say({type: 'server.draining',
                      data: {reconnect_after_ms: 7_000}, status: 503});
    const asked = connection.request('a');
    assert.strictEqual(connection.send('b'), false);
    await settle();
    assert.deepStrictEqual(socket.sent, []);
    // Nor can an answer be one to what has not been sent.
    await socket.answer({action: 'a', request_id: 1});
    // The event names the delay, even if the close does not come.
    await socket.end(1006);
    await clock.pass(6_999);
    assert.strictEqual(Sockets.all.length, 1);
    await clock.pass(1);
    await Sockets.last.open();
    await Sockets.last.answer(Sockets.last.sent[0]);
    assert.strictEqual((await asked).action, 'a');
  });

  it('stays away after final codes, also those of the application', async () => {
    for (const code of [1000, 1002, 1007, 1008, 1009, 4403, 4100, 4401]) {
      const socket = await beginOpen({finalCodes: [4100]});
      const asked = errorOf(connection.request('a'));
      await settle();
      await socket.end(code);
      assert.strictEqual(connection.state, 'closed', `after ${code}`);
      const error = await asked;
      assert.ok(error instanceof stagedoor.ClosedError, error);
      assert.strictEqual(error.sent, true);
      const late = await errorOf(connection.request('a'));
      assert.ok(late instanceof stagedoor.ClosedError, late);
      assert.strictEqual(late.sent, false);
    }
  });

  it('gives a socket up that does not open in 20 seconds', async () => {
    const socket = await begin();
    await clock.pass(19_999);
    assert.strictEqual(connection.state, 'connecting');
    await clock.pass(1);
    assert.strictEqual(connection.state, 'waiting');
    assert.notStrictEqual(socket.closedWith, null);
    await socket.open();
    assert.strictEqual(connection.state, 'waiting');
    await socket.end();
  });

  it('closes what is on its way', async () => {
    const socket = await begin();
    connection.close();
    assert.strictEqual(socket.closedWith.code, 1000);
    await socket.end();
    assert.strictEqual(connection.state, 'closed');
  });

  it('counts anew after 10 seconds, and not before', async () => {
    const {random} = Math;
    Math.random = () => 1;
    const delays = [];
    try {
      await begin({onState: ({delayMs}) => {
        if (delayMs !== undefined)
          delays.push(delayMs);
      }});
      for (const lasted of [9_999, 9_999, 10_000]) {
        await Sockets.last.open();
        await clock.pass(lasted);
        await Sockets.last.end();
        await clock.pass(delays.at(-1));
      }
    } finally {
      Math.random = random;
    }
    assert.deepStrictEqual(delays, [500, 1_000, 500]);
  });

  it('hurries when there is a network again', async () => {
    const listeners = new Map();
    globalThis.addEventListener = (type, what) => listeners.set(type, what);
    globalThis.removeEventListener = (type) => listeners.delete(type);
    try {
      const socket = await beginOpen();
      await socket.end();
      assert.strictEqual(Sockets.all.length, 1);
      listeners.get('online')();
      await settle();
      assert.strictEqual(Sockets.all.length, 2);
      await Sockets.last.open();
      await Sockets.last.end(4012, '{"reconnect_after_ms":7000}');
      listeners.get('online')();
      await settle();
      assert.strictEqual(Sockets.all.length, 2);
      connection.close();
      assert.strictEqual(listeners.size, 0);
    } finally {
      delete globalThis.addEventListener;
      delete globalThis.removeEventListener;
    }
  });
});

describe('credentials', () => {
  it('travel as a subprotocol', async () => {
    for (const [token, protocol] of [
      ['abc.DEF-1_2', 'bearer.abc.DEF-1_2'],
      ['a/b=', 'base64url.bearer.YS9iPQ'],
      ['é ~?', 'base64url.bearer.w6kgfj8']]) {
      const socket = await begin({token: () => token});
      assert.deepStrictEqual(socket.protocols, ['stagedoor', protocol]);
      connection.close();
    }
    for (const token of [null, '']) {
      const socket = await begin({token: async () => token});
      assert.deepStrictEqual(socket.protocols, ['stagedoor']);
      connection.close();
    }
  });

  it('are asked for at every connection, with the reason', async () => {
    const reasons = [];
    const socket = await beginOpen({token: async ({reason}) => {
      reasons.push(reason);
      return 't';
    }});
    await socket.end();
    await clock.pass(500);
    await Sockets.last.open();
    await Sockets.last.end(4401, 'credentials_expired');
    assert.strictEqual(connection.state, 'waiting');
    await clock.pass(1_000);
    assert.deepStrictEqual(reasons, ['connect', 'reconnect', 'rejected']);
  });

  it('are asked for again when the application could not give any', async () => {
    let isBroken = true;
    await begin({token: async () => {
      if (isBroken)
        throw new Error('signed out');
      return 't';
    }});
    assert.strictEqual(connection.state, 'waiting');
    assert.strictEqual(errors[0].message, 'signed out');
    isBroken = false;
    await clock.pass(500);
    assert.strictEqual(Sockets.all.length, 1);
  });

  it('are refreshed before they expire, and again', async () => {
    const tokens = ['one', 'two', 'three'];
    const frames = [];
    const seconds = () => clock.now / 1_000;
    const socket = await beginOpen({
      token: () => ({token: tokens.shift(), expiresAt: seconds() + 100}),
      onFrame: (kind, text) => frames.push(text),
    });
    await clock.pass(69_999);
    assert.deepStrictEqual(socket.sent, []);
    await clock.pass(1);
    assert.deepStrictEqual(socket.sent, [
      {action: 'refresh', route: '$auth/', token: 'two', request_id: 1}]);
    assert.ok(!frames.join().includes('two'), frames);
    // Those that live shortly are refreshed when half of it is over.
    await socket.answer(socket.sent[0],
                        {data: {user: {}, expires_at: seconds() + 20}});
    await clock.pass(9_999);
    assert.strictEqual(socket.sent.length, 1);
    await clock.pass(1);
    assert.strictEqual(socket.sent[1].token, 'three');
    await socket.answer(socket.sent[1], {data: {user: {}, expires_at: null}});
    assert.strictEqual(clock.count, 0);
  });

  it('are refreshed once a second at most', async () => {
    const socket = await beginOpen({token: () => ({token: 't', expiresAt: 1})});
    for (let count = 1; count < 4; ++count) {
      await clock.pass(999);
      assert.strictEqual(socket.sent.length, count - 1);
      await clock.pass(1);
      assert.strictEqual(socket.sent.length, count);
      await socket.answer(socket.sent.at(-1),
                          {data: {user: {}, expires_at: 1}});
    }
  });

  it('are refreshed again when that has failed', async () => {
    const socket = await beginOpen({
      token: () => ({token: 't', expiresAt: clock.now / 1_000 + 100})});
    await clock.pass(70_000);
    await socket.answer(socket.sent[0], {status: 503, errors: ['later']});
    assert.strictEqual(errors[0].status, 503);
    await clock.pass(500);
    assert.strictEqual(socket.sent.length, 2);
  });
});

describe('what is allowed', () => {
  const ping = {action: 'ping', route: ''};
  const update = {action: 'update', route: 'articles/1/'};
  const destroy = {action: 'destroy', route: 'articles/1/'};
  let heard;

  beforeEach(() => {
    heard = [];
  });

  /** Watches, and notes what is told under a name. */
  function watch(name, ...questions) {
    return connection.watchCan(questions, ({action, route, allowed}) => {
      heard.push([name, action, route, allowed]);
    });
  }

  /** What was heard since this was asked last. */
  const news = () => heard.splice(0);

  /** The lists that were sent on a socket. */
  const listsOf = ({sent}) => sent.filter(({watch: isWatch}) => isWatch)
    .map(({of}) => of);

  /** Answers the last check that was sent. */
  const allow = (socket, ...allowed) =>
    socket.answer(socket.sent.at(-1), {data: {allowed}});

  const change = (socket, question, allowed) => socket.say(
    {type: 'can.changed', data: {...question, allowed}, status: 200});

  it('is asked for, and answered in order', async () => {
    const socket = await beginOpen();
    const asked = connection.can(new Set([update, {action: 'ping'}, destroy]));
    await settle();
    assert.deepStrictEqual(socket.sent, [{
      action: 'check', route: '$can/', of: [update, ping, destroy],
      request_id: 1}]);
    await allow(socket, true, null, false);
    assert.deepStrictEqual(await asked, [true, null, false]);
  });

  it('fails as other requests do', async () => {
    const socket = await beginOpen();
    const refused = errorOf(connection.can([ping]));
    await settle();
    await socket.answer(socket.sent[0], {status: 400, errors: ['Too many.']});
    assert.strictEqual((await refused).status, 400);
    const late = errorOf(connection.can([ping], {timeout: 100}));
    await clock.pass(100);
    assert.ok(await late instanceof stagedoor.TimeoutError);
    const signal = AbortSignal.abort(new Error('enough'));
    assert.strictEqual(
      (await errorOf(connection.can([ping], {signal}))).message, 'enough');
  });

  it('takes no question that the server would refuse', async () => {
    const socket = await beginOpen();
    for (const [pattern, question] of [
      [/a question is an object/, null],
      [/a question is an object/, 'ping'],
      [/an action is a string/, {route: ''}],
      [/an action is a string/, {action: '\ud83d'}],
      [/a route is a string/, {action: 'a', route: null}],
      [/1024 bytes/, {action: 'a', route: 'é'.repeat(512) + 'x'}],
      [/a question has no pk/, {action: 'a', pk: 1}]]) {
      assert.match((await errorOf(connection.can([question]))).message, pattern);
      assert.throws(() => connection.watchCan([ping, question], () => {}),
                    pattern);
    }
    assert.throws(() => connection.watchCan([ping]), /onChange is a function/);
    await settle();
    assert.deepStrictEqual(socket.sent, []);
  });

  it('is watched in one list for all, each question once', async () => {
    const socket = await beginOpen();
    watch('one', ping, update);
    watch('two', update, destroy, destroy);
    await settle();
    assert.deepStrictEqual(socket.sent, [{
      action: 'check', route: '$can/', of: [ping, update, destroy],
      watch: true, request_id: 1}]);
    assert.deepStrictEqual(news(), []);
    await allow(socket, true, false, null);
    assert.deepStrictEqual(news(), [
      ['one', 'ping', '', true],
      ['one', 'update', 'articles/1/', false],
      ['two', 'update', 'articles/1/', false],
      ['two', 'destroy', 'articles/1/', null]]);
    await change(socket, update, true);
    assert.deepStrictEqual(news(), [
      ['one', 'update', 'articles/1/', true],
      ['two', 'update', 'articles/1/', true]]);
    // What is no news, and what nobody watches.
    await change(socket, update, true);
    await change(socket, {action: 'update', route: ''}, true);
    await socket.say({type: 'can.changed', status: 200});
    assert.deepStrictEqual(news(), []);
    assert.strictEqual(socket.sent.length, 1);
    assert.deepStrictEqual(errors, []);
  });

  it('is told at once to a watcher of what is known', async () => {
    const socket = await beginOpen();
    watch('one', ping, update);
    await settle();
    await allow(socket, true, false);
    await change(socket, update, true);
    news();
    watch('two', update);
    assert.deepStrictEqual(news(), []);
    await settle();
    assert.deepStrictEqual(news(), [['two', 'update', 'articles/1/', true]]);
    assert.strictEqual(socket.sent.length, 1);
  });

  it('is watched no longer when the last watcher has ended', async () => {
    const socket = await beginOpen();
    const ends = [watch('one', ping, update), watch('two', update)];
    await settle();
    await allow(socket, true, true);
    news();
    ends[0]();
    ends[0]();
    await settle();
    assert.deepStrictEqual(listsOf(socket).slice(1), [[update]]);
    await allow(socket, true);
    await change(socket, update, false);
    assert.deepStrictEqual(news(), [['two', 'update', 'articles/1/', false]]);
    ends[1]();
    await settle();
    assert.deepStrictEqual(listsOf(socket).slice(2), [[]]);
    await change(socket, update, true);
    await allow(socket);
    assert.deepStrictEqual(news(), []);
  });

  it('is not sent again for watchers that come and go', async () => {
    const socket = await beginOpen();
    const end = watch('one', ping, update);
    await settle();
    await allow(socket, true, false);
    news();
    end();
    watch('two', update);
    watch('three', ping);
    await settle();
    assert.strictEqual(socket.sent.length, 1);
    assert.deepStrictEqual(news(), [['two', 'update', 'articles/1/', false],
                                    ['three', 'ping', '', true]]);
  });

  it('is sent one list after the other', async () => {
    const socket = await beginOpen();
    const end = watch('one', ping);
    await settle();
    watch('two', update);
    await settle();
    end();
    watch('three', destroy);
    await settle();
    assert.deepStrictEqual(listsOf(socket), [[ping]]);
    await allow(socket, true);
    assert.deepStrictEqual(listsOf(socket), [[ping], [update, destroy]]);
    await allow(socket, true, false);
    assert.deepStrictEqual(news(), [['two', 'update', 'articles/1/', true],
                                    ['three', 'destroy', 'articles/1/', false]]);
  });

  it('is asked again on each connection, behind onOpen', async () => {
    let socket = await begin({
      onOpen: ({request}) => request('join').catch(() => {})});
    watch('one', ping, update, destroy);
    const asked = errorOf(connection.request('say'));
    await settle();
    await socket.open();
    await socket.answer(socket.sent[0]);
    assert.deepStrictEqual(socket.sent.map(({action}) => action),
                           ['join', 'say', 'check']);
    await allow(socket, true, false, null);
    assert.strictEqual(news().length, 3);
    await socket.end();
    await asked;
    assert.deepStrictEqual(news(), []);
    await clock.pass(500);
    socket = Sockets.last;
    await socket.open();
    // A watcher that begins on a lost connection hears nothing from before.
    watch('two', ping);
    await settle();
    assert.deepStrictEqual(news(), []);
    await socket.answer(socket.sent[0]);
    assert.deepStrictEqual(listsOf(socket), [[ping, update, destroy]]);
    await allow(socket, true, true, null);
    assert.deepStrictEqual(news(), [['one', 'update', 'articles/1/', true],
                                    ['two', 'ping', '', true]]);
    // A list whose answer is lost, although an older socket had it.
    watch('three', {action: 'nope'});
    await settle();
    await socket.end();
    await clock.pass(1_000);
    socket = Sockets.last;
    await socket.open();
    await socket.answer(socket.sent[0]);
    assert.strictEqual(listsOf(socket)[0].length, 4);
    await allow(socket, true, true, null, false);
    assert.deepStrictEqual(news(), [['three', 'nope', '', false]]);
    assert.deepStrictEqual(errors, []);
  });

  it('is not asked of a server that drains', async () => {
    const socket = await beginOpen();
    await socket.say({type: 'server.draining', data: {reconnect_after_ms: 0},
                      status: 503});
    watch('one', ping);
    await settle();
    assert.deepStrictEqual(socket.sent, []);
    await socket.end();
    await clock.pass(0);
    await Sockets.last.open();
    assert.deepStrictEqual(listsOf(Sockets.last), [[ping]]);
  });

  it('is watched for 64 different questions at most', async () => {
    const socket = await beginOpen();
    const questions = Array.from({length: 65}, (_, i) =>
      ({action: 'a', route: `${i}/`}));
    const few = questions.slice(0, 2);
    const ends = [watch('few', ...few), watch('more', ...questions.slice(0, 64))];
    await settle();
    assert.deepStrictEqual(listsOf(socket), [questions.slice(0, 64)]);
    assert.throws(() => watch('last', ping, questions[64]),
                  (error) => error instanceof RangeError
                    && /at most 64 questions/.test(error.message));
    await allow(socket, ...questions.slice(0, 64).map(() => true));
    assert.strictEqual(socket.sent.length, 1);
    assert.strictEqual(news().length, 66);
    ends[1]();
    watch('last', ping, questions[64]);
    await settle();
    assert.deepStrictEqual(listsOf(socket)[1], [...few, ping, questions[64]]);
  });

  it('is watched for as many questions as it is told', async () => {
    const socket = await beginOpen({canWatchedMax: 1});
    watch('one', ping);
    assert.throws(() => watch('two', update), /at most 1 questions/);
    await settle();
    assert.deepStrictEqual(listsOf(socket), [[ping]]);
  });

  it('is not watched in a list that is too long for a message', async () => {
    const socket = await beginOpen({messageBytesMax: 2_000});
    watch('one', ping);
    assert.throws(() => watch('two', {action: 'a', route: 'x'.repeat(1_000)},
                              {action: 'b', route: 'x'.repeat(1_000)}),
                  /a message has at most 2000 bytes/);
    await settle();
    assert.deepStrictEqual(listsOf(socket), [[ping]]);
  });

  it('may have any names', async () => {
    const socket = await beginOpen();
    const names = ['__proto__', 'constructor', '","', '\u0000', ',', ''];
    const questions = names.flatMap((action) =>
      names.map((route) => ({action, route})));
    watch('one', ...questions);
    await settle();
    assert.deepStrictEqual(listsOf(socket), [questions]);
    await allow(socket, ...questions.map(() => true));
    for (const question of questions)
      await change(socket, question, false);
    assert.deepStrictEqual(news(), [true, false].flatMap((allowed) =>
      questions.map(({action, route}) => ['one', action, route, allowed])));
  });

  it('is asked again after a failure that may pass', async () => {
    const {random} = Math;
    Math.random = () => 1;
    try {
      const socket = await beginOpen();
      watch('one', ping);
      await settle();
      await socket.answer(socket.sent[0], {status: 429, errors: ['later']});
      watch('two', update);
      await clock.pass(499);
      assert.strictEqual(socket.sent.length, 1);
      await clock.pass(1);
      assert.deepStrictEqual(listsOf(socket).slice(1), [[ping, update]]);
      // No answer at all in 15 s, and then one that is none.
      await clock.pass(15_000 + 1_000);
      assert.strictEqual(socket.sent.length, 3);
      await allow(socket, true);
      await clock.pass(2_000);
      assert.strictEqual(socket.sent.length, 4);
      await allow(socket, true, true);
      assert.strictEqual(news().length, 2);
      assert.deepStrictEqual(errors.map(({name}) => name),
                             ['ReplyError', 'TimeoutError', 'TypeError']);
      // The time begins anew after a success.
      watch('three', destroy);
      await settle();
      await socket.answer(socket.sent[4], {status: 500, errors: ['oops']});
      await clock.pass(500);
      assert.strictEqual(socket.sent.length, 6);
    } finally {
      Math.random = random;
    }
  });

  it('is asked at once on the next connection, whatever has failed', async () => {
    let socket = await beginOpen();
    watch('one', ping);
    await settle();
    await socket.answer(socket.sent[0], {status: 429, errors: ['later']});
    await socket.end(4012, '{"reconnect_after_ms":0}');
    await clock.pass(0);
    socket = Sockets.last;
    await socket.open();
    assert.deepStrictEqual(listsOf(socket), [[ping]]);
    // Leaves no timer behind.
    await socket.answer(socket.sent[0], {status: 429, errors: ['later']});
    connection.close();
    assert.strictEqual(clock.count, 0);
  });

  it('is not asked again where the server would refuse it again', async () => {
    const socket = await beginOpen();
    const end = watch('one', ping);
    watch('two', update);
    await settle();
    await socket.answer(socket.sent[0], {status: 400, errors: ['Too many.']});
    assert.strictEqual(errors[0].status, 400);
    await clock.pass(100_000);
    assert.strictEqual(socket.sent.length, 1);
    end();
    await settle();
    assert.deepStrictEqual(listsOf(socket)[1], [update]);
  });

  it('is told to others behind a callback that throws', async () => {
    const socket = await beginOpen();
    connection.watchCan([ping], () => { throw new Error('a mistake'); });
    watch('two', ping);
    await settle();
    await allow(socket, true);
    assert.deepStrictEqual(news(), [['two', 'ping', '', true]]);
    assert.deepStrictEqual(errors.map(({message}) => message), ['a mistake']);
  });

  it('is told to nobody whom a callback has ended', async () => {
    const socket = await beginOpen();
    const end = connection.watchCan([ping, update], () => {
      heard.push('one');
      end();
      endTwo();
    });
    const endTwo = watch('two', ping);
    await settle();
    await allow(socket, true, true);
    assert.deepStrictEqual(news(), ['one']);
    assert.deepStrictEqual(listsOf(socket).slice(1), [[]]);
  });

  it('is not watched on a connection that is closed', async () => {
    const socket = await beginOpen();
    const end = watch('one', ping);
    await settle();
    connection.close();
    await allow(socket, true);
    end();
    assert.throws(() => watch('two', ping), stagedoor.ClosedError);
    assert.deepStrictEqual(news(), []);
  });
});

describe('the package', () => {
  it('has the version of the library', () => {
    const top = path.join(__dirname, '../..');
    const [, version] = /VERSION (\d+\.\d+\.\d+)/.exec(
      fs.readFileSync(path.join(top, 'CMakeLists.txt'), 'utf8'));
    const text = fs.readFileSync(
      path.join(path.dirname(STAGEDOOR_JS), 'package.json'), 'utf8');
    assert.strictEqual(JSON.parse(text).version, version);
  });
});

describe('options', () => {
  it('are checked', () => {
    const refuses = (pattern, options, url = 'ws://x/') =>
      assert.throws(
        () => stagedoor.connect(url, {WebSocket: Sockets, ...options}), pattern);
    refuses(/there is no option tokens/, {tokens: 1});
    refuses(/there is no option __proto__/, JSON.parse('{"__proto__":1}'));
    refuses(/queueMax is no number from 0/, {queueMax: -1});
    refuses(/requestTimeoutMs is no number/, {requestTimeoutMs: NaN});
    refuses(/token is no function/, {token: 'abc'});
    refuses(/not the URL of a WebSocket/, {}, 'ftp://x/');
    refuses(/Invalid URL/, {}, '/ws/');
    assert.throws(() => stagedoor.connect('ws://x/', {WebSocket: 7}),
                  /there is no WebSocket here/);
  });

  it('take the URL of a page for one of a WebSocket', async () => {
    connection = stagedoor.connect('https://x.org/ws/#top',
                                   {WebSocket: Sockets});
    await settle();
    assert.strictEqual(Sockets.last.url, 'wss://x.org/ws/');
  });

  it('report a WebSocket that cannot be made', async () => {
    await begin({WebSocket: class { constructor() { throw new Error('no'); } }});
    assert.strictEqual(connection.state, 'closed');
    assert.strictEqual(errors[0].message, 'no');
  });
});
