import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { internalNames, shortNames } from '../../scripts/internal-names.js';

describe('the build shortens internal names', () => {
  let folder;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-names-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function namesIn(source, publicTypes = '', foreign = '') {
    writeFileSync(join(folder, 'source.ts'), source);
    writeFileSync(join(folder, 'foreign.txt'), foreign);
    return internalNames(folder, publicTypes, [join(folder, 'foreign.txt')]);
  }

  it('the build shortens names of members of interfaces and classes', () => {
    const source = `
      interface Inner { readonly oneOfOurs: string; anotherOfOurs(): void }
      class Thing { fieldOfOurs = 1; get accessorOfOurs() { return 1; } methodOfOurs() {} #hidden = 2; }
    `;
    assert.deepEqual(namesIn(source), [
      'accessorOfOurs',
      'anotherOfOurs',
      'fieldOfOurs',
      'methodOfOurs',
      'oneOfOurs',
    ]);
  });

  it('the build shortens no name that users see', () => {
    const source = 'interface Inner { ofOurs: string; shown: string; called(): void }';
    const types = 'export interface Outer { shown: string } declare class C { called(): void }';
    assert.deepEqual(namesIn(source, types), ['ofOurs']);
  });

  it('the build shortens no name of the platform', () => {
    const source =
      'interface Like { aborted: boolean; emitWarning(): void; getReader(): void; status: number; ofOurs: 1 }';
    assert.deepEqual(namesIn(source), ['ofOurs']);
  });

  it('the build shortens no name of an inline type of a platform value, or of object literals only', () => {
    const source = `
      const { Deno } = globalThis as { Deno?: { unrefTimer?: (id: unknown) => void } };
      const seconds = { m: 60, h: 3_600 };
    `;
    assert.deepEqual(namesIn(source), []);
  });

  it('the build shortens no name in a string, by which a member may be looked up', () => {
    const source =
      "interface Outcome { ofOurs: 1; looked: 2; up: 3 } 'looked' in outcome; const name = `up`;";
    assert.deepEqual(namesIn(source), ['ofOurs']);
  });

  it('the build shortens a name that only a type mentions as a string', () => {
    const source = "interface Inner { ofOurs: 1 } type Part = Pick<Inner, 'ofOurs'>;";
    assert.deepEqual(namesIn(source), ['ofOurs']);
  });

  it('the build shortens names of documents and of modules of Node that the package does not use', () => {
    const source = 'interface Inner { cells: 1; replacement: 2; createHash(): void; locked: 1 }';
    assert.deepEqual(namesIn(source), ['cells', 'replacement']);
  });

  it('the build shortens no name that the core exports', () => {
    const source = 'interface Inner { ofOurs: 1; reserve: 2 }';
    assert.deepEqual(namesIn(source, '', 'export function reserve(size: number): void;'), [
      'ofOurs',
    ]);
  });

  it('the members that the published types declare keep their names', () => {
    const dist = dirname(createRequire(import.meta.url).resolve('holdfast'));
    const textOf = (pattern) =>
      readdirSync(dist)
        .filter((name) => pattern.test(name))
        .map((name) => readFileSync(join(dist, name), 'utf8'));
    const types = textOf(/\.d\.ts$/).join('\n');
    const declared = new Set(
      types
        .match(/^ {4}(?:readonly |declare |get |static )*[a-z]\w+(?=[?(:<])/gm)
        .map((member) => /\w+$/.exec(member)[0]),
    );
    const texts = textOf(/\.js\.map$/)
      .flatMap((map) => JSON.parse(map).sources)
      .filter((source) => source.endsWith('.ts'))
      .map((source) => readFileSync(join(dist, source), 'utf8'));
    const unbuilt = texts.join('\n').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    const code = textOf(/\.js$/).join('\n');
    const used = [...declared].filter((name) => new RegExp(`\\.${name}\\b`).test(unbuilt));
    assert.ok(used.length > 50, `${used}`);
    assert.deepEqual(
      used.filter((name) => !new RegExp(`\\b${name}\\b`).test(code)),
      [],
    );
  });

  it('the most frequent name gets the shortest short name, and none that the code contains', () => {
    const code = 'e.seldom; t.often; n.often; r.often;';
    assert.deepEqual(shortNames(['absent', 'seldom', 'often'], code), [
      ['often', 'i'],
      ['seldom', 's'],
    ]);
  });
});
