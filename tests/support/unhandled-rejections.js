import assert from 'node:assert/strict';
import { after } from 'node:test';
import { turn } from './turn.js';

const unhandled = [];

process.on('unhandledRejection', (reason) => unhandled.push(reason));

/** Fails the importing file if any rejection in it went unhandled, up to the end of its last test. */
after(async () => {
  await turn();
  assert.deepEqual(unhandled, []);
});
