import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../support/compile.js';
import { DOCS, guides, README } from '../support/pages.js';
import { snippetsOf, testSnippets } from '../support/snippets.js';

const EVENTS = new URL('events.md', DOCS);

test('the snippets of the README and of the page about events compile as strict TypeScript', () => {
  const codes = [README, EVENTS].flatMap((page) => snippetsOf(page)).map(({ code }) => code);
  assert.deepEqual(compile(codes), []);
  assert.match(compile(["import 'holdfast';\nnull.x;\n"])[0], /cannot be used/);
});

for (const page of guides) testSnippets(`docs/${page}`, new URL(page, DOCS));
