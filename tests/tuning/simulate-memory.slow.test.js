import assert from 'node:assert/strict';
import { it } from 'node:test';
import { simulate } from 'holdfast/tuning';
import { plainTrace, skewedKeys } from '../support/traces.js';

it('a simulation without memory rejects, and the next one succeeds', async () => {
  const trace = plainTrace(skewedKeys(20_000, 1_000));
  const sizes = Array.from({ length: 64 }, (_, index) => 8_388_608 - index);
  const options = { policies: ['w-tinylfu'], sizes };
  await assert.rejects(simulate(trace, options), { message: /failed, maybe for lack of memory/ });
  assert.equal((await simulate(trace, { policies: ['lru'], sizes: [100] })).requests, 20_000);
});
