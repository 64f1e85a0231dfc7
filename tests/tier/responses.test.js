import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import { resilient } from 'holdfast';
import { tier } from 'holdfast/tier';
import { memoryDriver } from '../support/memory-driver.js';
import { driverOver } from '../support/memory-tier.js';
import { until } from '../support/until.js';

/** Two wrapped `fetch`, as if in two processes, which share a store; and a server with this handler. */
async function start(t, handler) {
  const server = createServer(handler).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const driver = memoryDriver();
  const [one, other] = [driver, driverOver(driver)].map((own) =>
    resilient(fetch, {
      name: 'get',
      http: true,
      cache: { tier: tier({ driver: own, timeout: 10 }) },
    }),
  );
  return { one, other, driver, url: `http://127.0.0.1:${server.address().port}/` };
}

describe('a response from the second tier', () => {
  it('a response with an empty body has a body stream after the second tier, too', async (t) => {
    const { one, other, driver, url } = await start(t, (_request, response) => response.end());
    const first = await one(url);
    assert.notEqual(first.body, null);
    await first.text();
    await until(() => driver.valueKey, 'the response is stored');
    const second = await other(url);
    assert.notEqual(second.body, null);
    assert.equal((await second.body.getReader().read()).done, true);
  });

  it('a response without a body has none after the second tier, too', async (t) => {
    const { one, other, driver, url } = await start(t, (_request, response) => {
      response.writeHead(204).end();
    });
    assert.equal((await one(url)).body, null);
    await until(() => driver.valueKey, 'the response is stored');
    assert.equal((await other(url)).body, null);
  });

  it('a response from the second tier has the type of the stored one', async (t) => {
    const { one, other, driver, url } = await start(t, (_request, response) => response.end('x'));
    const first = await one(url);
    await first.text();
    await until(() => driver.valueKey, 'the response is stored');
    assert.equal(first.type, 'basic');
    assert.equal((await other(url)).type, 'basic');
  });
});
