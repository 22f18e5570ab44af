'use strict';
// What dcrf-client does as a page or a program would have it do. It runs in
// Node.js and in a browser; a test calls its functions by name, in their order.

const dcrf = require('dcrf-client').default;

const stream = 'posts';
let client;
let options;
/** What the subscriptions have told. */
const told = [];
/** Waits for something to change. */
let changed = () => {};

/** @param more options of the library, such as a class for WebSockets. */
function connect(url, more = {}) {
  options = {pkField: 'id',
             websocket: {minReconnectionDelay: 50, maxReconnectionDelay: 200,
                         ...more}};
  client = dcrf.connect(url, options);
}

/** The failure with which a promise is rejected, as it says. */
async function failureOf(promise) {
  const {errors, data, action, response_status} =
    await promise.then(() => ({}), (response) => response);
  return {errors, data, action, response_status};
}

/** Runs the six actions, and tells their results. */
async function keepPosts() {
  const created = await client.create(stream, {title: 'One', slug: 'one'});
  const {id} = created;
  const results = {created, id};
  await client.create(stream, {title: 'Two', slug: 'two'});
  results.listed = await client.list(stream);
  results.found = await client.list(stream, {search: 'two'});
  results.retrieved = await client.retrieve(stream, id);
  results.updated =
    await client.update(stream, id, {title: 'Uno', slug: 'uno'});
  results.patched = await client.patch(stream, id, {published: true});
  results.deleted = await client.delete(stream, id);
  results.gone = await failureOf(client.retrieve(stream, id));
  results.invalid = await failureOf(client.create(stream, {title: 'Three'}));
  results.unknown = await failureOf(client.list('nothing'));
  results.nameless = await failureOf(client.request(stream, {}));
  results.notAllowed =
    await failureOf(client.request(stream, {action: 'destroy', pk: 2}));
  return results;
}

/** Makes a post, and tells its key. */
async function create(slug) {
  return (await client.create(stream, {title: 'New', slug})).id;
}

/** Subscribes to a post, and tells the reply. */
function subscribe(id) {
  return client.subscribe(stream, id, (data, action) => {
    told.push({action, data});
    changed();
  });
}

/** Subscribes to nothing, and tells the failure. */
function subscribeToNothing() {
  return failureOf(client.subscribe(stream, 12345, () => {}));
}

async function rename(id, title) {
  return (await client.patch(stream, id, {title})).title;
}

function remove(id) {
  return client.delete(stream, id);
}

/** Waits until the subscriptions have told so much. */
async function hears(count) {
  while (told.length < count)
    await new Promise((resolve) => { changed = resolve; });
  return told;
}

/** Waits until the connection is there, or is gone. */
async function isConnected(wanted) {
  while (client.transport.isConnected() !== wanted)
    await new Promise((resolve) => { setTimeout(resolve, 10); });
}

function close() {
  client.close();
}

module.exports = {connect, keepPosts, create, subscribe, subscribeToNothing,
                  rename, remove, hears, isConnected, close};
