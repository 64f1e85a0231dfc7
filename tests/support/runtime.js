import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../http/fetch/main.js', import.meta.url));

/**
 * Where npm puts the program of a runtime: in a package for the platform, or elsewhere by an install script.
 */
const PLACES = {
  deno: { scope: '@deno', platform: 'deno', package: 'deno' },
  bun: { scope: '@oven', platform: 'bin/bun', package: 'bin/bun.exe' },
};

/** The path of a runtime's program in its npm package. @throws without a program that runs */
export function programOf(name) {
  const places = PLACES[name];
  const packages = dirname(dirname(packageFile(name)));
  const scope = join(packages, places.scope);
  const platforms = existsSync(scope) ? readdirSync(scope) : [];
  const programs = platforms.map((platform) => join(scope, platform, places.platform));
  programs.push(join(packages, name, places.package));
  const runs = (program) => spawnSync(program, ['--version']).status === 0;
  const program = programs.find(runs);
  if (!program) throw new Error(`The npm package ${name} has no program that runs on this machine`);
  return program;
}

function packageFile(name) {
  try {
    return fileURLToPath(import.meta.resolve(`${name}/package.json`));
  } catch {
    throw new Error(`The npm package ${name} is missing: npm ci`);
  }
}

/** Runs the suite of tests/http/fetch in a program that prints a line of JSON per result. */
export function runMain(program, ...args) {
  return async (base, report) => {
    const stdio = ['ignore', 'pipe', 'pipe'];
    const child = spawn(program, [...args, MAIN, base], { stdio });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const ended = once(child, 'close');
    for await (const line of createInterface({ input: child.stdout })) report(JSON.parse(line));
    const [status, signal] = await ended;
    if (status !== 0) throw new Error(`it ended with ${signal ?? status}\n${stderr}`);
  };
}
