import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const snippets = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);

/** Stands in for the network, so that the snippets can be shown as users write them. */
const NETWORK = `
  const bodies = { '/users/42': '{"id":42,"name":"Alice"}', '/hello.txt': 'hello' };
  globalThis.fetch = async (url) => new Response(bodies[new URL(url).pathname]);
`;

test('the README has snippets to test', () => {
  assert.ok(snippets.length >= 10, `found ${snippets.length}`);
});

for (const [index, code] of snippets.entries()) {
  const expected = [...code.matchAll(/-> (.*)$/gm)].map(([, line]) => line);

  test(`snippet ${index + 1} of the README prints what it says: ${expected[0]}`, () => {
    assert.ok(expected.length > 0, 'it says what it prints');
    const run = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', `${NETWORK}\n${code}`],
      { cwd: new URL('.', import.meta.url), encoding: 'utf8', timeout: 60_000 },
    );
    assert.equal(run.stderr, '');
    assert.deepEqual(run.stdout.trimEnd().split('\n'), expected);
    assert.equal(run.status, 0);
  });
}
