import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
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
});

const ROOT = new URL('../', DOCS);
const ROOT_PAGES = ['README', 'ARCHITECTURE', 'CHANGELOG', 'CONTRIBUTING', 'SECURITY'];
const linked = [
  ...ROOT_PAGES.map((name) => `${name}.md`),
  'examples/README.md',
  ...pages.map((page) => `docs/${page}`),
];
const proseOf = (url) => readFileSync(url, 'utf8').replace(/^```.*?^```$/gms, '');

/** The anchors of a page: those of its headings, as GitHub makes them, and its own. */
function anchorsOf(url) {
  const prose = proseOf(url);
  const headings = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  // The second heading with the same text ends in `-1`.
  const numbered = headings.map((heading, index) => {
    const before = headings.slice(0, index).filter((other) => other === heading).length;
    return before > 0 ? `${heading}-${before}` : heading;
  });
  return new Set([...numbered, ...[...prose.matchAll(/<a id="([^"]+)"/g)].map(([, id]) => id)]);
}

describe('the links of the pages lead somewhere', () => {
  for (const page of linked) {
    test(`${page} has no link to a missing file or heading`, () => {
      const url = new URL(page, ROOT);
      for (const [, target, anchor] of proseOf(url).matchAll(
        /\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g,
      )) {
        const file = new URL(target, url);
        assert.ok(existsSync(file), `no file ${target}`);
        if (anchor && file.pathname.endsWith('.md')) {
          assert.ok(anchorsOf(file).has(anchor), `no heading ${target}#${anchor}`);
        }
      }
    });
  }
});
