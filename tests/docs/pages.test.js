import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { snippetsOf, testSnippets } from '../support/snippets.js';

const DOCS = new URL('../../docs/', import.meta.url);
const pages = readdirSync(DOCS, { recursive: true }).filter((name) => name.endsWith('.md'));
/** The pages with snippets. */
const guides = pages.filter(
  (name) =>
    !['README.md', 'decisions.md', 'benchmarks.md', 'hits.md', 'api/README.md'].includes(name),
);
const textOf = (page) => readFileSync(new URL(page, DOCS), 'utf8');

describe('the pages in docs are complete', () => {
  test('docs/README.md lists every page in docs', () => {
    const listed = [...textOf('README.md').matchAll(/\]\(([\w/-]+\.md)\)/g)].map(
      ([, name]) => name,
    );
    assert.deepEqual([...new Set(listed)].sort(), pages.filter((n) => n !== 'README.md').sort());
  });

  // Pages about runtimes often have no JavaScript.
  for (const page of guides.filter((name) => !name.startsWith('runtimes/'))) {
    test(`docs/${page} has snippets to test`, () => {
      const { length } = snippetsOf(new URL(page, DOCS));
      assert.ok(length >= 2, `found ${length}`);
    });
  }

  for (const page of pages) {
    test(`docs/${page} has no broken link`, () => {
      const prose = textOf(page).replace(/^```.*?^```$/gms, '');
      for (const [, target] of prose.matchAll(/\]\((?!https?:)([^)#]*)(#[^)]*)?\)/g)) {
        if (target) readFileSync(new URL(target, new URL(page, DOCS)));
      }
    });
  }
});

for (const page of guides) testSnippets(page, new URL(page, DOCS));
