import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { resilient } from 'holdfast';
import { redisTier } from 'holdfast/redis';
import { deferred } from '../support/deferred.js';
import { until } from '../support/until.js';

/** A client of the shape of node-redis. @param answer to a command, and to the `connect` of each connection */
function clientOf(answer) {
  const connections = [];
  const duplicate = () => {
    const index = connections.length;
    const own = Object.assign(new EventEmitter(), {
      isReady: false,
      isDestroyed: false,
      isUnref: false,
      commands: [],
      duplicate,
      connect: async () => answer(['connect'], index),
      sendCommand: async (args) => {
        own.commands.push(args);
        return args[0] === 'TIME' ? ['1000', '0'] : answer(args, index);
      },
      unref() {
        own.isUnref = true;
      },
      destroy() {
        if (own.isDestroyed) return;
        own.isDestroyed = true;
        own.emit('end');
      },
    });
    connections.push(own);
    return own;
  };
  return { isReady: true, duplicate, sendCommand() {}, destroy() {}, connections };
}

test('a connection whose opening is given up is closed, and does not replace a later one', async () => {
  const gate = deferred();
  const client = clientOf(([command], index) =>
    command === 'connect' && index === 0 ? gate.promise : '',
  );
  const breaker = { recoveryTimeout: 0.001, maxRecoveryTimeout: 0.001 };
  const tier = redisTier({ client, timeout: 0.02, breaker });
  const fn = resilient(async () => 'run', { name: 'fn', cache: { tier } });
  assert.equal(await fn('x'), 'run');
  await until(() => client.connections.length > 0, 'a connection');
  const [first] = client.connections;
  assert.equal(first.isUnref, true);
  await until(() => first.isDestroyed, 'the opening is given up');
  await until(() => tier.health().state === 'ready', 'a connection');
  const { length } = client.connections;
  first.isDestroyed = false;
  gate.resolve();
  await until(() => first.isDestroyed, 'an end');
  assert.equal(tier.health().state, 'ready');
  await fn.invalidate('x').catch(() => {});
  assert.equal(
    first.commands.some(([name]) => name.startsWith('EVAL')),
    false,
  );
  assert.equal(client.connections.length, length);
  await tier[Symbol.asyncDispose]();
  for (const { isDestroyed } of client.connections) assert.equal(isDestroyed, true);
});

test('where the server refuses tracking, the tier goes on without it', async () => {
  const client = clientOf(([command, name]) => {
    if (command === 'CLIENT' && name === 'TRACKING') {
      throw new Error("NOPERM User x has no permissions to run the 'client|tracking' command");
    }
    return '';
  });
  const tier = redisTier({ client });
  const lost = [];
  for (const type of ['tier_lost', 'tier_error'])
    tier.addEventListener(type, () => lost.push(type));
  resilient(async () => 'run', { name: 'fn', cache: { tier } });
  await until(() => tier.health().state !== 'opening', 'a state');
  assert.deepEqual(tier.health(), { state: 'ready', coherent: false, lag: tier.health().lag });
  assert.deepEqual(lost, []);
  assert.equal(client.connections.length, 2);
  await tier[Symbol.asyncDispose]();
});
