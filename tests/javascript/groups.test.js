'use strict';
// Groups with a history: positions, and how the client goes on after it was
// away, with a fake WebSocket and a fake clock.

const assert = require('assert');
const {afterEach, beforeEach, describe, it} = require('node:test');
const {FakeClock, fakeWebSocket, settle} = require('./fake.js');

const {STAGEDOOR_JS} = process.env;

let stagedoor;
let clock;
let Sockets;
let errors;
let heard;
let openings;
let connection;

beforeEach(async () => {
  stagedoor = await import(STAGEDOOR_JS);
  clock = new FakeClock();
  Sockets = fakeWebSocket();
  errors = [];
  heard = [];
  openings = [];
  connection = null;
});

afterEach(async () => {
  connection?.close();
  await settle();
  const {count} = clock;
  clock.restore();
  assert.strictEqual(count, 0, 'timers are left behind');
});

/** Connects, and notes what the application hears of groups. */
async function beginOpen(options = {}) {
  connection = stagedoor.connect('ws://127.0.0.1:1/ws/', {
    WebSocket: Sockets,
    onError: (error) => errors.push(error),
    onOpen: ({resumed}) => { openings.push([...resumed]); },
    ...options,
  });
  connection.onEvent(({type, data, status, offset}) => heard.push(
    offset ?? [type, {...data}, status]));
  await settle();
  await Sockets.last.open();
  return Sockets.last;
}

const position = (group, offset, epoch = 'e') => (
  {type: 'group.position', data: {group, epoch, offset}, status: 200});
const numbered = (group, offset) => (
  {type: 'm', data: null, status: 200, group, offset});
const lost = (group, after, next) => (
  {type: 'group.lost', data: {group, after, next}, status: 200});
const revoked = (group) => (
  {type: 'group.revoked', data: {group}, status: 403});
const recovered = (group, missed, offset, epoch = 'e') => (
  {group, recovered: true, missed, epoch, offset});
const anew = (group, offset, epoch = 'f') => (
  {group, recovered: false, missed: null, epoch, offset});
const refused = (group, status = 403) => ({group, recovered: false, status});

async function sayAll(...messages) {
  for (const message of messages)
    await Sockets.last.say(message);
}

/** The socket is lost, and the next one opens. */
async function comeBack() {
  await Sockets.last.end();
  await clock.pass(1_000);
  await Sockets.last.open();
  return Sockets.last;
}

/** Groups and offsets of each `resume` on the newest socket. */
const resumes = () => Sockets.last.sent
  .filter(({route}) => route === '$groups/')
  .map(({groups}) => groups.map(({group, offset}) => [group, offset]));

const answer = (socket, groups, place = -1) =>
  socket.answer(socket.sent.at(place), {data: {groups}});

const errorOf = (promise) => promise.then(
  (value) => assert.fail(`succeeded with ${JSON.stringify(value)}`),
  (error) => error);

describe('a group with a history', () => {
  it('is resumed before all that waits, from the last event', async () => {
    await beginOpen();
    await sayAll(position('g', 17), numbered('g', 18), numbered('g', 19));
    await Sockets.last.end();
    const asked = errorOf(connection.request('say'));
    await clock.pass(1_000);
    const socket = Sockets.last;
    await socket.open();
    assert.deepStrictEqual(socket.sent, [
      {action: 'resume', route: '$groups/', request_id: 2,
       groups: [{group: 'g', epoch: 'e', offset: 19}]}]);
    assert.strictEqual(connection.state, 'connecting');
    assert.strictEqual(openings.length, 1);
    heard = [];
    await answer(socket, [recovered('g', 2, 21)]);
    const found = {group: 'g', recovered: true, missed: 2, epoch: 'e',
                   offset: 21};
    assert.deepStrictEqual(heard, [['group.resumed', found, 200]]);
    assert.deepStrictEqual(openings,
                           [[], [['g', {...found, status: 200}]]]);
    assert.deepStrictEqual(socket.sent.map(({action}) => action),
                           ['resume', 'say']);
    await sayAll(numbered('g', 20), numbered('g', 21), numbered('g', 22));
    assert.deepStrictEqual(heard.slice(1), [20, 21, 22]);
    assert.deepStrictEqual(errors, []);
    await comeBack();
    assert.deepStrictEqual(resumes(), [[['g', 22]]]);
    assert.ok(await asked instanceof stagedoor.ConnectionLostError);
  });

  it('goes on from what came of a resume that was cut off', async () => {
    await beginOpen();
    await sayAll(position('g', 17));
    let socket = await comeBack();
    await answer(socket, [recovered('g', 3, 20)]);
    await sayAll(numbered('g', 18));
    socket = await comeBack();
    assert.deepStrictEqual(resumes(), [[['g', 18]]]);
    // Lost again, before the answer.
    socket = await comeBack();
    assert.deepStrictEqual(resumes(), [[['g', 18]]]);
    await answer(socket, [recovered('g', 2, 20)]);
    assert.deepStrictEqual(errors, []);
  });

  it('is told to begin anew, and goes on from there', async () => {
    await beginOpen();
    await sayAll(position('g', 17), position('h', 5));
    let socket = await comeBack();
    heard = [];
    await answer(socket, [anew('g', 3), recovered('h', 0, 5)]);
    assert.deepStrictEqual(heard[0], [
      'group.resumed',
      {group: 'g', recovered: false, missed: null, epoch: 'f', offset: 3}, 200]);
    await sayAll(numbered('g', 4));
    socket = await comeBack();
    assert.deepStrictEqual(socket.sent[0].groups, [
      {group: 'g', epoch: 'f', offset: 4}, {group: 'h', epoch: 'e', offset: 5}]);
    assert.deepStrictEqual(errors, []);
    // What is missed behind the new position is a gap all the same.
    await answer(socket, [anew('g', 9), recovered('h', 0, 5)]);
    await sayAll(numbered('g', 9), numbered('g', 11));
    assert.deepStrictEqual(
      errors.map(({expected, offset}) => [expected, offset]),
      [[10, 9], [10, 11]]);
  });

  it('is told that it may not go on, and is forgotten', async () => {
    await beginOpen();
    await sayAll(position('g', 17), position('h', 1));
    await answer(await comeBack(), [refused('g'), recovered('h', 0, 1)]);
    assert.deepStrictEqual(heard.at(-2), [
      'group.resumed', {group: 'g', recovered: false, missed: null}, 403]);
    assert.deepStrictEqual(openings.at(-1)[0], ['g', {
      group: 'g', recovered: false, missed: null, status: 403}]);
    await comeBack();
    assert.deepStrictEqual(resumes(), [[['h', 1]]]);
  });

  it('may have any name', async () => {
    const names = ['__proto__', 'constructor', 'toString'];
    const told = [];
    await beginOpen();
    for (const name of names) {
      await sayAll(position(name, 1), numbered(name, 2));
      connection.onGroup(name, ({type}) => told.push([name, type]));
    }
    const socket = await comeBack();
    assert.deepStrictEqual(resumes(), [names.map((name) => [name, 2])]);
    await answer(socket, names.map((name) => recovered(name, 0, 2)));
    assert.deepStrictEqual(told,
                           names.map((name) => [name, 'group.resumed']));
    assert.deepStrictEqual(openings.at(-1).map(([name]) => name), names);
  });

  it('is resumed with as many others as the server takes', async () => {
    await beginOpen();
    const names = Array.from({length: 129}, (_, i) => `g${i}`);
    await sayAll(...names.map((name) => position(name, 7)));
    const socket = await comeBack();
    assert.deepStrictEqual(resumes().map(({length}) => length), [64, 64, 1]);
    assert.deepStrictEqual(resumes().flat(), names.map((name) => [name, 7]));
    for (const [place, groups] of resumes().entries()) {
      assert.strictEqual(openings.length, 1);
      await answer(socket, groups.map(([name]) => recovered(name, 0, 7)),
                   place);
    }
    assert.strictEqual(openings.at(-1).length, 129);
  });

  it('is resumed in messages that the server takes', async () => {
    await beginOpen({messageBytesMax: 400, groupsMax: 3});
    const names = ['a', 'b', 'c', 'd', 'é'.repeat(64), 'f'.repeat(120)];
    await sayAll(...names.map((name) => position(name, 7)));
    const socket = await comeBack();
    assert.deepStrictEqual(resumes().map((each) => each.map(([name]) => name)),
                           [names.slice(0, 3), names.slice(3, 5), [names[5]]]);
    for (const message of socket.sent)
      assert.ok(Buffer.byteLength(JSON.stringify(message)) <= 400);
  });

  it('is resumed although no further request may be made', async () => {
    await beginOpen({requestsMax: 1});
    await sayAll(position('g', 1));
    await Sockets.last.end();
    const asked = errorOf(connection.request('say'));
    await clock.pass(1_000);
    await Sockets.last.open();
    assert.deepStrictEqual(resumes(), [[['g', 1]]]);
    connection.close();
    assert.strictEqual((await asked).sent, false);
  });

  it('is resumed on no first connection, and not without a position', async () => {
    await beginOpen();
    await sayAll({type: 'm', data: {group: 'g'}, status: 200},
                 {type: 'group.lost', data: {group: 'g', lost: 3}, status: 200});
    await comeBack();
    assert.deepStrictEqual(resumes(), []);
    assert.deepStrictEqual(openings, [[], []]);
    assert.deepStrictEqual(errors, []);
  });
});

describe('the position in a group', () => {
  it('takes replayed events, from any one on', async () => {
    await beginOpen();
    await sayAll(position('g', 17), numbered('g', 15), numbered('g', 16));
    await comeBack();
    assert.deepStrictEqual(resumes(), [[['g', 16]]]);
    assert.deepStrictEqual(errors, []);
  });

  it('moves over an event that was for others', async () => {
    await beginOpen();
    await sayAll(position('g', 17), numbered('g', 18), position('g', 19),
                 numbered('g', 20));
    assert.deepStrictEqual(errors, []);
    // That was no join, behind which older events may come.
    await sayAll(position('g', 21), numbered('g', 20));
    assert.strictEqual(errors.length, 1);
    await comeBack();
    assert.deepStrictEqual(resumes(), [[['g', 21]]]);
  });

  it('begins anew with another epoch, which is told', async () => {
    await beginOpen();
    await sayAll(position('g', 17));
    assert.strictEqual(heard.length, 1);
    await sayAll(position('g', 0, 'f'), numbered('g', 1));
    assert.deepStrictEqual(heard.slice(1), [
      ['group.resumed', {group: 'g', recovered: false, missed: null,
                         epoch: 'f', offset: 0}, 200],
      ['group.position', {group: 'g', epoch: 'f', offset: 0}, 200], 1]);
    const socket = await comeBack();
    assert.deepStrictEqual(socket.sent[0].groups,
                           [{group: 'g', epoch: 'f', offset: 1}]);
    assert.deepStrictEqual(errors, []);
  });

  it('tells events that come twice, and keeps them back', async () => {
    await beginOpen();
    await sayAll(position('g', 0), numbered('g', 1), numbered('g', 2),
                 numbered('g', 2), numbered('g', 1), numbered('g', 3));
    assert.deepStrictEqual(heard.slice(1), [1, 2, 3]);
    assert.ok(errors.every((error) => error instanceof stagedoor.OffsetError));
    assert.deepStrictEqual(
      errors.map(({group, expected, offset}) => [group, expected, offset]),
      [['g', 3, 2], ['g', 3, 1]]);
  });

  it('tells events that are missing, and goes on', async () => {
    await beginOpen();
    await sayAll(position('g', 0), numbered('g', 2), numbered('g', 3));
    assert.deepStrictEqual(heard.slice(1), [2, 3]);
    assert.deepStrictEqual(
      errors.map(({expected, offset}) => [expected, offset]), [[1, 2]]);
  });

  it('is missed', async () => {
    await beginOpen();
    await sayAll(numbered('g', 2));
    assert.deepStrictEqual(heard, [2]);
    assert.deepStrictEqual(
      errors.map(({expected, offset}) => [expected, offset]), [[null, 2]]);
  });

  it('is not that of an event with another number', async () => {
    await beginOpen();
    await sayAll(position('g', 0),
                 {type: 'm', data: null, status: 200, group: 'g'},
                 {type: 'group.position', data: null, status: 200},
                 {type: 'group.position', data: {group: 'g'}, status: 200});
    await comeBack();
    assert.deepStrictEqual(resumes(), [[['g', 0]]]);
    assert.deepStrictEqual(errors, []);
  });

  it('is kept until the answer, whatever comes before', async () => {
    await beginOpen();
    await sayAll(position('g', 17));
    const socket = await comeBack();
    heard = [];
    // The application lets its clients in when they connect.
    await sayAll(position('g', 20), numbered('g', 21));
    assert.deepStrictEqual(heard.map(([type]) => type), ['group.position']);
    await answer(socket, [recovered('g', 4, 21)]);
    await sayAll(numbered('g', 18), numbered('g', 19));
    assert.deepStrictEqual(heard.slice(2), [18, 19]);
    assert.deepStrictEqual(errors, []);
  });

  it('is forgotten when the server throws the client out', async () => {
    await beginOpen();
    await sayAll(position('g', 17), revoked('g'));
    await comeBack();
    assert.deepStrictEqual(resumes(), []);
    assert.deepStrictEqual(heard.at(-1), ['group.revoked', {group: 'g'}, 403]);
  });
});

describe('a group that the client leaves', () => {
  it('is forgotten behind the answer', async () => {
    await beginOpen();
    await sayAll(position('g', 17));
    connection.request('leave', {}, {leaves: 'g'});
    await settle();
    await sayAll(numbered('g', 19));
    assert.strictEqual(errors.length, 1);
    await Sockets.last.answer(Sockets.last.sent.at(-1));
    await sayAll(numbered('g', 20));
    assert.strictEqual(errors.length, 2);
    await comeBack();
    assert.deepStrictEqual(resumes(), []);
  });

  it('may be joined again before the answer has been looked at', async () => {
    const socket = await beginOpen();
    await sayAll(position('g', 17));
    const asked = [connection.request('leave', {}, {leaves: 'g'}),
                   connection.request('join')];
    await settle();
    // In one turn, as a WebSocket may hand them on.
    const [leave, join] = socket.sent;
    const said = [socket.answer(leave), socket.answer(join),
                  socket.say(position('g', 18)), socket.say(numbered('g', 18))];
    await Promise.all([...said, ...asked]);
    assert.deepStrictEqual(errors, []);
    await comeBack();
    assert.deepStrictEqual(resumes(), [[['g', 18]]]);
  });

  it('is kept if the server does not let it go', async () => {
    const socket = await beginOpen();
    await sayAll(position('g', 17));
    const asked = errorOf(connection.request('leave', {}, {leaves: 'g'}));
    await settle();
    await socket.answer(socket.sent[0], {status: 403, errors: ['No.']});
    assert.strictEqual((await asked).status, 403);
    await comeBack();
    assert.deepStrictEqual(resumes(), [[['g', 17]]]);
  });

  it('is not resumed if nobody knows whether it was left', async () => {
    await beginOpen();
    await sayAll(position('g', 17), position('h', 1));
    const asked = [
      errorOf(connection.request('leave', {}, {leaves: 'g'})),
      errorOf(connection.request('leave', {}, {leaves: 'h', timeout: 10}))];
    await settle();
    await clock.pass(10);
    await comeBack();
    assert.deepStrictEqual(resumes(), []);
    assert.ok((await asked[0]) instanceof stagedoor.ConnectionLostError);
  });

  it('is not resumed if it is left while there is no connection', async () => {
    await beginOpen();
    await sayAll(position('g', 17));
    await Sockets.last.end();
    const asked = errorOf(connection.request('leave', {}, {leaves: 'g'}));
    await clock.pass(1_000);
    await Sockets.last.open();
    assert.deepStrictEqual(Sockets.last.sent.map(({action}) => action),
                           ['leave']);
    connection.close();
    await asked;
  });

  it('is forgotten on demand, and what is on its way is no error', async () => {
    await beginOpen();
    await sayAll(position('g', 17));
    connection.forget('g');
    await sayAll(numbered('g', 18));
    assert.deepStrictEqual(heard.at(-1), 18);
    assert.deepStrictEqual(errors, []);
    await comeBack();
    assert.deepStrictEqual(resumes(), []);
    await sayAll(numbered('g', 18));
    assert.strictEqual(errors.length, 1);
  });

  it('is followed again when it was joined again', async () => {
    await beginOpen();
    await sayAll(position('g', 17));
    connection.forget('g');
    await sayAll(position('g', 17), revoked('g'), numbered('g', 18));
    assert.strictEqual(errors.length, 1);
    await sayAll(position('g', 20), numbered('g', 21));
    const asked = errorOf(
      connection.request('leave', {}, {leaves: 'g', timeout: 10}));
    await settle();
    await clock.pass(10);
    await asked;
    // Nobody knows the outcome, but this is a join, and is told as one.
    await sayAll(position('g', 22), numbered('g', 21), numbered('g', 22));
    assert.strictEqual(errors.length, 1);
    connection.request('leave', {}, {leaves: 'g'}).catch(() => {});
    await settle();
    heard = [];
    await sayAll(position('g', 0, 'f'), numbered('g', 1));
    assert.deepStrictEqual(heard.map((each) => each[0] ?? each),
                           ['group.position', 1]);
    await comeBack();
    assert.deepStrictEqual(resumes(), [[['g', 1]]]);
  });

  it('is nothing to tell when the answer to its resume comes', async () => {
    await beginOpen();
    await sayAll(position('g', 17));
    const socket = await comeBack();
    connection.forget('g');
    heard = [];
    await answer(socket, [recovered('g', 1, 18)]);
    await sayAll(numbered('g', 18));
    assert.deepStrictEqual(heard, [18]);
    assert.deepStrictEqual(openings.at(-1), []);
    assert.deepStrictEqual(errors, []);
  });

  it('has a name', async () => {
    await beginOpen();
    assert.match((await errorOf(connection.request('a', {}, {leaves: 7})))
      .message, /leaves is the name of a group/);
  });
});

describe('a client that falls behind', () => {
  it('is told, and goes on behind the gap', async () => {
    const socket = await beginOpen();
    await sayAll(position('g', 17), position('h', 1), lost('g', 17, 26));
    assert.deepStrictEqual(heard.at(-1), [
      'group.lost', {group: 'g', after: 17, next: 26}, 200]);
    assert.deepStrictEqual(resumes(), [[['g', 25]]]);
    heard = [];
    await answer(socket, [recovered('g', 1, 26)]);
    await sayAll(numbered('g', 26));
    assert.deepStrictEqual(heard.slice(1), [26]);
    assert.deepStrictEqual(errors, []);
  });

  it('goes on where the application says, when it says so', async () => {
    let goOn;
    const losses = [];
    await beginOpen({onLost: (loss) => {
      losses.push(loss);
      return new Promise((resolve) => { goOn = resolve; });
    }});
    await sayAll(position('g', 17), lost('g', 17, 26));
    assert.deepStrictEqual(losses, [{group: 'g', after: 17, next: 26}]);
    assert.deepStrictEqual(resumes(), []);
    goOn(17);
    await settle();
    assert.deepStrictEqual(resumes(), [[['g', 17]]]);
    await comeBack();
    assert.deepStrictEqual(resumes(), [[['g', 17]]]);
  });

  it('goes on behind the gap on the next connection', async () => {
    let goOn;
    await beginOpen({
      onLost: () => new Promise((resolve) => { goOn = resolve; })});
    await sayAll(position('g', 17), lost('g', 17, 26));
    const socket = await comeBack();
    assert.deepStrictEqual(resumes(), [[['g', 25]]]);
    goOn(17);
    await settle();
    await answer(socket, [recovered('g', 0, 25)]);
    assert.deepStrictEqual(resumes(), [[['g', 25]]]);
  });

  it('goes on if the application fails, or gives no offset', async () => {
    for (const onLost of [() => { throw new TypeError('a mistake'); },
                          () => '17', () => -1]) {
      await beginOpen({onLost});
      await sayAll(position('g', 17), lost('g', 17, 26));
      assert.deepStrictEqual(resumes(), [[['g', 25]]]);
      assert.ok(errors.pop() instanceof TypeError);
      connection.close();
    }
  });

  it('is told of a gap that does not begin where it is', async () => {
    await beginOpen();
    await sayAll(position('g', 17), numbered('g', 18), lost('g', 17, 26));
    assert.deepStrictEqual(
      errors.map(({expected, offset}) => [expected, offset]), [[18, 17]]);
    assert.deepStrictEqual(resumes(), [[['g', 25]]]);
  });

  it('may lose events that are replayed', async () => {
    await beginOpen();
    await sayAll(position('g', 17), lost('g', 12, 15));
    assert.deepStrictEqual(errors, []);
    assert.deepStrictEqual(resumes(), [[['g', 14]]]);
  });

  it('does not go on where it has left meanwhile', async () => {
    let goOn;
    await beginOpen({
      onLost: () => new Promise((resolve) => { goOn = resolve; })});
    await sayAll(position('g', 17), lost('g', 17, 26));
    connection.forget('g');
    goOn();
    await settle();
    assert.deepStrictEqual(resumes(), []);
  });
});

describe('a resume that fails', () => {
  it('is tried again, with the same positions', async () => {
    const {random} = Math;
    Math.random = () => 1;
    try {
      await beginOpen();
      await sayAll(position('g', 17));
      const socket = await comeBack();
      for (const [status, delay] of [[503, 500], [429, 1_000], [504, 2_000]]) {
        await socket.answer(socket.sent.at(-1), {status, errors: ['No.']});
        assert.strictEqual(errors.pop().status, status);
        const {length} = resumes();
        await clock.pass(delay - 1);
        assert.strictEqual(resumes().length, length);
        await clock.pass(1);
        assert.strictEqual(resumes().length, length + 1);
      }
      assert.deepStrictEqual(resumes(), Array(4).fill([['g', 17]]));
      assert.deepStrictEqual(openings, [[], [['g', null]]]);
      assert.strictEqual(connection.state, 'open');
      await answer(socket, [recovered('g', 0, 17)]);
      assert.strictEqual(heard.at(-1)[0], 'group.resumed');
      await clock.pass(60_000);
      assert.strictEqual(resumes().length, 4);
      // It counts from the start again.
      await sayAll(lost('g', 17, 19));
      await socket.answer(socket.sent.at(-1), {status: 503, errors: ['No.']});
      await clock.pass(500);
      assert.strictEqual(resumes().length, 6);
    } finally {
      Math.random = random;
    }
  });

  it('is tried again on the next connection', async () => {
    await beginOpen();
    await sayAll(position('g', 17));
    let socket = await comeBack();
    const {random} = Math;
    Math.random = () => 1;
    try {
      // The last wait is longer than the one for a connection.
      for (const passed of [500, 1_000, 0]) {
        await socket.answer(socket.sent.at(-1), {status: 503, errors: ['No.']});
        await clock.pass(passed);
      }
      socket = await comeBack();
    } finally {
      Math.random = random;
    }
    assert.deepStrictEqual(resumes(), [[['g', 17]]]);
    await clock.pass(2_000);
    assert.strictEqual(resumes().length, 1);
    await answer(socket, [recovered('g', 0, 17)]);
  });

  it('holds back others until it is tried again', async () => {
    await beginOpen();
    await sayAll(position('g', 17));
    const socket = await comeBack();
    await socket.answer(socket.sent.at(-1), {status: 503, errors: ['No.']});
    await sayAll(position('h', 1), lost('h', 1, 3));
    assert.strictEqual(resumes().length, 1);
    await clock.pass(500);
    assert.deepStrictEqual(resumes().slice(1), [[['g', 17], ['h', 2]]]);
  });

  it('is tried again when no answer comes, and takes none that is late', async () => {
    await beginOpen({requestTimeoutMs: 5_000});
    await sayAll(position('g', 17));
    const socket = await comeBack();
    await clock.pass(5_000);
    assert.ok(errors.pop() instanceof stagedoor.TimeoutError);
    await clock.pass(500);
    assert.deepStrictEqual(resumes(), [[['g', 17]], [['g', 17]]]);
    heard = [];
    await answer(socket, [recovered('g', 1, 18)], 0);
    // Comes once more behind the answer to the second one.
    await sayAll(numbered('g', 18));
    assert.deepStrictEqual(heard, []);
    await answer(socket, [recovered('g', 1, 18)]);
    await sayAll(numbered('g', 18));
    assert.deepStrictEqual(heard.slice(1), [18]);
    assert.deepStrictEqual(errors, []);
  });

  it('is tried again when the answer is none', async () => {
    await beginOpen();
    await sayAll(position('g', 17));
    const socket = await comeBack();
    for (const data of [null, {groups: []}, {groups: [null]},
                        {groups: [recovered('h', 1, 1)]},
                        {groups: [{group: 'g', recovered: true, missed: 1}]}]) {
      const {length} = resumes();
      await socket.answer(socket.sent.at(-1), {data});
      assert.ok(errors.pop() instanceof TypeError);
      await clock.pass(8_000);
      assert.strictEqual(resumes().length, length + 1);
    }
    assert.deepStrictEqual(resumes().at(-1), [['g', 17]]);
  });

  it('for good is told to each group', async () => {
    await beginOpen();
    await sayAll(position('g', 17), position('h', 1));
    const socket = await comeBack();
    heard = [];
    await socket.answer(socket.sent.at(-1), {status: 400, errors: ['No.']});
    assert.deepStrictEqual(heard, ['g', 'h'].map((group) => [
      'group.resumed', {group, recovered: false, missed: null}, 400]));
    assert.strictEqual(errors.pop().status, 400);
    assert.strictEqual(clock.count, 0);
    assert.strictEqual(resumes().length, 1);
    await comeBack();
    assert.deepStrictEqual(resumes(), []);
  });

  it('is nothing to tell to a group that was left meanwhile', async () => {
    await beginOpen();
    await sayAll(position('g', 17));
    const socket = await comeBack();
    connection.forget('g');
    heard = [];
    await socket.answer(socket.sent.at(-1), {status: 400, errors: ['No.']});
    assert.deepStrictEqual(heard, []);
    assert.deepStrictEqual(openings.at(-1), []);
  });

  it('waits for the next server if this one drains', async () => {
    await beginOpen();
    await sayAll(position('g', 17),
                 {type: 'server.draining', data: {reconnect_after_ms: 0},
                  status: 503},
                 lost('g', 17, 26));
    assert.deepStrictEqual(resumes(), []);
    assert.deepStrictEqual(errors, []);
    await comeBack();
    assert.deepStrictEqual(resumes(), [[['g', 25]]]);
  });

  it('is not tried again on a connection that a listener has ended', async () => {
    await beginOpen({onError: () => connection.close()});
    await sayAll(position('g', 17));
    const socket = await comeBack();
    await socket.answer(socket.sent.at(-1), {status: 503, errors: ['No.']});
    assert.strictEqual(clock.count, 0);
  });

  it('is not told on a connection that a listener has ended', async () => {
    await beginOpen();
    await sayAll(position('g', 17), position('h', 1));
    const socket = await comeBack();
    const told = [];
    connection.on('group.resumed', ({data}) => {
      told.push(data.group);
      connection.close();
    });
    await answer(socket, [recovered('g', 0, 17), recovered('h', 0, 1)]);
    assert.deepStrictEqual(told, ['g']);
    assert.deepStrictEqual(errors, []);
    assert.strictEqual(openings.length, 1);
  });
});
