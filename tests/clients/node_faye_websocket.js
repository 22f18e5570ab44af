'use strict';
// The npm package faye-websocket, on websocket-driver.

const {told, report, toldVersion} = require('./conversation.js');
const {Client} = require('faye-websocket');

if (!toldVersion('faye-websocket'))
  report(new Client(told.url, told.protocols, {headers: told.headers}));
