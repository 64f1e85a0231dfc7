// Checks that this machine can build holdfast, and adds the missing parts of Rust if rustup can.
// Arguments: the cargo commands that the caller needs next to the compiler, such as `fmt` and `clippy`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MIN_NODE_MAJOR = 20;
/** The minor version of Rust 1. */
const MIN_RUST_MINOR = Number(
  /^rust-version = "1\.(\d+)/m.exec(readFileSync('Cargo.toml', 'utf8'))[1],
);
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

/** Has rustup add something, called `name` in messages. */
function add(name, ...args) {
  const command = `rustup ${args.join(' ')}`;
  console.log(`Adding ${name}: ${command}`);
  const { ok } = run('rustup', args, { stdio: 'inherit' });
  if (!ok) fail(`${name} is missing. Get it with: ${command} (https://rustup.rs)`);
}

if (Number.parseInt(process.versions.node, 10) < MIN_NODE_MAJOR) {
  fail(
    `Node ${MIN_NODE_MAJOR} or newer is needed, this is ${process.versions.node}: https://nodejs.org`,
  );
}

// Rustup installs the toolchain of rust-toolchain.toml when it is first used, unless RUSTUP_AUTO_INSTALL is 0.
if (run('cargo', ['--version']).stderr.includes('is not installed')) {
  add('the Rust toolchain of rust-toolchain.toml', 'toolchain', 'install');
}
for (const command of ['cargo', 'rustc']) {
  const { ok, stdout, stderr } = run(command, ['--version']);
  if (!ok) fail(`Rust is needed and ${command} does not run. Get it at https://rustup.rs`, stderr);
  if (Number(/ 1\.(\d+)/.exec(stdout)?.[1]) < MIN_RUST_MINOR) {
    fail(`Rust 1.${MIN_RUST_MINOR} or newer is needed: rustup update stable`, stdout);
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
if (!existsSync(libraries)) add('the WebAssembly target of Rust', 'target', 'add', TARGET);

for (const command of process.argv.slice(2)) {
  if (!run('cargo', [command, '--version']).ok) {
    add(`cargo ${command}`, 'component', 'add', COMPONENTS[command]);
  }
}
