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

/** Writes the head of the stored response as an earlier release did, with five parts. */
function shortenHead(driver) {
  const bytes = Buffer.from(driver.store.get(driver.valueKey));
  const start = 56 + bytes.readUInt32BE(48) + bytes.readUInt32BE(52);
  const end = start + 4 + bytes.readUInt32BE(start);
  const head = JSON.parse(bytes.subarray(start + 4, end));
  const text = JSON.stringify(head.slice(0, 5));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const parts = [bytes.subarray(0, start), length, Buffer.from(text), bytes.subarray(end)];
  driver.store.set(driver.valueKey, Buffer.concat(parts));
}

describe('a response from the second tier', () => {
  it('an empty body is a stream, as in the response that was stored', async (t) => {
    const { one, other, driver, url } = await start(t, (_request, response) => response.end());
    const first = await one(url);
    assert.notEqual(first.body, null);
    await first.text();
    await until(() => driver.valueKey, 'the response is stored');
    const second = await other(url);
    assert.notEqual(second.body, null);
    assert.equal((await second.body.getReader().read()).done, true);
  });

  it('a response without a body has none', async (t) => {
    const { one, other, driver, url } = await start(t, (_request, response) => {
      response.writeHead(204).end();
    });
    assert.equal((await one(url)).body, null);
    await until(() => driver.valueKey, 'the response is stored');
    assert.equal((await other(url)).body, null);
  });

  it('its type is that of the response that was stored', async (t) => {
    const { one, other, driver, url } = await start(t, (_request, response) => response.end('x'));
    const first = await one(url);
    await first.text();
    await until(() => driver.valueKey, 'the response is stored');
    assert.equal(first.type, 'basic');
    assert.equal((await other(url)).type, 'basic');
  });

  it('a response that an earlier release has stored is read', async (t) => {
    let requests = 0;
    const { one, other, driver, url } = await start(t, (_request, response) => {
      requests++;
      response.end('body');
    });
    await (await one(url)).text();
    await until(() => driver.valueKey, 'the response is stored');
    shortenHead(driver);
    const second = await other(url);
    assert.equal(second.status, 200);
    assert.equal(second.type, 'default');
    assert.equal(await second.text(), 'body');
    assert.equal(requests, 1);
  });
});
