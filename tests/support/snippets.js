import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';

const NETWORK = new URL('network.js', import.meta.url).href;
const TESTS = new URL('..', import.meta.url);
/** Node 20 prints it for its mock timers. */
const EXPERIMENTAL = /^\(node:\d+\) ExperimentalWarning: .*\n\(Use .*\n/;

/**
 * The JavaScript snippets of a page.
 *
 * A line that ends in `// -> text` states what the snippet prints. A snippet of a server also shows requests, each with
 * the answer in the comments below it, where `...` at the end stands for the rest:
 *
 *     // $ curl localhost:3000/users/octocat
 *     // {"name":"The Octocat"}
 */
export function snippetsOf(url) {
  const page = readFileSync(url, 'utf8');
  return [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => ({
    code,
    expected: [...code.matchAll(/\/\/ (?:.* )?-> (.*)$/gm)].map(([, line]) => line),
    requests: [...code.matchAll(/^\/\/ \$ curl localhost:3000(.*)\n((?:\/\/ (?!\$).*\n)*)/gm)].map(
      ([, path, answer]) => ({ path, answer: answer.replace(/^\/\/ /gm, '').trimEnd() }),
    ),
  }));
}

/** Runs every snippet of a page in its own process, and compares its output with what it states. */
export function testSnippets(title, url) {
  describe(`the snippets of ${title} print what they say`, { concurrency: 2 }, () => {
    for (const [index, { code, expected, requests }] of snippetsOf(url).entries()) {
      test(`snippet ${index + 1} of ${title} prints what it says: ${expected[0]}`, async () => {
        assert.ok(expected.length > 0, 'the snippet says what it prints');
        assert.deepEqual(await run(code, requests), { stderr: '', lines: expected, status: 0 });
      });
    }
  });
}

async function run(code, requests) {
  const args = ['--import', NETWORK, '--input-type=module', '--eval', code];
  const env = requests.length > 0 ? { ...process.env, PORT: await freePort() } : process.env;
  const child = spawn(process.execPath, args, { cwd: TESTS, timeout: 60_000, env });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].setEncoding('utf8').on('data', (text) => {
      printed[name] += text;
    });
  }
  const ended = once(child, 'close');
  if (requests.length > 0) {
    try {
      // A server prints its first line when it listens.
      await Promise.race([once(child.stdout, 'data'), ended]);
      for (const { path, answer } of requests) await compareAnswer(env.PORT, path, answer);
    } finally {
      child.kill('SIGTERM');
    }
  }
  const [status, signal] = await ended;
  const lines = printed.stdout.replace(/\n$/, '').split('\n');
  return { stderr: printed.stderr.replace(EXPERIMENTAL, ''), lines, status: status ?? signal };
}

async function compareAnswer(port, path, answer) {
  const response = await fetch(`http://localhost:${port}${path}`);
  const text = (await response.text()).trimEnd();
  if (!answer.endsWith('...')) return assert.equal(text, answer);
  const beginning = answer.slice(0, -'...'.length);
  assert.equal(text.slice(0, beginning.length), beginning);
}

async function freePort() {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return String(port);
}
