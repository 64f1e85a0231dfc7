// Two processes that share results through Redis or Valkey. It needs the package redis and a server, such as the one that
// the command redis-server starts: node examples/two-processes/main.js redis://localhost:6379
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const url = process.argv[2] ?? 'redis://localhost:6379';
const program = fileURLToPath(new URL('process.js', import.meta.url));
const [north, south] = ['north', 'south'].map((name) => fork(program, [url, name]));

/** Has a process call a method of its function. Resolves to the result. */
async function ask(child, method, ...args) {
  child.send({ method, args });
  const [result] = await once(child, 'message');
  return result;
}

await Promise.all([once(north, 'message'), once(south, 'message')]);

const both = await Promise.all([ask(north, 'call', 'tea'), ask(south, 'call', 'tea')]);
console.log('both at once:', both[0].price, both[1].price);
console.log('the same run:', both[0].by === both[1].by);

await ask(north, 'invalidate', 'tea');
const after = await ask(south, 'call', 'tea');
console.log('another run after invalidate in the other process:', after.run !== both[0].run);
console.log('and its result for the first:', (await ask(north, 'call', 'tea')).run === after.run);

north.send('stop');
south.send('stop');
