import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

const tests = new URL('..', import.meta.url);

/**
 * Runs a function in a new process, with `gc()`, and returns its result after a round trip by JSON. The process must exit without a kill, with nothing unhandled and nothing on stderr.
 *
 * @param program run by its text: it has no access to the scope of this module
 * @param noisy whether Node itself may print to stderr
 */
export function inChild(program, noisy = false) {
  const code = `console.log(JSON.stringify((await (${program})()) ?? null));`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', '--unhandled-rejections=strict', '--input-type=module', '--eval', code],
    { cwd: tests, encoding: 'utf8', timeout: 240_000 },
  );
  if (!noisy) assert.equal(stderr, '');
  assert.equal(status, 0);
  return JSON.parse(stdout);
}
