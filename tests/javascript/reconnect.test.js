'use strict';
// Whether and when a connection comes back, as protocol/README.md says under
// "Close codes".

const assert = require('assert');
const path = require('path');
const {before, describe, it} = require('node:test');

let rules;

before(async () => {
  rules = await import(
    path.join(path.dirname(process.env.STAGEDOOR_JS), 'reconnect.js'));
});

describe('the rules of reconnection', () => {
  it('follow the table of close codes', () => {
    const next = {};
    for (const code of [1000, 1002, 1006, 1007, 1008, 1009, 1011, 1012, 1013,
                        4012, 4013, 4401, 4403, 4408])
      next[code] = rules.afterClose({code, reason: ''}, 0).next;
    assert.deepStrictEqual(next, {
      1000: 'stay', 1002: 'stay', 1006: 'reconnect', 1007: 'stay',
      1008: 'stay', 1009: 'stay', 1011: 'reconnect', 1012: 'reconnect',
      1013: 'reconnect', 4012: 'reconnect', 4013: 'reconnect',
      4401: 'credentials', 4403: 'stay', 4408: 'reconnect',
    });
  });

  it('wait with full jitter, from a base to a cap', () => {
    const delays = [[0, 0], [0, 1], [1, 1], [1, 0.5], [3, 1], [5, 1], [6, 1],
                    [2000, 1]]
      .map(([attempt, random]) => rules.backOffMs(attempt, () => random));
    assert.deepStrictEqual(
      delays, [0, 500, 1000, 500, 4000, 16000, 30000, 30000]);
  });

  it('take the delay of a server that drains, and of no other', () => {
    const delay = (code, reason) =>
      rules.afterClose({code, reason}, 1, () => 1).delayMs;
    for (const code of [1012, 4012]) {
      assert.strictEqual(delay(code, '{"reconnect_after_ms":1234}'), 1234);
      assert.strictEqual(delay(code, '{"reconnect_after_ms":0}'), 0);
      for (const reason of ['{"reconnect_after_ms":"1"}', 'null', '{', '',
                            '{"reconnect_after_ms":-1}', '[]',
                            '{"reconnect_after_ms":1e999}'])
        assert.strictEqual(delay(code, reason), 1000, reason);
    }
    assert.strictEqual(delay(4013, '{"reconnect_after_ms":1234}'), 1000);
  });
});
