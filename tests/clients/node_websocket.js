'use strict';
// The npm package websocket.

const {told, report, toldVersion} = require('./conversation.js');
const {w3cwebsocket} = require('websocket');

if (!toldVersion('websocket'))
  report(new w3cwebsocket(told.url, told.protocols, undefined, told.headers));
