import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { build, transform } from 'esbuild';
import { manifestFields } from '../../scripts/entries.js';

const require = createRequire(import.meta.url);
const installed = dirname(require.resolve('holdfast/package.json'));
const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));

let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-consumer-'));
  mkdirSync(join(folder, 'node_modules'));
  cpSync(installed, join(folder, 'node_modules', 'holdfast'), { recursive: true });
});

after(() => rmSync(folder, { recursive: true, force: true }));

function run(name, code) {
  writeFileSync(join(folder, name), code);
  const { stdout, stderr, status } = spawnSync(process.execPath, [name], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(stderr, '');
  assert.equal(status, 0);
  return stdout.trim();
}

const USE = `
  const cache = new ResultCache({ maxSize: 1 });
  cache.put('a', 1).put('b', 2);
  const load = resilient(async (id) => ({ id }), { cache: true, retry: {}, timeout: '1s', circuitBreaker: {} });
  Promise.all([load(1), load(1)]).then(([a, b]) => {
    console.log([...cache.keys()].join(), a.id, a === b, load.cache.stats.coalesced);
  });
`;

test('import of the package works in a folder where nothing else is installed', () => {
  const code = `import { resilient, ResultCache } from 'holdfast';${USE}`;
  assert.equal(run('import.mjs', code), 'b 1 true 1');
});

test('require of the package works in a folder where nothing else is installed', () => {
  const code = `const { resilient, ResultCache } = require('holdfast');${USE}`;
  assert.equal(run('require.cjs', code), 'b 1 true 1');
});

test('import and require give the same names', () => {
  const code = `
    import * as imported from 'holdfast';
    import { createRequire } from 'node:module';
    const required = createRequire(import.meta.url)('holdfast');
    console.log(Object.keys(imported).sort().join() === Object.keys(required).sort().join());
  `;
  assert.equal(run('names.mjs', code), 'true');
});

for (const [way, file, load] of [
  ['import', 'extended.mjs', "await import('holdfast')"],
  ['require', 'extended.cjs', "require('holdfast')"],
]) {
  test(`${way} gives the same names where Object.prototype has enumerable properties`, () => {
    const code = `
      Object.prototype.added = 1;
      const holdfast = ${load};
      console.log(Object.keys(holdfast).length, Object.hasOwn(holdfast, 'added'));
      console.log(holdfast.resilient((n) => 2 * n, { name: 'double' })(4));
    `;
    assert.equal(run(file, code), `${Object.keys(require('holdfast')).length} false\n8`);
  });
}

test('named imports and the module marker work with the CommonJS build', () => {
  const code = `
    import * as names from './node_modules/holdfast/dist/index.cjs';
    import * as without from './node_modules/holdfast/dist/js/index.cjs';
    console.log(typeof names.resilient, typeof without.resilient, names.default.__esModule);
  `;
  assert.equal(run('lexed.mjs', code), 'function function true');
});

test('an option refuses a cache of the other copy of the package', () => {
  const code = `
    import { resilient } from 'holdfast';
    import { createRequire } from 'node:module';
    const { ResultCache } = createRequire(import.meta.url)('holdfast');
    try {
      resilient(() => 1, { cache: new ResultCache() });
    } catch (error) {
      console.log(error.name, error.message);
    }
  `;
  assert.match(run('copies.mjs', code), /^TypeError cache must be /);
});

test('importing the package starts nothing that keeps the process alive', () => {
  assert.equal(run('idle.mjs', "import 'holdfast'; console.log('done');"), 'done');
});

/** The code of a bundle of one export. */
async function bundleOf(name) {
  const contents = `export { ${name} } from 'holdfast';`;
  const options = { bundle: true, format: 'esm', write: false, minify: true };
  const { outputFiles } = await build({ ...options, stdin: { contents, resolveDir: folder } });
  return outputFiles[0].text;
}

test('a bundle of ResultCache alone has no error classes of patterns', async () => {
  const code = await bundleOf('ResultCache');
  assert.match(code, /has been disposed of/);
  assert.doesNotMatch(code, /TimeoutError|ResilienceError|BulkheadFullError/);
});

test('the package has no dependency and no install script', () => {
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.peerDependencies, undefined);
  assert.equal(manifest.optionalDependencies, undefined);
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
    assert.equal(manifest.scripts?.[script], undefined);
  }
});

test('the package uses only syntax and names that bundlers and old tools understand', async () => {
  const files = filesIn('dist').filter((name) => /\.c?js$/.test(name));
  assert.ok(files.length >= 5, `${files}`);
  for (const file of files) {
    const code = readFileSync(join(installed, file), 'utf8');
    // esbuild refuses top-level await in a script.
    await transform(code, { format: 'iife' });
    assert.doesNotMatch(code, /import\.meta/, `${file} has no import.meta`);
    assert.doesNotMatch(code, /\beval\(|new Function\(/, `${file} makes no code from text`);
    const loaded = [...code.matchAll(/(?:\bfrom\s*|\brequire\(|^import\s*)['"]([^'"\n]*)/gm)];
    const allowed =
      file === 'dist/cli.js'
        ? /^\.\/tuning\.js$|^node:[a-z/]+$/
        : /^\.\/chunk-[\w-]+\.c?js$|^\.\.\/(holdfast|adaptive)\.wasm$/;
    const foreign = loaded.map(([, name]) => name).filter((name) => !allowed.test(name));
    assert.deepEqual(foreign, [], `${file} loads only files of the package`);
  }
});

test('every relative link in the pages of the tarball leads to a file and an anchor in it', () => {
  const pages = readdirSync(installed, { recursive: true }).filter((name) => name.endsWith('.md'));
  assert.ok(pages.includes(join('docs', 'runtimes', 'node.md')), `${pages}`);
  const dead = pages.flatMap((page) =>
    [...proseOf(page).matchAll(/\]\((?![a-z]+:)([^)#\s]*)(?:#([^)]*))?\)/g)]
      .filter(([, path, anchor]) => {
        const target = path ? join(dirname(page), path) : page;
        return !existsSync(join(installed, target)) || (anchor && !anchorsOf(target).has(anchor));
      })
      .map(([link]) => `${page}: ${link}`),
  );
  assert.deepEqual(dead, []);
});

function proseOf(page) {
  return readFileSync(join(installed, page), 'utf8').replace(/^```.*?^```$/gms, '');
}

/** The anchors of a page: explicit ones, and those that GitHub and npm generate for headings. */
function anchorsOf(page) {
  const slugs = new Set([...proseOf(page).matchAll(/ id="([\w-]+)"/g)].map(([, id]) => id));
  for (const [, heading] of proseOf(page).matchAll(/^#+ (.*)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-');
    let name = slug;
    for (let count = 1; slugs.has(name); count++) name = `${slug}-${count}`;
    slugs.add(name);
  }
  return slugs;
}

/** The files in a folder of the installed package. */
function filesIn(path) {
  return readdirSync(join(installed, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(installed, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}

test('the tarball holds the build, the types, the sources, the pages and the license, and nothing else', () => {
  assert.deepEqual(readdirSync(installed).sort(), [
    'ARCHITECTURE.md',
    'CHANGELOG.md',
    'CONTRIBUTING.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'dist',
    'docs',
    'js',
    'package.json',
  ]);
  for (const file of filesIn('docs')) assert.match(file, /\.(md|svg)$/);
  // Source maps have the names of generated files.
  assert.deepEqual(
    filesIn('js').filter((name) => !name.endsWith('.ts')),
    [
      'js/core/generated/adaptive.js',
      'js/core/generated/holdfast.js',
      'js/tuning/generated/tuning.js',
    ],
  );
  const built = filesIn('dist').filter(
    (name) => !/\/chunk-[\w-]+(\.d)?\.c?[jt]s(\.map)?$/.test(name),
  );
  const loaded = JSON.stringify([manifest.exports, manifest.bin]).match(/dist\/[^"]*/g);
  const maps = loaded.filter((name) => /js$/.test(name)).map((name) => `${name}.map`);
  const modules = ['dist/adaptive.wasm', 'dist/holdfast.wasm'];
  assert.deepEqual(built.sort(), [...new Set([...loaded, ...maps, ...modules])].sort());
});

test('the entries in package.json are those that the build makes', () => {
  for (const [name, value] of Object.entries(manifestFields())) {
    assert.deepEqual(manifest[name], value, name);
  }
});

test('exported classes have their names in both formats', () => {
  const names = `for (const name of ['ResultCache', 'CircuitBreaker', 'RateLimiter', 'Bulkhead', 'Registry',
    'ResilienceError', 'TimeoutError', 'CircuitOpenError', 'RateLimitExceededError', 'BulkheadFullError',
    'ResilienceEvent', 'CacheEvent']) {
    if (holdfast[name].name !== name) console.log(name, 'is called', holdfast[name].name);
  }
  console.log('all others have theirs');`;
  assert.equal(
    run('names.mjs', `import * as holdfast from 'holdfast';${names}`),
    'all others have theirs',
  );
  const required = `const holdfast = require('holdfast');${names}`;
  assert.equal(run('names.cjs', required), 'all others have theirs');
});

test('a bundle of CircuitBreaker alone has no cache', async () => {
  const code = await bundleOf('CircuitBreaker');
  assert.match(code, /failureThreshold/);
  assert.doesNotMatch(code, /has been disposed of|WebAssembly/);
});
