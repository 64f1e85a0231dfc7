import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startChromium } from '../support/chromium.js';
import { startHttpServer } from '../support/http-server.js';

const FILES = {
  '/fetch/': new URL('./fetch/', import.meta.url),
  '/holdfast/': new URL('.', import.meta.resolve('holdfast')),
};

it('a relative URL given to a wrapped fetch means in a page what it means to fetch', async (t) => {
  const server = await startHttpServer({ files: FILES });
  t.after(() => server.close());
  const { page, close } = await startChromium();
  t.after(close);
  const reported = new Promise((resolve, reject) => {
    page.on('pageerror', reject);
    page.exposeFunction('reportPaths', (...report) => resolve(report)).catch(reject);
  });
  await page.goto(`${server.base}/fetch/base.html`);
  const [paths, hits] = await reported;
  assert.deepEqual(paths, ['/app/users', '/users', '/app/users', '/app/users', '/other/users']);
  assert.equal(hits, 2);
});
