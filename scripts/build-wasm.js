// Builds js/core/generated/: the Rust core, compiled and optimised, and the types of what it exports.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const GENERATED = 'js/core/generated';
const WASM = `${GENERATED}/holdfast.wasm`;
const WASM_OPT = fileURLToPath(import.meta.resolve('binaryen/bin/wasm-opt'));

/** What the core may use beyond the first WebAssembly; every engine that the package supports has it. */
const FEATURES = ['bulk-memory', 'mutable-globals', 'nontrapping-float-to-int', 'sign-ext'];

/** The types of the import of the bytes, which the bundler puts into the bundle. */
const BYTES_TYPES = `declare const bytes: Uint8Array<ArrayBuffer>;
export default bytes;
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

const bindings = run('cargo', ['run', '--locked', '--quiet', '--package', 'xtask']);

rmSync(GENERATED, { recursive: true, force: true });
mkdirSync(GENERATED, { recursive: true });
run(process.execPath, [
  WASM_OPT,
  '-O3',
  '--mvp-features',
  ...FEATURES.map((feature) => `--enable-${feature}`),
  '--strip-debug',
  '--strip-producers',
  '--strip-target-features',
  `${bindings}/holdfast_bg.wasm`,
  '--output',
  WASM,
]);
copyFileSync(`${bindings}/holdfast_bg.wasm.d.ts`, `${GENERATED}/exports.d.ts`);
writeFileSync(`${GENERATED}/holdfast.d.wasm.ts`, BYTES_TYPES);

const bytes = readFileSync(WASM);
const [needed] = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
if (needed) fail(`the core is instantiated without imports, but needs ${needed.name}`);
console.log(`${WASM}: ${bytes.length} bytes`);
