// Builds js/core/generated/, the Rust core as optimized WebAssembly, translated to JavaScript, and the types of both, and
// the same for the core with the adaptive policy; and js/tuning/generated/, the module of holdfast/tuning, its glue, and
// the types of both.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const GENERATED = 'js/core/generated';
const TUNING = 'js/tuning/generated';
const binaryen = (tool) => fileURLToPath(import.meta.resolve(`binaryen/bin/${tool}`));

/** The WebAssembly features that the core may use. Every supported engine has them. */
const FEATURES = [
  '--mvp-features',
  '--enable-bulk-memory',
  '--enable-mutable-globals',
  '--enable-nontrapping-float-to-int',
  '--enable-sign-ext',
];

/** The types of the import of the bytes, which the build puts into the bundle. */
const BYTES_TYPES = `export default function bytes(): Uint8Array<ArrayBuffer>;
`;
const TRANSLATED_TYPES = `import type * as Exports from './exports.d.ts';
export default function makeInstance(imports?: object): typeof Exports;
`;
const GLUE_TYPES = `import type * as Bindings from './bindings.d.ts';
export default function makeBindings(
  queueMicrotask: (task: () => void) => void,
): Pick<typeof Bindings, 'initSync' | 'simulate'>;
`;
/** The functions that each module of the core needs. */
const IMPORTS = { holdfast: [], adaptive: ['env.latest_use', 'env.key_hash'] };

function fail(message) {
  console.error(`holdfast: ${message}`);
  process.exit(1);
}

/** Runs a command and returns its output. The command prints its own errors. */
function run(command, args) {
  const { status, stdout } = spawnSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) fail(`${command} ${args.join(' ')} failed`);
  return stdout.trim();
}

/** Makes a translation, which is one instance, a function that returns a new instance at each call. */
function asFactory(translation) {
  // The imports are parameters instead.
  const body = translation
    .slice(0, translation.indexOf('var retasmFunc = '))
    .replace(/^import .*;$/gm, '');
  // WebAssembly detaches memory when it grows. Filling the old memory with NaN has the same effect: no comparison with
  // its numbers is true.
  const copy = 'newHEAP8.set(HEAP8);';
  if (body.split(copy).length !== 2)
    fail('the output of wasm2js has another statement for the growth of memory');
  const detaching = body.replace(copy, `${copy}\n   HEAPF64.fill(NaN);`);
  // The function body is the scope of one instance, with its view for the data segments.
  return `export default function makeInstance(imports) {\n${detaching}\nreturn asmFunc(imports);\n}\n`;
}

/**
 * Makes the glue, which is for one instance, a function that returns the glue of a new instance. Rust polls its futures in
 * the microtasks that this function gets the means to queue.
 */
function asInstanceFactory(glue) {
  const end = glue.indexOf('let __wbg_init_promise;');
  if (end < 0 || !glue.includes(' queueMicrotask(arg0);')) fail('wasm-bindgen writes other glue');
  const body = glue.slice(0, end).replaceAll(/^export function /gm, 'function ');
  if (/^(import|export) /m.test(body)) fail('the glue imports or exports more than functions');
  return `export default function makeBindings(queueMicrotask) {\n${body}\nreturn { initSync, simulate };\n}\n`;
}

const bindings = run('cargo', ['run', '--locked', '--quiet', '--package', 'xtask']);

rmSync(GENERATED, { recursive: true, force: true });
mkdirSync(GENERATED, { recursive: true });
for (const name of ['holdfast', 'adaptive']) {
  const wasm = `${GENERATED}/${name}.wasm`;
  const translated = `${GENERATED}/${name}.js`;
  run(process.execPath, [
    binaryen('wasm-opt'),
    // The exports for wasm-bindgen's glue code, which is not used.
    '--remove-exports=__*',
    '-Oz',
    '--converge',
    // The first 1,024 bytes are the far end of the stack, which is never reached.
    '--low-memory-unused',
    ...FEATURES,
    '--strip-debug',
    '--strip-producers',
    '--strip-target-features',
    `${bindings}/${name}_bg.wasm`,
    '--output',
    wasm,
  ]);
  writeFileSync(`${GENERATED}/${name}.d.wasm.ts`, BYTES_TYPES);
  run(process.execPath, [binaryen('wasm2js'), '-O3', ...FEATURES, wasm, '--output', translated]);
  writeFileSync(translated, asFactory(readFileSync(translated, 'utf8')));
  writeFileSync(`${GENERATED}/${name}.d.ts`, TRANSLATED_TYPES);
  const bytes = readFileSync(wasm);
  const needed = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  const names = needed.map((each) => `${each.module}.${each.name}`);
  if (`${names.sort()}` !== `${IMPORTS[name].sort()}`) fail(`${name} needs the imports ${names}`);
  console.log(`${wasm}: ${bytes.length} bytes`);
}
// Both have the same exports.
copyFileSync(`${bindings}/holdfast_bg.wasm.d.ts`, `${GENERATED}/exports.d.ts`);

rmSync(TUNING, { recursive: true, force: true });
mkdirSync(TUNING, { recursive: true });
run(process.execPath, [
  binaryen('wasm-opt'),
  // Speed counts here, and the size is paid only by users of holdfast/tuning.
  '-O3',
  ...FEATURES,
  '--enable-bulk-memory-opt',
  '--enable-call-indirect-overlong',
  '--enable-multivalue',
  '--enable-reference-types',
  '--strip-debug',
  '--strip-producers',
  '--strip-target-features',
  `${bindings}/tuning_bg.wasm`,
  '--output',
  `${TUNING}/tuning.wasm`,
]);
writeFileSync(
  `${TUNING}/tuning.js`,
  asInstanceFactory(readFileSync(`${bindings}/tuning.js`, 'utf8')),
);
writeFileSync(`${TUNING}/tuning.d.ts`, GLUE_TYPES);
copyFileSync(`${bindings}/tuning.d.ts`, `${TUNING}/bindings.d.ts`);
writeFileSync(`${TUNING}/tuning.d.wasm.ts`, BYTES_TYPES);
console.log(`${TUNING}/tuning.wasm: ${readFileSync(`${TUNING}/tuning.wasm`).length} bytes`);
