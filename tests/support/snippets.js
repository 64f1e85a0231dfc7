import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

const NETWORK = new URL('network.js', import.meta.url).href;
const TESTS = new URL('..', import.meta.url);

/** The snippets of JavaScript in a page, each with the lines that it says it prints: what stands after `->`. */
export function snippetsOf(url) {
  const page = readFileSync(url, 'utf8');
  return [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => ({
    code,
    expected: [...code.matchAll(/\/\/ (?:.* )?-> (.*)$/gm)].map(([, line]) => line),
  }));
}

/** Runs every snippet of a page by itself, and compares what it prints with what it says. */
export function testSnippets(title, url) {
  describe(title, { concurrency: 2 }, () => {
    for (const [index, { code, expected }] of snippetsOf(url).entries()) {
      test(`snippet ${index + 1} prints what it says: ${expected[0]}`, async () => {
        assert.ok(expected.length > 0, 'it says what it prints');
        assert.deepEqual(await run(code), { stderr: '', lines: expected, status: 0 });
      });
    }
  });
}

async function run(code) {
  const args = ['--import', NETWORK, '--input-type=module', '--eval', code];
  const child = spawn(process.execPath, args, { cwd: TESTS, timeout: 60_000 });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      printed[name] += text;
    });
  }
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  return { stderr: printed.stderr, lines: printed.stdout.replace(/\n$/, '').split('\n'), status };
}
