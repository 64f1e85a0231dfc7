import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cases } from './conformance.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TARBALL = fileURLToPath(new URL('../../build/holdfast.tgz', import.meta.url));
/** Long enough for the slowest build on a slow machine. */
const PATIENCE = 300_000;

/** Thrown by a row whose requirements this machine does not meet. */
export class NotRun extends Error {}

/** The suite, which every consumer gets. */
const SUITE = [
  'adaptive.js',
  'conformance.js',
  'expect.js',
  'http-caching.js',
  'run-cases.js',
  'staleness.js',
];

/** Programs that run the suite and print the results as one line of JSON. */
const SUITES = {
  'suite.mjs': `import * as holdfast from 'holdfast';
import { conform } from './conformance.js';
console.log(JSON.stringify(await conform(holdfast)));
`,
  'suite.cjs': `const holdfast = require('holdfast');
import('./conformance.js')
  .then(({ conform }) => conform(holdfast))
  .then((results) => console.log(JSON.stringify(results)));
`,
};

/** A new folder outside the repository, with the packed package and the other dependencies of the row installed. */
export class Consumer {
  #folders = [];

  /**
   * @param dependencies the packages, with their versions, as package.json has them
   * @param files further files, by their names
   */
  async install(dependencies = {}, files = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-consumer-'));
    this.#folders.push(folder);
    const manifest = {
      name: 'consumer',
      private: true,
      type: 'module',
      dependencies: { ...dependencies, holdfast: `file:${TARBALL}` },
    };
    for (const [name, text] of Object.entries({
      'package.json': JSON.stringify(manifest),
      ...SUITES,
      ...files,
    })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    for (const name of SUITE) cpSync(join(HERE, name), join(folder, name));
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--force'];
    await run('npm', ['install', ...flags], { cwd: folder }).catch((error) => {
      throw new NotRun(`npm cannot install what it takes\n${error.message}`);
    });
    return folder;
  }

  dispose() {
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a program and returns its output. @throws when it fails, with all its output */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { timeout: PATIENCE, killSignal: 'SIGKILL', ...options });
    const printed = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        printed[name] += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(printed.stdout);
      const what = [program, ...args].join(' ');
      reject(new Error(`${what} ended with ${code ?? signal}\n${printed.stdout}${printed.stderr}`));
    });
  });
}

/**
 * Checks the results of a suite, printed or as objects.
 * @param suite its cases
 * @throws when a case failed or is missing
 */
export function assertConforms(output, suite = cases) {
  const results =
    typeof output === 'string' ? JSON.parse(output.trim().split('\n').at(-1)) : output;
  const names = results.map(({ name }) => name);
  if (names.join() !== Object.keys(suite).join()) throw new Error(`It ran other cases: ${names}`);
  const failed = results.filter(({ error }) => error !== null);
  if (failed.length > 0) {
    throw new Error(failed.map(({ name, error }) => `${name}\n  ${error}`).join('\n'));
  }
}
