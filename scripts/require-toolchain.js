// Makes sure that this machine can build holdfast, and adds the parts of Rust that rustup can add.
// Arguments: the cargo commands that the caller needs beside the compiler, such as `fmt` and `clippy`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NODE = 20;
const TARGET = 'wasm32-unknown-unknown';
/** The rustup components that bring cargo commands. */
const COMPONENTS = { fmt: 'rustfmt', clippy: 'clippy' };

function fail(message, details = '') {
  if (details) console.error(details.trimEnd());
  console.error(`holdfast: ${message}`);
  process.exit(1);
}

function run(command, args, options) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', ...options });
  return { ok: status === 0, stdout: stdout || '', stderr: stderr || '' };
}

/** Has rustup add something; `what` is for people. */
function add(kind, name, what) {
  console.log(`Adding ${what}: rustup ${kind} add ${name}`);
  const { ok } = run('rustup', [kind, 'add', name], { stdio: 'inherit' });
  if (!ok) fail(`${what} is missing. Get it with: rustup ${kind} add ${name} (https://rustup.rs)`);
}

if (Number.parseInt(process.versions.node, 10) < NODE) {
  fail(`Node ${NODE} or newer is needed, this is ${process.versions.node}: https://nodejs.org`);
}

for (const command of ['cargo', 'rustc']) {
  const { ok, stderr } = run(command, ['--version']);
  if (!ok) fail(`Rust is needed and ${command} does not run. Get it at https://rustup.rs`, stderr);
}

const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
const linked = run('rustc', ['-', '-o', join(folder, 'probe')], { input: 'fn main() {}' });
rmSync(folder, { recursive: true, force: true });
if (!linked.ok) {
  fail(
    'a C linker is needed and rustc finds none. Install gcc or clang (Debian: build-essential, ' +
      'macOS: xcode-select --install, Windows: the C++ build tools of Visual Studio)',
    linked.stderr,
  );
}

const libraries = run('rustc', ['--print', 'target-libdir', '--target', TARGET]).stdout.trim();
if (!existsSync(libraries)) add('target', TARGET, 'the WebAssembly target of Rust');

for (const command of process.argv.slice(2)) {
  if (!run('cargo', [command, '--version']).ok) {
    add('component', COMPONENTS[command], `cargo ${command}`);
  }
}
