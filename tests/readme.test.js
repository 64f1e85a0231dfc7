import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from './support/compile.js';
import { snippetsOf, testSnippets } from './support/snippets.js';

const README = new URL('../README.md', import.meta.url);
const EVENTS = new URL('../docs/events.md', import.meta.url);

test('the README has snippets to test', () => {
  const { length } = snippetsOf(README);
  assert.ok(length >= 8, `found ${length}`);
});

test('the snippets of the README, and those about events, compile as strict TypeScript', () => {
  const codes = [README, EVENTS].flatMap((page) => snippetsOf(page)).map(({ code }) => code);
  assert.deepEqual(compile(codes), []);
  assert.match(compile(["import 'holdfast';\nnull.x;\n"])[0], /cannot be used/);
});

testSnippets('README.md', README);
