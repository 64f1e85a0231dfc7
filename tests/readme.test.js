import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snippetsOf, testSnippets } from './support/snippets.js';

const README = new URL('../README.md', import.meta.url);

test('the README has snippets to test', () => {
  const { length } = snippetsOf(README);
  assert.ok(length >= 10, `found ${length}`);
});

testSnippets('README.md', README);
