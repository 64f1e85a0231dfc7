import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

const tests = new URL('..', import.meta.url);

/**
 * Runs a function in a process of its own, with `gc()`, and gives back what it returns, as JSON
 * carries it. The process must exit without a kill, with nothing unhandled and nothing on stderr.
 *
 * @param program its text is what runs: it sees nothing of this module's scope
 * @param noisy where Node itself prints what goes wrong
 */
export function inChild(program, noisy = false) {
  const code = `console.log(JSON.stringify((await (${program})()) ?? null));`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', '--unhandled-rejections=strict', '--input-type=module', '--eval', code],
    { cwd: tests, encoding: 'utf8', timeout: 60_000 },
  );
  if (!noisy) assert.equal(stderr, '');
  assert.equal(status, 0);
  return JSON.parse(stdout);
}
