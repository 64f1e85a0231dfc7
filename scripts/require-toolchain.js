// Makes sure that this machine can build holdfast, and adds the parts of Rust that rustup can add.
// Arguments: the cargo commands that the caller needs beside the compiler, such as `fmt` and `clippy`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NODE = 20;
/** The minor version of Rust 1 that the dependencies ask for. */
const RUST = 88;
const TARGET = 'wasm32-unknown-unknown';
/** The rustup components that bring cargo commands. */
const COMPONENTS = { fmt: 'rustfmt', clippy: 'clippy' };

function fail(message, details = '') {
  const [reason] = details.trim().split('\n\n');
  if (reason) console.error(reason);
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
  const { ok, stdout, stderr } = run(command, ['--version']);
  if (!ok) fail(`Rust is needed and ${command} does not run. Get it at https://rustup.rs`, stderr);
  if (Number(/ 1\.(\d+)/.exec(stdout)?.[1]) < RUST) {
    fail(`Rust 1.${RUST} or newer is needed: rustup update stable`, stdout);
  }
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
