// Builds js/core/generated/: the Rust core, compiled and optimised, the same in JavaScript, and the types of both.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const GENERATED = 'js/core/generated';
const WASM = `${GENERATED}/holdfast.wasm`;
const TRANSLATED = `${GENERATED}/holdfast.js`;
const binaryen = (tool) => fileURLToPath(import.meta.resolve(`binaryen/bin/${tool}`));

/** What the core may use beyond the first WebAssembly; every engine that the package supports has it. */
const FEATURES = [
  '--mvp-features',
  '--enable-bulk-memory',
  '--enable-mutable-globals',
  '--enable-nontrapping-float-to-int',
  '--enable-sign-ext',
];

/** The types of the import of the bytes, which the bundler puts into the bundle. */
const BYTES_TYPES = `export default function bytes(): Uint8Array<ArrayBuffer>;
`;
const TRANSLATED_TYPES = `import type * as Exports from './exports.d.ts';
export default function makeInstance(): typeof Exports;
`;

function fail(message) {
  console.error(`holdfast: ${message}`);
  process.exit(1);
}

/** Runs a command, which prints its own errors, and returns what it printed. */
function run(command, args) {
  const { status, stdout } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) fail(`${command} ${args.join(' ')} failed`);
  return stdout.trim();
}

/** The translation as a function that makes instances; as it comes, it makes one and exports what that has. */
function asFactory(translation) {
  const body = translation.slice(0, translation.indexOf('var retasmFunc = '));
  // WebAssembly detaches the memory that it has outgrown. Views of this one are to notice as well.
  const copy = 'newHEAP8.set(HEAP8);';
  if (body.split(copy).length !== 2) fail('wasm2js translates the growth of memory otherwise');
  const noticed = body.replace(copy, `${copy}\n   HEAPF64.fill(NaN);`);
  // What a module of its own would keep to itself, such as the view for the data segments, is each instance's own.
  return `export default function makeInstance() {\n${noticed}\nreturn asmFunc({});\n}\n`;
}

const bindings = run('cargo', ['run', '--locked', '--quiet', '--package', 'xtask']);

rmSync(GENERATED, { recursive: true, force: true });
mkdirSync(GENERATED, { recursive: true });
run(process.execPath, [
  binaryen('wasm-opt'),
  // What wasm-bindgen adds for glue code of its own, which there is none of.
  '--remove-exports=__*',
  '-Oz',
  '--converge',
  // The stack is there, but never grows so deep.
  '--low-memory-unused',
  ...FEATURES,
  '--strip-debug',
  '--strip-producers',
  '--strip-target-features',
  `${bindings}/holdfast_bg.wasm`,
  '--output',
  WASM,
]);
copyFileSync(`${bindings}/holdfast_bg.wasm.d.ts`, `${GENERATED}/exports.d.ts`);
writeFileSync(`${GENERATED}/holdfast.d.wasm.ts`, BYTES_TYPES);
run(process.execPath, [binaryen('wasm2js'), '-O3', ...FEATURES, WASM, '--output', TRANSLATED]);
writeFileSync(TRANSLATED, asFactory(readFileSync(TRANSLATED, 'utf8')));
writeFileSync(`${GENERATED}/holdfast.d.ts`, TRANSLATED_TYPES);

const bytes = readFileSync(WASM);
const [needed] = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
if (needed) fail(`the core is instantiated without imports, but needs ${needed.name}`);
console.log(`${WASM}: ${bytes.length} bytes`);
