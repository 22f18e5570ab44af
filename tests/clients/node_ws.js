'use strict';
// The npm package ws.

const {told, report, toldVersion} = require('./conversation.js');
const WebSocket = require('ws');

if (!toldVersion('ws'))
  report(new WebSocket(told.url, told.protocols, {headers: told.headers}));
