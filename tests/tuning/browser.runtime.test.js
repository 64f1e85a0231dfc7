// The example page, and the page that toHtml writes, in Chromium.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { simulate, toHtml } from 'holdfast/tuning';
import { startChromium } from '../support/chromium.js';
import { csvTrace, gzipped, lruHits, plainTrace, skewedKeys } from '../support/traces.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/cache-size-browser', import.meta.url));
const PACKAGE = dirname(dirname(fileURLToPath(import.meta.resolve('holdfast'))));
const keys = skewedKeys(20_000, 1_000);
let folder;
let chromium;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-page-'));
  cpSync(EXAMPLE, join(folder, 'example'), { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(PACKAGE, join(folder, 'node_modules', 'holdfast'));
  chromium = await startChromium();
});

after(async () => {
  await chromium?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The boxes of all elements with text that reach beyond the image. */
function textsOutside() {
  const image = document.querySelector('svg').getBoundingClientRect();
  return [...document.querySelectorAll('svg text')]
    .filter((text) => {
      const box = text.getBoundingClientRect();
      return (
        box.left < image.left ||
        box.right > image.right ||
        box.top < image.top ||
        box.bottom > image.bottom
      );
    })
    .map((text) => text.textContent);
}

describe('the report as a page', () => {
  it('the page shows chart and tables without any request to the network', async () => {
    const report = await simulate(csvTrace(keys), { key: 'url', time: 'at', size: 'bytes' });
    const file = join(folder, 'report.html');
    writeFileSync(file, toHtml(report, { title: 'My trace' }));
    const { page } = chromium;
    const requests = [];
    const errors = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(pathToFileURL(file).href);
    assert.deepEqual([requests, errors], [[pathToFileURL(file).href], []]);
    assert.equal(await page.title(), 'My trace');
    const seen = await page.evaluate(() => ({
      curves: document.querySelectorAll('svg polyline').length,
      width: document.querySelector('svg').getBoundingClientRect().width,
      rows: [...document.querySelectorAll('table')].map((table) => table.rows.length),
      size: JSON.parse(document.getElementById('report').textContent).smallest.size,
    }));
    const { sizes, policies, ttl, smallest } = report;
    assert.deepEqual(seen.rows, [sizes.length + 1, ttl.rows.length + 1]);
    assert.deepEqual([seen.curves, seen.size], [policies.length, smallest.size]);
    assert.ok(seen.width > 500, `${seen.width}`);
    assert.deepEqual(await page.evaluate(textsOutside), []);
  });
});

describe('the example page', () => {
  let server;
  let url;

  before(async () => {
    server = spawn(process.execPath, ['server.js'], { cwd: join(folder, 'example') });
    [url] = await once(createInterface({ input: server.stdout }), 'line');
  });

  after(() => server?.kill());

  /** Drops a file on the page, and returns the status once it matches. */
  async function dropped(name, bytes, pattern) {
    const { page } = chromium;
    const base64 = Buffer.from(bytes).toString('base64');
    await page.evaluate(
      (name, base64) => {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], name));
        document.getElementById('drop').dispatchEvent(new DragEvent('drop', { dataTransfer }));
      },
      name,
      base64,
    );
    const matches = (source) =>
      new RegExp(source).test(document.getElementById('status').textContent);
    await page.waitForFunction(matches, { timeout: 60_000 }, pattern.source);
    return page.$eval('#status', (status) => status.textContent);
  }

  it('a trace that is dropped is simulated in the page, and its report shown', async () => {
    const { page } = chromium;
    await page.goto(url);
    const status = await dropped('keys.txt.gz', gzipped(plainTrace(keys)), /enough/);
    const [, size] = /^20000 requests: (\d+) entries are enough$/.exec(status);
    const html = await page.$eval('#report', (frame) => frame.srcdoc);
    const [, data] = /id="report">(.*)<\/script>/.exec(html);
    const { smallest } = JSON.parse(data);
    assert.deepEqual(smallest, {
      size: Number(size),
      hitRatio: lruHits(keys, Number(size)) / 20_000,
    });
    assert.match(html, /<h1>keys\.txt\.gz<\/h1>/);
  });

  it('a trace with columns says which there are, and is read by the one that is named', async () => {
    const { page } = chromium;
    await page.goto(url);
    const trace = csvTrace(keys);
    const status = await dropped('keys.csv', trace, /which column/);
    assert.match(status, /The columns are at, url, bytes/);
    await page.type('#key', 'url');
    assert.match(await dropped('keys.csv', trace, /enough/), /^20000 requests/);
  });
});
