'use strict';
// The yardstick's work as a user of Node's `ws` writes it: parse the message,
// match its route, ask a permission, run the action, send the envelope.

const {WebSocketServer} = require('ws');

// -- routes, permissions and actions ------------------------------------------

const allowAny = {
  hasPermission: (scope, action, message) => true,
};

const yourCustomAction = (captures) => ({
  message: 'your_custom_action will be handled',
  model_id: captures.pk,
});

const routes = [{
  pattern: /^open\/(?<pk>[-\w]+)\/$/,
  permissions: [allowAny],
  actions: new Map([['your_custom_action', yourCustomAction]]),
}];

// -- one message --------------------------------------------------------------

class Refusal extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

const parse = (text) => {
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'JSON parse error.');
  }
  if (typeof message !== 'object' || message === null)
    throw new Refusal(400, 'Expected a JSON object.');
  return message;
};

const perform = (scope, message) => {
  const {action, route: path = ''} = message;
  for (const route of routes) {
    const match = route.pattern.exec(path);
    if (!match) continue;
    for (const permission of route.permissions)
      if (!permission.hasPermission(scope, action, message))
        throw new Refusal(403, 'Permission denied');
    const run = route.actions.get(action);
    if (!run)
      throw new Refusal(405, `Action "${action}" not allowed in message body.`);
    return run(match.groups);
  }
  throw new Refusal(404, 'Not found.');
};

const envelopeFor = (scope, text) => {
  let message = {};
  let errors = [];
  let data = null;
  let status = 200;
  try {
    message = parse(text);
    data = perform(scope, message);
  } catch (error) {
    errors = [error.message];
    status = error.status ?? 500;
  }
  const {action = null, route = ''} = message;
  return JSON.stringify({errors, data, action, route, status});
};

// -- the server ---------------------------------------------------------------

const portOf = (args) => {
  const at = args.indexOf('--port');
  const port = at < 0 ? 0 : Number(args[at + 1]);
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    console.error('usage: server.js [--port N]');
    process.exit(2);
  }
  return port;
};

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: portOf(process.argv.slice(2)),
  path: '/ws/',
  backlog: 4096,
  maxPayload: 64 * 1024,
});

server.on('connection', (socket, request) => {
  const scope = {path: request.url, user: null};
  socket.on('message', (bytes) => socket.send(envelopeFor(scope, bytes)));
  socket.on('error', () => socket.terminate());
});
server.on('listening', () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
server.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
process.on('SIGTERM', () => process.exit(0));
