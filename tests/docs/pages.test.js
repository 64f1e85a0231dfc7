import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { DOCS, guides, pages } from '../support/pages.js';
import { snippetsOf } from '../support/snippets.js';

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
