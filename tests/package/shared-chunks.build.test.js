// Builds a copy of the package with one more entry, `holdfast/extra`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { build } from 'esbuild';
import { rolldown } from 'rolldown';
import ts from 'typescript';

const FIRST_ENTRY = "  index: 'js/index.ts',\n";
const EXTRA_ENTRY = "  extra: 'js/extra.ts',\n";

/** `cancel` calls a method whose name the build shortens, of a class in the shared chunk. */
const EXTRA = `import { ResultCache } from './cache/result-cache.ts';
import { TimeoutError } from './errors/timeout-error.ts';
import { Cancellation } from './flight/cancellation.ts';
export type { ResultCache };
export const makeCache = (): ResultCache<string> => new ResultCache<string>();
export const makeError = (): TimeoutError => new TimeoutError({ functionName: 'f' }, 1);
export const isCache = (value: unknown): boolean => value instanceof ResultCache;
export const cancel = (): unknown[] => {
  const cancellation = new Cancellation();
  const reasons: unknown[] = [];
  cancellation.onAbort((reason) => reasons.push(reason));
  cancellation.abort('x');
  return reasons;
};
export const fail = (): never => {
  throw new Error('extra');
};
`;

const CHECK = `
  const cache = makeCache().put('a', 'b');
  const load = resilient(async () => 'c', { cache });
  load().then((value) => console.log(JSON.stringify([
    isCache(new ResultCache()), cache instanceof ResultCache, makeError() instanceof TimeoutError,
    makeError() instanceof ResilienceError, ...cancel(), load.cache === cache, cache.get('a'), value,
  ])));
`;
const ONE_COPY = [true, true, true, true, 'x', true, 'b', 'c'];
const NAMES = '{ resilient, ResilienceError, ResultCache, TimeoutError }';
const EXTRA_NAMES = '{ cancel, isCache, makeCache, makeError }';
const imports = (prefix) =>
  `import ${NAMES} from '${prefix}';\nimport ${EXTRA_NAMES} from '${prefix}/extra';\n`;
const requires = (prefix) =>
  `const ${NAMES} = require('${prefix}');\nconst ${EXTRA_NAMES} = require('${prefix}/extra');\n`;

describe('two entries of the package share one copy', () => {
  let folder;
  let consumer;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-entries-'));
    const copy = join(folder, 'package');
    for (const part of ['js', 'scripts', 'package.json', 'tsconfig.json']) {
      cpSync(part, join(copy, part), { recursive: true });
    }
    symlinkSync(resolve('node_modules'), join(copy, 'node_modules'), 'junction');
    writeFileSync(join(copy, 'js', 'extra.ts'), EXTRA);
    const entries = join(copy, 'scripts', 'entries.js');
    const text = readFileSync(entries, 'utf8');
    assert.ok(text.includes(FIRST_ENTRY));
    writeFileSync(entries, text.replace(FIRST_ENTRY, FIRST_ENTRY + EXTRA_ENTRY));
    run(['scripts/build-js.js'], copy);

    consumer = join(folder, 'consumer');
    const installed = join(consumer, 'node_modules', 'holdfast');
    mkdirSync(installed, { recursive: true });
    for (const part of ['dist', 'js', 'package.json']) {
      cpSync(join(copy, part), join(installed, part), { recursive: true });
    }
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  function run(args, cwd = consumer) {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout;
  }

  function runFile(name, code) {
    writeFileSync(join(consumer, name), code);
    return JSON.parse(run([name]));
  }

  for (const prefix of ['holdfast', 'holdfast/js']) {
    it(`a second entry is one copy with the first when both are imported: ${prefix}`, () => {
      assert.deepEqual(runFile('import.mjs', imports(prefix) + CHECK), ONE_COPY);
    });

    it(`a second entry is one copy with the first when both are required: ${prefix}`, () => {
      assert.deepEqual(runFile('require.cjs', requires(prefix) + CHECK), ONE_COPY);
    });
  }

  it('a second entry is another copy when one entry is imported and the other required, with a clear error', () => {
    const code = `import { resilient } from 'holdfast';
      import { createRequire } from 'node:module';
      const { makeCache } = createRequire(import.meta.url)('holdfast/extra');
      try {
        resilient(() => {}, { cache: makeCache() });
      } catch (error) {
        console.log(JSON.stringify(error.message));
      }`;
    assert.match(runFile('mixed.mjs', code), /not of this copy of holdfast/);
  });

  it('a second entry is one copy with the first in a bundle of esbuild', async () => {
    writeFileSync(join(consumer, 'app.js'), imports('holdfast') + CHECK);
    await build({
      entryPoints: [join(consumer, 'app.js')],
      outfile: join(consumer, 'bundled.mjs'),
      bundle: true,
      minify: true,
      format: 'esm',
    });
    assert.deepEqual(JSON.parse(run(['bundled.mjs'])), ONE_COPY);
  });

  it('a second entry is one copy with the first in two bundles of esbuild that share chunks', async () => {
    const code = `export * from './second.js';\nexport ${NAMES} from 'holdfast';\n`;
    writeFileSync(join(consumer, 'first.js'), code);
    writeFileSync(join(consumer, 'second.js'), `export ${EXTRA_NAMES} from 'holdfast/extra';\n`);
    await build({
      entryPoints: ['first.js', 'second.js'].map((name) => join(consumer, name)),
      outdir: join(consumer, 'split'),
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      format: 'esm',
    });
    const load = `import ${NAMES} from './split/first.mjs';\nimport ${EXTRA_NAMES} from './split/second.mjs';\n`;
    assert.deepEqual(runFile('load.mjs', load + CHECK), ONE_COPY);
  });

  it('a second entry is one copy with the first in a bundle of rolldown', async () => {
    writeFileSync(join(consumer, 'app.js'), imports('holdfast') + CHECK);
    const bundle = await rolldown({ input: join(consumer, 'app.js'), platform: 'browser' });
    await bundle.write({ file: join(consumer, 'rolled.mjs'), minify: true });
    assert.deepEqual(JSON.parse(run(['rolled.mjs'])), ONE_COPY);
  });

  it('a second entry is one copy with the first in a bundle for Workers, with one WebAssembly module', async () => {
    writeFileSync(join(consumer, 'app.js'), imports('holdfast') + CHECK);
    const modules = [];
    // What the runtime does with the module.
    const compile = ({ onLoad }) =>
      onLoad({ filter: /\.wasm$/ }, ({ path }) => {
        modules.push(path);
        const bytes = [...readFileSync(path)];
        return {
          contents: `export default new WebAssembly.Module(new Uint8Array([${bytes}]));`,
        };
      });
    await build({
      entryPoints: [join(consumer, 'app.js')],
      outfile: join(consumer, 'worker.mjs'),
      bundle: true,
      format: 'esm',
      conditions: ['workerd', 'worker', 'browser'],
      plugins: [{ name: 'compile', setup: compile }],
    });
    assert.equal(modules.length, 1, `${modules}`);
    assert.deepEqual(JSON.parse(run(['worker.mjs'])), ONE_COPY);
  });

  it('a second entry has the same types of classes as the first, for import, require and moduleResolution node10', () => {
    const code = `import { ResultCache } from 'holdfast';
      import { isCache, makeCache, type ResultCache as Other } from 'holdfast/extra';
      const cache: ResultCache<string> = makeCache();
      const other: Other<number> = new ResultCache<number>();
      isCache(other) && isCache(cache);
      // @ts-expect-error
      const wrong: ResultCache<number> = makeCache();
      export { wrong };\n`;
    const { NodeNext, Node10 } = ts.ModuleResolutionKind;
    for (const [names, module, moduleResolution] of [
      [['types.mts', 'types.cts'], ts.ModuleKind.NodeNext, NodeNext],
      [['types.ts'], ts.ModuleKind.CommonJS, Node10],
    ]) {
      const paths = names.map((name) => join(consumer, name));
      for (const path of paths) writeFileSync(path, code);
      const program = ts.createProgram(paths, {
        module,
        moduleResolution,
        target: ts.ScriptTarget.ES2022,
        lib: ['lib.es2022.d.ts'],
        types: [],
        strict: true,
        noEmit: true,
        skipLibCheck: true,
      });
      const problems = ts
        .getPreEmitDiagnostics(program)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
      assert.deepEqual(problems, [], `${names}`);
    }
  });

  it('a second entry repeats no class, in code or in types', () => {
    const dist = join(consumer, 'node_modules', 'holdfast', 'dist');
    const files = (pattern) =>
      readdirSync(dist, { recursive: true })
        .filter((name) => pattern.test(name))
        .map((name) => readFileSync(join(dist, name), 'utf8'));
    for (const pattern of [/^[\w-]+\.js$/, /^[\w-]+\.cjs$/]) {
      const having = files(pattern).filter((text) => text.includes('has been disposed of'));
      assert.equal(having.length, 1);
    }
    for (const pattern of [/\.d\.ts$/, /\.d\.cts$/]) {
      const having = files(pattern).filter((text) => /^declare class ResultCache\b/m.test(text));
      assert.equal(having.length, 1);
    }
  });

  it('a second entry has source maps for itself and the shared chunk', () => {
    const code = `import { ResultCache } from 'holdfast';
      import { fail } from 'holdfast/extra';
      const stackOf = (f) => {
        try {
          f();
        } catch (error) {
          return error.stack;
        }
      };
      console.log(JSON.stringify([stackOf(fail), stackOf(() => new ResultCache({ maxSize: 0 }))]));`;
    writeFileSync(join(consumer, 'stack.mjs'), code);
    const [own, shared] = JSON.parse(run(['--enable-source-maps', 'stack.mjs']));
    assert.match(own, /js\/extra\.ts:16:\d+/);
    assert.match(shared, /js\/options\/\w+\.ts:\d+:\d+/);
  });
});
