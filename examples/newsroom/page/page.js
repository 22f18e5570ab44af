// What a person does on the page, and the log of what goes over the wire.

import {Gates} from './gates.js';
import {Posts} from './posts.js';
import {Room, answerOf} from './room.js';
import {connect} from './stagedoor.js';

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
  // Never greyed out: it shows what the server says to a mistake.
  {label: 'unknown', action: 'nope', isMistake: true},
];

// -- the log ------------------------------------------------------------------

/** @param kind `sent`, `received` or `note`, and `event` or `check` behind it. */
function log(kind, text, status) {
  const item = document.createElement('li');
  item.className = kind;
  const time = document.createElement('time');
  time.textContent = new Date().toTimeString().slice(0, 8);
  const badge = document.createElement('b');
  badge.textContent = status ?? kind.split(' ')[0];
  if (status)
    badge.className = `status-${String(status)[0]}`;
  const code = document.createElement('code');
  code.textContent = text;
  // The page asks much at once, and its list is cut off.
  if (item.classList.contains('check'))
    code.title = text;
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

/** Of the user who is chosen; null for none. */
let connection = null;
/** Whether it has ever been open. */
let wasOpen = false;
const gates = new Gates();
const room = new Room(gates);
const posts = new Posts(gates);

/** Ends the connection without hearing of it. */
function leave() {
  const ended = connection;
  connection = null;
  ended?.close();
}

function open(token) {
  leave();
  wasOpen = false;
  const own = connect('/ws/', {
    token: () => token,
    // Whoever tries out what the server refuses may send it.
    messageBytesMax: Infinity,
    onState: (state) => {
      if (own === connection)
        follow(state);
    },
    onOpen: ({request, resumed}) => room.rejoin(request, resumed),
    onFrame: (kind, text) => {
      const message = JSON.parse(text);
      const {type, status} = kind === 'sent' ? {} : message;
      const isCheck = message.route === '$can/';
      log(`${kind}${type === undefined ? '' : ' event'}`
          + `${isCheck ? ' check' : ''}`, text, status);
    },
  });
  connection = own;
  room.follow(own);
  posts.follow(own);
}

function follow({state, why, delayMs, code}) {
  if (state === 'waiting' && (!wasOpen || code === 4401)) {
    // A browser does not tell why a server refused: by status, or by not being
    // there. What has never worked is left to the user, and so are credentials.
    leave();
    showState('credentials', wasOpen ? `${why}; give new ones`
      : 'no connection: the server is away, or refuses these credentials');
  } else if (state === 'waiting') {
    const seconds = (delayMs / 1000).toFixed(1);
    showState(state, `${why}; connecting again in ${seconds} s`);
  } else {
    wasOpen ||= state === 'open';
    showState(state, why);
  }
}

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
    gates.connected(connection);
    room.connected();
    posts.connected();
  } else if (name !== 'connecting') {
    gates.disconnected();
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
  open(chosenToken());
});
element('disconnect').addEventListener('click', () => {
  leave();
  showState('closed', 'not connected');
});

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
  // The arguments must not name another action.
  const {action: _, route: __, request_id: requestId, ...args} =
    chosenArguments();
  answerOf(connection.request(action, args, {route, requestId}));
}

element('arguments').addEventListener('input', ({target}) => {
  target.setCustomValidity(
    chosenArguments() === undefined ? 'This is not a JSON object.' : '');
});
element('action-form').addEventListener('submit', (event) => {
  event.preventDefault();
  sendForm();
});

for (const {label, action, route = '', more, isMistake} of examples) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = label;
  button.addEventListener('click', () => {
    element('action').value = action;
    element('route').value = route;
    element('arguments').value = more ? JSON.stringify(more) : '';
    element('arguments').setCustomValidity('');
    sendForm();
  });
  if (!isMistake)
    gates.set(button, action, route);
  element('examples').append(button);
}

showState('closed', 'not connected');
