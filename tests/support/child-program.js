import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const tests = new URL('..', import.meta.url);

/**
 * A module that runs in another process. It prints a line for each step with `console.log`, and `await nextLine()` in it waits for
 * {@link ChildProgram.tell}.
 */
export class ChildProgram {
  #lines = [];
  #waiting = [];
  #exit;

  constructor(code) {
    const prelude = `
      import { createInterface } from 'node:readline';
      const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
      const nextLine = async () => (await input.next()).value;`;
    this.child = spawn(
      process.execPath,
      ['--no-warnings', '--input-type=module', '--eval', `${prelude}\n${code}`],
      { cwd: tests, stdio: ['pipe', 'pipe', 'inherit'] },
    );
    this.#exit = once(this.child, 'close').then(([status]) => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`it exited: ${status}`));
      return status;
    });
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      const waiting = this.#waiting.shift();
      if (waiting) waiting.resolve(line);
      else this.#lines.push(line);
    });
  }

  /** The next line that it prints. */
  async line() {
    if (this.#lines.length > 0) return this.#lines.shift();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  tell(line) {
    this.child.stdin.write(`${line}\n`);
  }

  /** Waits until it ends. */
  async end() {
    this.child.stdin.end();
    assert.equal(await this.#exit, 0);
  }

  async kill() {
    for (const { reject } of this.#waiting) reject(new Error('it was killed'));
    this.child.kill('SIGKILL');
    await this.#exit;
  }
}
