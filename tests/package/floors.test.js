import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../', import.meta.url);
const folders = readdirSync(new URL('js', ROOT), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** The folders of js/ that the lint rule for a floor names, and those that it forbids to import. */
const floors = JSON.parse(readFileSync(new URL('biome.json', ROOT), 'utf8')).overrides.flatMap(
  ({ includes, linter }) => {
    const [pattern] = linter.rules.style?.noRestrictedImports?.options.patterns ?? [];
    const forbidden = folders.filter((name) => pattern?.group.includes(`**/${name}/**`));
    const own = folders.filter((name) => includes.includes(`js/${name}/**`));
    return forbidden.length > 0 ? [{ own, forbidden }] : [];
  },
);

test('each folder of js/ has a block with its floor in biome.json', () => {
  assert.deepEqual(floors.flatMap(({ own }) => own).sort(), folders.sort());
});

test('biome.json lets no two folders of js/ on different floors import each other', () => {
  for (const upper of floors) {
    for (const lower of floors.filter((floor) => floor !== upper)) {
      for (const [from, to] of upper.own.flatMap((a) => lower.own.map((b) => [a, b]))) {
        const isOneWay = upper.forbidden.includes(to) || lower.forbidden.includes(from);
        assert.ok(isOneWay, `js/${from} may import js/${to}, and the other way round`);
      }
    }
  }
});
