import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { README } from '../support/pages.js';
import { snippetsOf, testSnippets } from '../support/snippets.js';

const WORKFLOW = new URL('../../.github/workflows/ci.yml', import.meta.url);

test('the README has snippets to test', () => {
  const { length } = snippetsOf(README);
  assert.ok(length >= 8, `found ${length}`);
});

test('the README has at most 300 lines', () => {
  const { length } = readFileSync(README, 'utf8').trimEnd().split('\n');
  assert.ok(length <= 300, `${length} lines`);
});

test('the CI workflow runs the shell commands of the README', () => {
  const commands = [...readFileSync(README, 'utf8').matchAll(/^```sh\n(.*)\n```$/gm)];
  assert.deepEqual(
    commands.map(([, command]) => command),
    ['npm ci && npm run demo', 'npm ci && npm test'],
  );
  const workflow = readFileSync(WORKFLOW, 'utf8');
  for (const [, command] of commands) assert.ok(workflow.includes(`- run: ${command}\n`), command);
});

testSnippets('README.md', README);
