// Runs the tests of the allocator and the arrays under Miri, which reports undefined behaviour. Miri needs nightly
// Rust. If Miri cannot be installed, this prints "not run" with the reason, and succeeds.
import { spawnSync } from 'node:child_process';

const INSTALL_TIMEOUT_MS = 60_000;
const SETUP_TIMEOUT_MS = 90_000;
const TEST_TIMEOUT_MS = 180_000;

function run(command, args, options) {
  return spawnSync(command, args, { encoding: 'utf8', ...options });
}

function notRun(reason) {
  console.log(`Miri: not run: ${reason}`);
  process.exit(0);
}

/** Runs a step of the preparation. If it fails, the tests are not run. */
function prepare(command, args, timeout) {
  console.log(`Miri: ${command} ${args.join(' ')}`);
  const { status, error, stderr } = run(command, args, { timeout });
  if (status === 0) return;
  const [firstError] = (stderr ?? '').match(/^error.*/m) ?? [];
  const reason = error?.code === 'ETIMEDOUT' ? `longer than ${timeout / 1_000} s` : firstError;
  notRun(`${command} ${args.join(' ')}: ${reason ?? 'failed'}`);
}

if (run('rustup', ['--version']).status !== 0) notRun('rustup is not installed');
if (run('cargo', ['+nightly', 'miri', '--version']).status !== 0) {
  const { stdout } = run('rustup', ['toolchain', 'list']);
  const parts = ['--component', 'miri', '--component', 'rust-src'];
  const args = /^nightly-/m.test(stdout)
    ? // Does not update the toolchain that is installed.
      ['component', 'add', '--toolchain', 'nightly', 'miri', 'rust-src']
    : ['toolchain', 'install', 'nightly', '--profile', 'minimal', '--no-self-update', ...parts];
  prepare('rustup', args, INSTALL_TIMEOUT_MS);
}
prepare('cargo', ['+nightly', 'miri', 'setup'], SETUP_TIMEOUT_MS);

const tests = ['--locked', '--package', 'holdfast-wasm', '--lib'];
const { status, error } = run('cargo', ['+nightly', 'miri', 'test', ...tests], {
  stdio: 'inherit',
  timeout: TEST_TIMEOUT_MS,
});
if (error) console.error(`Miri: ${error.message}`);
process.exitCode = status ?? 1;
