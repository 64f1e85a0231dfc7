import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServer } from '../../scripts/find-servers.js';

/** A port that is free now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Sends one command with text arguments. Resolves to the start of the reply. */
export function command(port, ...args) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(5_000, () => socket.destroy(new Error('no reply')));
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    const parts = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
    socket.write(`*${args.length}\r\n${parts.join('')}`);
  });
}

async function untilReady(port, child) {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    try {
      if ((await command(port, 'PING')).startsWith('+PONG')) return;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('the server did not start');
}

/**
 * Starts a server on a free port, with its files in a temporary folder.
 * @param {'redis' | 'valkey'} kind
 * @param {string[]} options of the command line
 */
export async function startServer(kind = 'redis', options = []) {
  const program = findServer(kind);
  if (!program) throw new Error(`there is no ${kind}-server`);
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-server-'));
  let child;
  const server = {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child.pid;
    },
    async start() {
      const settings = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', folder];
      const args = [...settings, '--appendonly', 'no', ...options].map(String);
      child = spawn(program, args, { stdio: 'ignore' });
      await untilReady(port, child);
    },
    signal: (name) => process.kill(child.pid, name),
    /** Ends the process at once, and waits for that. */
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await ended;
    },
    command: (...args) => command(port, ...args),
    async stop() {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}
