import { readFileSync } from 'node:fs';
import { run } from '../consumer.js';

/** A program whose types must be right, and one line in it that must not compile. */
const PROGRAM = `import { type CircuitState, ResultCache, resilient } from 'holdfast';
import { resilient as withoutWasm } from 'holdfast/js';

interface User {
  readonly id: number;
}
const getUser = resilient(async (id: number): Promise<User> => ({ id }), {
  cache: { ttl: '5m', maxSize: 10 },
  retry: { maxAttempts: 3, retryOnResult: (user) => user.id < 0 },
  fallback: { handler: (_error, id) => ({ id: id + 1 }) },
  circuitBreaker: {},
});
const user: Promise<User> = getUser(1);
const state: CircuitState = getUser.circuitBreaker.state;
const cached: User | undefined = getUser.cache.get(getUser.makeKey(1));
const later: Promise<number> = resilient((n: number) => n, { timeout: '1s' })(1);
const response: Promise<Response> = resilient(fetch, { cache: true })('https://example.com');
const size: number = new ResultCache<User>({ maxSize: 5 }).size;
const plain: number = withoutWasm((n: number) => n)(1);
// @ts-expect-error: a number is asked for
getUser('1');
// @ts-expect-error: no such option
resilient(fetch, { retrys: 3 });

export { cached, later, plain, response, size, state, user };
`;

const OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  target: 'es2022',
  lib: ['es2022', 'dom', 'dom.iterable'],
  types: [],
};
const RESOLUTIONS = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};

export const typeScriptRows = ['5.5', '5.9', 'latest'].map((version) => ({
  name: `TypeScript ${version}`,
  async run(consumer) {
    const files = { 'program.mts': PROGRAM, 'program.cts': PROGRAM };
    for (const [name, resolution] of Object.entries(RESOLUTIONS)) {
      const compilerOptions = { ...OPTIONS, ...resolution };
      const include = name === 'bundler' ? ['program.mts'] : ['program.mts', 'program.cts'];
      files[`${name}.json`] = JSON.stringify({ compilerOptions, include });
    }
    const folder = await consumer.install({ typescript: version }, files);
    for (const name of Object.keys(RESOLUTIONS)) {
      const tsc = 'node_modules/typescript/bin/tsc';
      await run(process.execPath, [tsc, '-p', `${name}.json`], { cwd: folder });
    }
    const manifest = readFileSync(`${folder}/node_modules/typescript/package.json`, 'utf8');
    return `${JSON.parse(manifest).version}, ${Object.keys(RESOLUTIONS).join(', ')}`;
  },
}));
