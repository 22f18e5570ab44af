'use strict';
// The npm package dcrf-client, as it is published, against the example. run.sh
// tells where things are, and whether the client runs in Node.js or a browser.

const assert = require('assert');
const path = require('path');
const {after, before, describe, it} = require('node:test');
const {Server} = require('../browser/server.js');
const {bundle} = require('./bundle.js');

const {CHROMIUM, NEWSROOM, NODE_PATH} = process.env;
const timeout = 60_000;
const conversation = path.join(__dirname, 'conversation.js');

let server;
let browser;
/** Calls a function of the conversation, and gives its result. */
let run;

async function openPage() {
  const puppeteer = require('puppeteer-core');
  // Over a pipe: it ends with this process, whatever happens to that.
  browser = await puppeteer.launch({executablePath: CHROMIUM, pipe: true,
                                    args: ['--headless=new', '--no-sandbox']});
  const page = await browser.newPage();
  page.setDefaultTimeout(timeout);
  page.on('pageerror', (error) => { throw error; });
  await page.goto(server.url);
  await page.evaluate(`window.conversation = ${bundle(conversation)}; 0`);
  return (name, ...args) => page.evaluate(
    (what, list) => window.conversation[what](...list), name, args);
}

function callHere() {
  const functions = require(conversation);
  const WebSocket = require('ws');
  return (name, ...args) => name === 'connect'
    ? functions.connect(...args, {WebSocket})
    : functions[name](...args);
}

before(async () => {
  const {version} = require(path.join(NODE_PATH, 'dcrf-client/package.json'));
  assert.strictEqual(version, '0.3.0');
  server = await Server.start(NEWSROOM);
  run = CHROMIUM === undefined ? callHere() : await openPage();
  const {port} = server;
  await run('connect', `ws://127.0.0.1:${port}/dcrf/?token=bob-token`);
}, {timeout});

after(async () => {
  await run?.('close');
  await browser?.close();
  await Server.stopAll();
}, {timeout});

/** The title, slug and truth of a post. */
const brief = ({id, title, slug, published}) => ({id, title, slug, published});

const failure = (action, status, ...errors) =>
  ({errors, data: null, action, response_status: status});

describe('dcrf-client', {timeout}, () => {
  it('lists, creates, retrieves, updates, patches and deletes', async () => {
    const {id, ...results} = await run('keepPosts');
    const one = {id, title: 'One', slug: 'one', published: false};
    assert.deepStrictEqual(brief(results.created), one);
    assert.deepStrictEqual(results.listed.results.map(({slug}) => slug).sort(),
                           ['one', 'two']);
    assert.deepStrictEqual(results.found.results.map(({slug}) => slug),
                           ['two']);
    assert.deepStrictEqual(brief(results.retrieved), one);
    const uno = {...one, title: 'Uno', slug: 'uno'};
    assert.deepStrictEqual(brief(results.updated), uno);
    assert.deepStrictEqual(brief(results.patched), {...uno, published: true});
    assert.strictEqual(results.deleted, null);
    assert.deepStrictEqual(results.gone,
                           failure('retrieve', 404, 'Not found'));
    assert.deepStrictEqual(
      results.invalid,
      failure('create', 400, {slug: ['This field is required.']}));
    assert.deepStrictEqual(
      results.unknown,
      failure('list', 404, 'Unable to find route in message body.'));
    assert.deepStrictEqual(
      results.nameless,
      failure(null, 404, 'Unable to find action in message body.'));
    assert.deepStrictEqual(
      results.notAllowed,
      failure('destroy', 405, 'Method "destroy" not allowed.'));
  });

  it('subscribes, also across a restart of the server', async () => {
    assert.deepStrictEqual(await run('subscribeToNothing'),
                           failure('subscribe_instance', 404, 'Not found'));
    const one = await run('create', 'seen');
    const two = await run('create', 'seen-too');
    assert.strictEqual(await run('subscribe', one), null);
    assert.strictEqual(await run('rename', one, 'Before'), 'Before');
    await run('hears', 1);

    const {port} = server;
    server.drain();
    assert.strictEqual(await server.ended, 0);
    await run('isConnected', false);
    // The client will send this one twice.
    const later = run('subscribe', two);
    server = await Server.start(NEWSROOM, port);
    await run('isConnected', true);

    assert.strictEqual(await later, null);
    assert.strictEqual(await run('rename', one, 'After'), 'After');
    assert.strictEqual(await run('rename', two, 'Other'), 'Other');
    assert.strictEqual(await run('remove', one), null);
    assert.strictEqual(await run('rename', two, 'Last'), 'Last');
    const told = await run('hears', 5);
    assert.deepStrictEqual(
      told.map(({action, data}) => [action, data.id, data.title]),
      [['update', one, 'Before'], ['update', one, 'After'],
       ['update', two, 'Other'], ['delete', one, undefined],
       ['update', two, 'Last']]);
  });
});
