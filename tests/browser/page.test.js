'use strict';
// The page of the example, used as a person would. run.sh tells where things
// are.

const assert = require('assert');
const fs = require('fs');
const os = require('os');
const path = require('path');
const {after, before, describe, it} = require('node:test');
const puppeteer = require('puppeteer-core');
const {Server, Wire, freePort} = require('./server.js');
const {Tab} = require('./tab.js');

const {CHROMIUM, NEWSROOM, WORK} = process.env;
const timeout = 60_000;

let browser;
let server;

before(async () => {
  // Over a pipe: it ends with this process, whatever happens to that.
  browser = await puppeteer.launch({executablePath: CHROMIUM, pipe: true,
                                    args: ['--headless=new', '--no-sandbox']});
  server = await Server.start(NEWSROOM);
}, {timeout});

after(async () => {
  await browser?.close();
  await Server.stopAll();
}, {timeout});

/** Opens a tab; connects as the user, if there is one. */
async function tabOf(user, of = server) {
  const tab = await Tab.open(browser, of.url);
  if (user !== undefined)
    await tab.connect(user);
  return tab;
}

describe('actions', {timeout}, () => {
  it('loads nothing but itself', async () => {
    const tab = await tabOf();
    assert.match(tab.answer.headers()['content-security-policy'],
                 /^default-src 'self';/);
    await tab.sees('#state', 'not connected');
    const loaded = await tab.run(
      () => performance.getEntriesByType('resource').map(({name}) => name));
    assert.ok(loaded.length >= 4, loaded);
    for (const name of loaded)
      assert.ok(name.startsWith(server.url), name);
    await tab.close();
  });

  it('runs an action as alice', async () => {
    const tab = await tabOf('alice');
    await tab.press('who am I');
    await tab.seesEntry('sent', '{"action":"whoami","request_id":');
    await tab.seesEntry('200', '"username":"alice"');
    await tab.press('for users only');
    await tab.seesEntry('200', '"model_id":"42"');
    await tab.close();
  });

  it('is denied as nobody', async () => {
    const tab = await tabOf('nobody');
    await tab.press('who am I');
    await tab.seesEntry('200', '"is_authenticated":false');
    // Its button is greyed out, but the form sends anything.
    await tab.type('#action', 'your_custom_action');
    await tab.type('#route', 'test_child_route/42/');
    await tab.press('Send');
    await tab.seesEntry(
      '403', 'You do not have permission to perform this action.');
    await tab.close();
  });

  it('sends what is in the form', async () => {
    const tab = await tabOf('alice');
    await tab.type('#action', 'echo');
    await tab.type('#arguments', '{"message":"<b>&amp;","action":"nope"}');
    await tab.press('Send');
    await tab.seesEntry('200', '"data":{"message":"<b>&amp;"}');
    await tab.close();
  });

  it('sends no arguments that are no JSON object', async () => {
    const tab = await tabOf('alice');
    await tab.type('#action', 'echo');
    for (const text of ['[1]', '"x"', '{"message":', 'null']) {
      await tab.type('#arguments', text);
      await tab.press('Send');
    }
    await tab.press('ping');
    await tab.seesEntry('200', '"pong":true');
    const sent = await tab.all('#envelopes .sent');
    assert.strictEqual(sent.filter((text) => !text.includes('"$can/"')).length,
                       1, 'more than the ping');
    await tab.close();
  });

  it('takes a token', async () => {
    const tab = await tabOf();
    await tab.choose('token');
    await tab.type('#token', 'bob-token');
    await tab.press('Connect');
    await tab.sees('#state', 'connected as the bearer of a token');
    await tab.press('who am I');
    await tab.seesEntry('200', '"username":"bob"');
    await tab.close();
  });

  it('asks for another token when one is refused', async () => {
    const tab = await tabOf();
    await tab.choose('token');
    await tab.type('#token', 'guessed');
    await tab.press('Connect');
    await tab.sees('#state', 'no connection: the server is away, or refuses '
                             + 'these credentials');
    await tab.run(() => {
      document.getElementById('state').textContent = '';
    });
    // No subprotocol may have these characters, so it is sent in base64url.
    await tab.type('#token', 'not "a" token/é');
    await tab.press('Connect');
    await tab.sees('#state', 'no connection: the server is away, or refuses '
                             + 'these credentials');
    await tab.connect('alice');
    await tab.close(/HTTP Authentication failed/);
  });

  it('stays away where coming back would not help', async () => {
    const tab = await tabOf('alice');
    await tab.run(() => {
      document.getElementById('arguments').value =
        JSON.stringify({message: 'x'.repeat(70_000)});
    });
    await tab.press('Send');
    await tab.sees('#state', 'a message was too large for the server');
    await tab.connect('alice');
    await tab.press('Disconnect');
    await tab.sees('#state', 'not connected');
    // The page says it once, and nothing of its own close.
    assert.strictEqual((await tab.all('#envelopes .note')).filter(
      (text) => text.includes('closed by the application')).length, 0);
    await tab.close();
  });
});

describe('posts', {timeout}, () => {
  it('shows in two tabs what either does', async () => {
    const alice = await tabOf('alice');
    const bob = await tabOf('bob');
    const tabs = [alice, bob];
    for (const tab of tabs) {
      await tab.press('Watch');
      await tab.sees('#posts-state', 'What others do shows up here.');
    }
    await alice.type('#post-title', 'First');
    await alice.press('Write');
    for (const tab of tabs)
      await tab.seesAll('#posts li span', ['First']);
    await bob.type('#post-title', '<b>Second</b>');
    await bob.press('Write');
    for (const tab of tabs)
      await tab.seesAll('#posts li span', ['<b>Second</b>', 'First']);
    await alice.click('[aria-label="Edit First"]');
    await alice.type('#post-title', 'Changed');
    await alice.press('Save');
    for (const tab of tabs)
      await tab.seesAll('#posts li span', ['<b>Second</b>', 'Changed']);

    // The page may be wrong, and the server decides all the same.
    await alice.seesGrey('#posts', ['Edit <b>Second</b>', 'Delete <b>Second</b>',
                                    'Delete Changed']);
    await alice.ungrey('[aria-label="Delete Changed"]');
    await alice.click('[aria-label="Delete Changed"]');
    await alice.sees('#posts-state', '403: You do not have permission to '
                                     + 'perform this action.');
    await bob.click('[aria-label="Delete Changed"]');
    for (const tab of tabs)
      await tab.seesAll('#posts li span', ['<b>Second</b>']);

    await alice.press('Stop');
    await alice.sees('#posts-state', 'You do not watch.');
    await bob.click('[aria-label="Delete <b>Second</b>"]');
    await bob.seesAll('#posts li span', []);
    await alice.press('Watch');
    await alice.sees('#posts-state', 'What others do shows up here.');
    await alice.seesAll('#posts li span', []);
    await alice.close();
    await bob.close();
  });
});

describe('rooms', {timeout}, () => {
  it('lets two people chat', async () => {
    const alice = await tabOf('alice');
    await alice.join('chat');
    await alice.seesAll('#members li', ['alice']);
    const bob = await tabOf('bob');
    await bob.join('chat');
    for (const tab of [alice, bob])
      await tab.seesAll('#members li', ['alice', 'bob']);
    const said = ['alice hi', 'bob hello', 'alice <img src=x onerror=alert(1)>',
                  'alice \u{1F44B}', 'bob hi'];
    for (const [before, line] of said.entries()) {
      const [, user, text] = /^(\w+) (.*)$/.exec(line);
      await {alice, bob}[user].say(text);
      // Each once, in the order in which they were said.
      for (const tab of [alice, bob])
        await tab.seesAll('#messages li', said.slice(0, before + 1));
    }

    await bob.press('Leave');
    await bob.seesAll('#members li', []);
    await alice.seesAll('#members li', ['alice']);
    await alice.say('anybody?');
    await alice.seesAll('#messages li', [...said, 'alice anybody?']);
    // Whatever was pushed to bob came before this.
    await bob.press('ping');
    await bob.seesEntry('200', '"pong":true');
    await bob.seesAll('#messages li', said);

    await alice.close();
    await bob.close();
  });

  it('moves from room to room', async () => {
    const alice = await tabOf('alice');
    const bob = await tabOf('bob');
    await alice.join('one');
    await bob.join('two');
    await bob.say('for two');
    await bob.seesAll('#messages li', ['bob for two']);
    await alice.join('two');
    await alice.seesAll('#members li', ['alice', 'bob']);
    await bob.say('welcome');
    // The room gives the last messages to whoever joins.
    await alice.seesAll('#messages li', ['bob for two', 'bob welcome']);
    await alice.close();
    await bob.seesAll('#members li', ['bob']);
    await bob.close();
  });

  it('lets nobody in', async () => {
    const tab = await tabOf('nobody');
    await tab.name('chat');
    await tab.seesGrey('#room', ['Join']);
    await tab.ungrey('#join');
    await tab.press('Join');
    await tab.sees(
      '#room-state', '403: You do not have permission to perform this action.');
    await tab.close();
  });
});

describe('what the user may not do', {timeout}, () => {
  const deniedToNobody = ['for users only', 'write one', 'publish no. 1',
                          'write a post'];

  it('is greyed out, and usable for a user who may', async () => {
    const tab = await tabOf('nobody');
    await tab.seesGrey('#examples', deniedToNobody);
    await tab.seesGrey('#room', ['Join']);
    await tab.seesGrey('#posts-part', ['Write']);
    assert.strictEqual(await tab.run(() => document.getElementById('join').title),
                       'The server would refuse this.');
    // Nothing of this is sent, by whichever way.
    await tab.press('for users only');
    await tab.press('Join');
    await tab.name('chat');
    await tab.seesGrey('#room', ['Join']);
    await tab.click('#room-name');
    await tab.enter();
    await tab.press('ping');
    await tab.seesEntry('200', '"pong":true');
    for (const text of await tab.all('#envelopes .sent'))
      assert.match(text, /"action":"(ping|check)"/);

    await tab.press('Disconnect');
    await tab.seesGrey('main', []);
    await tab.connect('carol');
    await tab.seesGrey('#examples', ['publish no. 1']);
    await tab.seesGrey('main', ['publish no. 1']);
    await tab.press('for users only');
    await tab.seesEntry('200', '"model_id":"42"');
    await tab.press('Join');
    await tab.sees('#room-state', 'You are in chat.');
    await tab.close();
  });

  it('is another thing for each post', async () => {
    const alice = await tabOf('alice');
    const bob = await tabOf('bob');
    for (const tab of [alice, bob])
      await tab.press('Watch');
    const titles = ['of alice', 'of bob'];
    for (const [place, tab] of [alice, bob].entries()) {
      await tab.type('#post-title', titles[place]);
      await tab.press('Write');
      for (const each of [alice, bob])
        await each.seesAll('#posts li span', titles.slice(0, place + 1).reverse());
    }
    await alice.seesGrey('#posts', ['Edit of bob', 'Delete of bob',
                                    'Delete of alice']);
    await bob.press('ping');
    await bob.seesEntry('200', '"pong":true');
    await bob.seesGrey('#posts', []);
    for (const [place, title] of titles.entries()) {
      await bob.click(`[aria-label="Delete ${title}"]`);
      await bob.seesAll('#posts li span', titles.slice(place + 1));
    }
    await alice.close();
    await bob.close();
  });

  it('is watched for the newest 20 posts', async () => {
    const tab = await tabOf('nobody');
    // More than the server watches.
    const titles = await tab.run(async (count) => {
      const {connect} = await import('/stagedoor.js');
      const bob = connect('/ws/', {token: () => 'bob-token'});
      const posts = [];
      for (let i = 0; i < count; ++i) {
        const data = {title: `no. ${i}`, slug: `no-${i}`, published: true};
        posts.push((await bob.request('create', {data}, {route: 'posts/'})).data);
      }
      window.removeLast = async (some) => {
        // The newest first, so that one post after the other is watched.
        for (const {id} of posts.splice(-some).reverse())
          await bob.request('destroy', {}, {route: `posts/${id}/`});
      };
      return posts.map(({title}) => title).reverse();
    }, 40);
    const buttons = (some) =>
      some.flatMap((title) => [`Edit ${title}`, `Delete ${title}`]);
    await tab.press('Watch');
    await tab.seesAll('#posts li span', titles);
    await tab.seesGrey('#posts', buttons(titles.slice(0, 20)));
    await tab.run(() => window.removeLast(5));
    await tab.seesGrey('#posts', buttons(titles.slice(5, 25)));
    await tab.run(() => window.removeLast(35));
    await tab.seesAll('#posts li span', []);
    await tab.close();
  });

  it('is not what the server cannot tell', async () => {
    const tab = await tabOf();
    const seen = await tab.run(async () => {
      const {Gates} = await import('/gates.js');
      let tell;
      const gates = new Gates();
      gates.connected({watchCan: (questions, onChange) => {
        tell = onChange;
        return () => {};
      }});
      const button = document.createElement('button');
      gates.set(button, 'ping', '');
      const isGrey = () => button.hasAttribute('aria-disabled');
      return [isGrey(), ...[null, false, true, false, null].map((allowed) => {
        tell({allowed});
        return isGrey();
      })];
    });
    assert.deepStrictEqual(seen, [false, false, true, false, true, false]);
    await tab.close();
  });

  it('is not known without a connection', async () => {
    const first = await Server.start(NEWSROOM);
    const tab = await tabOf('nobody', first);
    await tab.seesGrey('#examples', deniedToNobody);
    first.kill();
    await tab.seesGrey('main', []);
    await first.ended;
    await Server.start(NEWSROOM, first.port);
    await tab.seesGrey('#examples', deniedToNobody);
    await tab.close(/net::ERR_CONNECTION_REFUSED/);
  });

  it('follows what the server drops from its caches', async () => {
    const operators = await freePort();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'operators-'));
    const secret = 'a-token-of-operators-that-is-long-enough';
    fs.writeFileSync(path.join(folder, 'token'), secret);
    const own = await Server.start(
      NEWSROOM, 0, `--admin-port=${operators}`,
      `--admin-token-file=${path.join(folder, 'token')}`);
    fs.rmSync(folder, {recursive: true});
    const alice = await tabOf('alice', own);
    await alice.press('publish no. 1');
    await alice.seesEntry('200', '"status":"published"');
    const bob = await tabOf('bob', own);
    await bob.type('#action', 'destroy');
    await bob.type('#route', 'articles/1/');
    await bob.press('Send');
    await bob.seesEntry('204', '"destroy"');
    assert.deepStrictEqual(await alice.grey('#examples'), []);
    const {status} = await fetch(
      `http://127.0.0.1:${operators}/cache/invalidate`,
      {method: 'POST', headers: {authorization: `Bearer ${secret}`}});
    assert.strictEqual(status, 200);
    await alice.seesGrey('#examples', ['publish no. 1']);
    await alice.close();
    await bob.close();
  });
});

describe('reconnection', {timeout}, () => {
  const gap = 'Messages may be missing here.';

  it('comes back to its room when the server was restarted', async () => {
    const first = await Server.start(NEWSROOM);
    const alice = await tabOf('alice', first);
    await alice.join('chat');
    const bob = await tabOf('bob', first);
    await bob.join('chat');

    first.drain();
    for (const tab of [alice, bob])
      await tab.seesEntry('the server restarts and will be back; connecting');
    assert.strictEqual(await first.ended, 0);

    await Server.start(NEWSROOM, first.port);
    for (const tab of [alice, bob]) {
      await tab.sees('#room-state', 'You are in chat.');
      await tab.seesAll('#members li', ['alice', 'bob']);
    }
    await alice.say('still here');
    for (const tab of [alice, bob])
      await tab.seesAll('#messages li', [gap, 'alice still here']);

    // Nobody listened for a while.
    await alice.close(/net::ERR_CONNECTION_REFUSED/);
    await bob.close(/net::ERR_CONNECTION_REFUSED/);
  });

  it('gets what was said while its connection was cut', async () => {
    const wire = await Wire.start(server.port);
    const alice = await tabOf('alice', wire);
    const bob = await tabOf('bob');
    await alice.join('wire');
    await bob.join('wire');
    const said = [];
    const say = async (text) => {
      await bob.say(text);
      said.push(`bob ${text}`);
      await bob.seesAll('#messages li', said);
    };
    await say('before');
    await alice.seesAll('#messages li', said);
    for (let round = 1; round <= 3; ++round) {
      wire.cut();
      await alice.sees('#room-state', 'Will be back in wire.');
      await bob.seesAll('#members li', ['bob']);
      await say(`${round}: are you there?`);
      await say(`${round}: well`);
      wire.mend();
      await alice.sees('#room-state', 'You are in wire.');
      await alice.seesAll('#messages li', said);
      await alice.seesAll('#members li', ['alice', 'bob']);
      await say(`${round}: ah`);
      await alice.seesAll('#messages li', said);
    }
    await alice.seesEntry('"recovered":true,"missed":2');
    await alice.close(/WebSocket connection to .* failed/);
    await bob.close();
    wire.end();
  });

  it('says that messages may be missing when the server was killed', async () => {
    const first = await Server.start(NEWSROOM);
    const wire = await Wire.start(first.port);
    const alice = await tabOf('alice', wire);
    const bob = await tabOf('bob', first);
    await alice.join('chat');
    await bob.join('chat');
    await bob.say('before');
    for (const tab of [alice, bob])
      await tab.seesAll('#messages li', ['bob before']);
    wire.cut();
    first.kill();
    await bob.sees('#room-state', 'Will be back in chat.');
    await first.ended;
    await Server.start(NEWSROOM, first.port);
    await bob.sees('#room-state', 'You are in chat.');
    await bob.say('what a night');
    await bob.say('awake?');
    const seen = ['bob before', gap, 'bob what a night', 'bob awake?'];
    await bob.seesAll('#messages li', seen);
    // It has not been there meanwhile, and gets the last messages.
    wire.mend();
    await alice.seesAll('#messages li', seen);
    await alice.say('just now');
    for (const tab of [alice, bob])
      await tab.seesAll('#messages li', [...seen, 'alice just now']);
    await alice.close(/WebSocket connection to .* failed/);
    await bob.close(/net::ERR_CONNECTION_REFUSED/);
    wire.end();
  });

  it('is not back in a room that it has left', async () => {
    const wire = await Wire.start(server.port);
    const alice = await tabOf('alice', wire);
    await alice.join('left');
    await alice.join('other');
    await alice.press('Leave');
    await alice.sees('#room-state', 'You have left other.');
    await alice.press('ping');
    await alice.seesEntry('200', '"pong":true');
    await alice.press('Clear');
    wire.cut();
    await alice.seesEntry('the connection was lost; connecting again');
    wire.mend();
    await alice.sees('#state', 'connected as alice');
    assert.deepStrictEqual((await alice.all('#envelopes .sent')).filter(
      (text) => text.includes('"resume"')), []);
    await alice.close(/WebSocket connection to .* failed/);
    wire.end();
  });
});

describe('stagedoor.js in a browser', {timeout}, () => {
  it('comes back when the server was killed', async () => {
    const first = await Server.start(NEWSROOM);
    const tab = await tabOf(undefined, first);
    await tab.run(async () => {
      const {connect} = await import('/stagedoor.js');
      const joins = [];
      const heard = [];
      const connection = connect('/ws/', {
        token: () => 'alice-token',
        onOpen: async ({request, isReconnect}) => {
          joins.push(isReconnect);
          await request('join', {}, {route: 'rooms/js/'});
        },
      });
      connection.on('room.message', ({data}) => heard.push(data.text));
      await connection.request('ping');
      window.client = {connection, joins, heard,
        asked: connection.request('nap', {ms: 9000}, {route: 'slow/'})
          .catch(({name, sent}) => ({name, sent}))};
      // Behind the nap: the server has read it.
      await connection.request('ping');
    });
    first.kill();
    assert.deepStrictEqual(await tab.run(() => window.client.asked),
                           {name: 'ConnectionLostError', sent: true});
    await first.ended;
    await Server.start(NEWSROOM, first.port);
    const seen = await tab.run(async () => {
      const {connection, joins, heard} = window.client;
      const options = {route: 'rooms/js/', timeout: Infinity};
      const told = new Promise((resolve) =>
        connection.on('room.message', resolve));
      await connection.request('say', {text: 'back'}, options);
      await told;
      connection.close();
      return {joins, heard, state: connection.state};
    });
    assert.deepStrictEqual(
      seen, {joins: [false, true], heard: ['back'], state: 'closed'});
    await tab.close(/net::ERR_CONNECTION_REFUSED/);
  });

  it('sends any token', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'users-'));
    const users = path.join(folder, 'users.json');
    const token = 'a/b= "é"';
    fs.writeFileSync(
      users, JSON.stringify({users: [{id: 5, username: 'eve', token}]}));
    const own = await Server.start(NEWSROOM, 0, `--users=${users}`);
    const tab = await tabOf(undefined, own);
    const name = await tab.run(async (text) => {
      const {connect} = await import('/stagedoor.js');
      const connection = connect('/ws/', {token: () => text});
      const {data} = await connection.request('whoami');
      connection.close();
      return data.username;
    }, token);
    assert.strictEqual(name, 'eve');
    await tab.close();
    fs.rmSync(folder, {recursive: true});
  });
});

describe('the picture in the README', {timeout}, () => {
  it('shows a conversation', async () => {
    const tabs = {};
    for (const user of ['bob', 'carol', 'alice']) {
      tabs[user] = await tabOf(user);
      await tabs[user].join('lobby');
    }
    const {alice} = tabs;
    const said = [
      ['bob', 'Who has the front page tonight?'],
      ['carol', 'The box office piece is ready.'],
      ['alice', 'Then I publish it now.'],
      ['bob', 'Curtain up!'],
    ];
    const seen = [];
    for (const [user, text] of said) {
      await tabs[user].say(text);
      seen.push(`${user} ${text}`);
      await alice.seesAll('#messages li', seen);
    }
    await alice.press('who am I');
    await alice.press('unknown');
    await alice.seesEntry('405', 'nope');
    await alice.press('publish no. 1');
    await alice.seesEntry('200', '"status":"published"');

    const file = path.join(WORK, 'screenshot.png');
    await alice.screenshot(file, 1080);
    assert.ok(fs.statSync(file).size > 10_000);
    for (const tab of Object.values(tabs))
      await tab.close();
  });
});
