import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

const folder = new URL('.', import.meta.url);
const dist = dirname(createRequire(import.meta.url).resolve('holdfast'));

const BUILT = readdirSync(dist, { recursive: true }).filter((name) => /\.c?js$/.test(name));

/** The stack of an error of holdfast in a program with source maps. */
function stackWith(load) {
  const code = `${load}
    try {
      new ResultCache({ maxSize: 0 });
    } catch (error) {
      console.log(error.stack);
    }`;
  const args = [
    '--enable-source-maps',
    `--input-type=${/require/.test(load) ? 'commonjs' : 'module'}`,
  ];
  const { stdout } = spawnSync(process.execPath, [...args, '--eval', code], {
    cwd: folder,
    encoding: 'utf8',
  });
  return stdout;
}

describe('source maps lead to the sources', () => {
  for (const load of [
    "import { ResultCache } from 'holdfast';",
    "import { ResultCache } from 'holdfast/js';",
    "const { ResultCache } = require('holdfast');",
    "const { ResultCache } = require('holdfast/js');",
  ]) {
    it(`a source map names the file, line and function of an error: ${load}`, () => {
      const stack = stackWith(load);
      assert.match(stack, /^RangeError: maxSize must be an integer >= 1, got 0\n/);
      const [, source, line] =
        /at wrongValue \((?:file:\/\/)?(.*\bjs\/options\/messages\.ts):(\d+):\d+\)/.exec(stack) ??
        [];
      assert.ok(source, stack);
      const text = readFileSync(source, 'utf8').split('\n')[line - 1];
      assert.match(text, /return new RangeError\(/);
    });
  }

  it('source maps name text files that are in the package, or hold their text', () => {
    for (const file of BUILT) {
      const { sources, sourcesContent } = JSON.parse(
        readFileSync(join(dist, `${file}.map`), 'utf8'),
      );
      assert.ok(sources.length > 0);
      for (const [index, source] of sources.entries()) {
        if (sourcesContent[index] !== null) continue;
        const text = readFileSync(join(dist, dirname(file), source));
        assert.ok(isUtf8(text), `${file}: ${source}`);
      }
    }
  });

  it('the lines of a stack are short enough for a terminal without source maps', () => {
    for (const file of BUILT) {
      const lines = readFileSync(join(dist, file), 'utf8').split('\n');
      // Nothing throws in a text, such as the bytes of the core.
      const long = lines.filter((line) => line.replace(/"[^"]*"/g, '').length > 1_000);
      assert.deepEqual(long, [], file);
    }
  });
});
