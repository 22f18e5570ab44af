// What a person does on the page, and the log of what goes over the wire.

import {Connection} from './connection.js';
import {Posts} from './posts.js';
import {Room} from './room.js';

const element = (id) => document.getElementById(id);

/** Entries of the log that are kept. */
const entriesMax = 200;

const examples = [
  {label: 'ping', action: 'ping'},
  {label: 'who am I', action: 'whoami'},
  {label: 'for users only', action: 'your_custom_action',
   route: 'test_child_route/42/'},
  {label: 'count', action: 'increment', route: 'counter/'},
  {label: 'list articles', action: 'list', route: 'articles/'},
  {label: 'write one', action: 'create', route: 'articles/',
   more: {data: {title: 'Encore', body: 'They would not go home.'}}},
  {label: 'publish no. 1', action: 'publish', route: 'articles/1/'},
  {label: 'list posts', action: 'list', route: 'posts/'},
  {label: 'write a post', action: 'create', route: 'posts/',
   more: {data: {title: 'Encore', slug: 'encore'}}},
  {label: 'nap', action: 'nap', route: 'slow/', more: {ms: 1500}},
  {label: 'unknown', action: 'nope'},
];

// -- the log ------------------------------------------------------------------

/** @param kind `sent`, `received` or `note`. */
function log(kind, text, status) {
  const item = document.createElement('li');
  item.className = kind;
  const time = document.createElement('time');
  time.textContent = new Date().toTimeString().slice(0, 8);
  const badge = document.createElement('b');
  badge.textContent = status ?? kind;
  if (status)
    badge.className = `status-${String(status)[0]}`;
  const code = document.createElement('code');
  code.textContent = text;
  item.append(time, badge, code);
  const list = element('envelopes');
  list.prepend(item);
  while (list.childElementCount > entriesMax)
    list.lastElementChild.remove();
}

element('clear').addEventListener('click', () => {
  element('envelopes').replaceChildren();
});

// -- the connection -----------------------------------------------------------

const url = new URL('/ws/', location.href);
url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';

const connection = new Connection(url, {
  state: showState,
  sent: (text) => log('sent', text),
  received: (text, {type, status}) => {
    log(type === undefined ? 'received' : 'received event', text, status);
  },
  event: (event) => {
    room.take(event);
    posts.take(event);
  },
});
const room = new Room(connection);
const posts = new Posts(connection);

function showState(name, text) {
  const state = element('state');
  state.dataset.state = name;
  state.textContent = name === 'open' ? `${text} as ${chosenUser()}` : text;
  log('note', text);
  const isIdle = name === 'closed' || name === 'credentials';
  element('users').disabled = !isIdle;
  element('token').disabled = !isIdle;
  element('connect').disabled = name === 'open' || name === 'connecting';
  element('disconnect').disabled = isIdle;
  for (const button of document.querySelectorAll('#examples button, #send'))
    button.disabled = name !== 'open';
  if (name === 'open') {
    room.connected();
    posts.connected();
  } else if (name !== 'connecting') {
    room.disconnected(name === 'closed');
    posts.disconnected();
  }
}

// -- who ----------------------------------------------------------------------

function chosenUser() {
  const {value} = document.querySelector('input[name=user]:checked');
  return value === 'token' ? 'the bearer of a token' : value;
}

/** The users of the example have tokens that everyone can guess. */
function chosenToken() {
  const {value} = document.querySelector('input[name=user]:checked');
  if (value === 'token')
    return element('token').value.trim();
  return value === 'nobody' ? '' : `${value}-token`;
}

element('users').addEventListener('change', ({target}) => {
  element('token-row').hidden = target.value !== 'token';
});
element('connect-form').addEventListener('submit', (event) => {
  event.preventDefault();
  connection.open(chosenToken());
});
element('disconnect').addEventListener('click', () => connection.close());

// -- actions ------------------------------------------------------------------

/** The JSON object in the form; undefined if there is something else. */
function chosenArguments() {
  const text = element('arguments').value.trim();
  if (text === '')
    return {};
  try {
    const value = JSON.parse(text);
    return Object.prototype.toString.call(value) === '[object Object]'
      ? value : undefined;
  } catch {
    return undefined;
  }
}

function sendForm() {
  const action = element('action').value;
  const route = element('route').value;
  const control = route === '' ? {action} : {action, route};
  // Once more behind the arguments, which must not name another action.
  connection.send({...control, ...chosenArguments(), ...control});
}

element('arguments').addEventListener('input', ({target}) => {
  target.setCustomValidity(
    chosenArguments() === undefined ? 'This is not a JSON object.' : '');
});
element('action-form').addEventListener('submit', (event) => {
  event.preventDefault();
  sendForm();
});

for (const {label, action, route, more} of examples) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = label;
  button.addEventListener('click', () => {
    element('action').value = action;
    element('route').value = route ?? '';
    element('arguments').value = more ? JSON.stringify(more) : '';
    element('arguments').setCustomValidity('');
    sendForm();
  });
  element('examples').append(button);
}

showState('closed', 'not connected');
