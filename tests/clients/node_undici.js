'use strict';
// The npm package undici, which Node.js has inside too.

const {told, report, toldVersion} = require('./conversation.js');
const {WebSocket} = require('undici');

if (!toldVersion('undici')) {
  const {protocols, headers} = told;
  report(new WebSocket(told.url, {protocols, headers}));
}
