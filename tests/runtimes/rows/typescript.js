import { readFileSync } from 'node:fs';
import { run } from '../consumer.js';

/** A program with exact types and lines that must not compile. It needs no types of a platform. */
const ANYWHERE = `import { type CallContext, type CircuitState, ResultCache, resilient } from 'holdfast';
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
const size: number = new ResultCache<User>({ maxSize: 5 }).size;
const plain: number = withoutWasm((n: number) => n)(1);
getUser.addEventListener('retry', ({ detail }) => detail.delay.toFixed());
// @ts-expect-error: expects a number
getUser('1');

const versioned = Object.assign(async (n: number) => n, { version: 1 });
// @ts-expect-error: a property of the function
resilient(versioned, { cache: true }).version;
class Query<T> extends Promise<T> {
  limit(_rows: number): this {
    return this;
  }
}
declare const find: (table: string) => Query<string[]>;
resilient(find)('t').limit(3);
// @ts-expect-error: a method of what the function returns
resilient(find, { cache: true })('t').limit(3);
declare const first: <T>(items: readonly T[]) => Promise<T | undefined>;
const firstOf: Promise<string | undefined> = resilient(first, { cache: true, retry: {} })(['a']);
declare const misplaced: (a: string, b?: number, context?: CallContext) => Promise<string>;
// @ts-expect-error: an optional parameter before the context
resilient(misplaced, { passContext: true });

export { cached, firstOf, later, plain, size, state, user };
`;

/** An addition to the program for platforms with `fetch`. */
const WITH_FETCH = `${ANYWHERE}
const get = resilient(fetch, { cache: true, retry: {} });
const response: Promise<Response> = get('https://example.com', { method: 'GET' });
const byUrl: Promise<Response> = get(new URL('https://example.com'));
const byRequest: Promise<Response> = get(new Request('https://example.com'));
get.with({ signal: new AbortController().signal })('https://example.com').then((r) => r.ok);
get.addEventListener('success', (event) => event.timeStamp.toFixed());
// @ts-expect-error: no URL
get(1);
// @ts-expect-error: no such option
resilient(fetch, { retrys: 3 });

export { byRequest, byUrl, response };
`;

/** The programs, and their types in addition to those of the language. */
const ENVIRONMENTS = {
  dom: { program: WITH_FETCH, lib: ['es2022', 'dom', 'dom.iterable'], types: [] },
  node: { program: WITH_FETCH, lib: ['es2022'], types: ['node'] },
  workers: { program: WITH_FETCH, lib: ['es2022'], types: ['@cloudflare/workers-types'] },
  bun: { program: WITH_FETCH, lib: ['esnext'], types: ['bun-types'], except: '5.5' },
  none: { program: ANYWHERE, lib: ['es2022'], types: [] },
};

const OPTIONS = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  target: 'es2022',
};
const RESOLUTIONS = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
};
/** The newest types of Node and Bun need newer versions of TypeScript. */
const dependencies = (version) => ({
  typescript: version,
  '@cloudflare/workers-types': '^5.20261117.1',
  ...(version === '5.5' ? { '@types/node': '^20.19.43' } : { 'bun-types': '^1.4.5' }),
});

export const typeScriptRows = ['5.5', '5.9', 'latest'].map((version) => ({
  name: `TypeScript ${version}`,
  async run(consumer) {
    const files = {};
    const projects = [];
    for (const [name, { program, lib, types, except }] of Object.entries(ENVIRONMENTS)) {
      if (version === except) continue;
      files[`${name}.mts`] = program;
      files[`${name}.cts`] = program;
      for (const [kind, resolution] of Object.entries(RESOLUTIONS)) {
        if (kind === 'node16' && name !== 'dom') continue;
        const compilerOptions = { ...OPTIONS, ...resolution, lib, types };
        const include = kind === 'bundler' ? [`${name}.mts`] : [`${name}.mts`, `${name}.cts`];
        files[`${name}-${kind}.json`] = JSON.stringify({ compilerOptions, include });
        projects.push(`${name}-${kind}.json`);
      }
    }
    const folder = await consumer.install(dependencies(version), files);
    for (const project of projects) {
      const tsc = 'node_modules/typescript/bin/tsc';
      await run(process.execPath, [tsc, '-p', project], { cwd: folder });
    }
    const manifest = readFileSync(`${folder}/node_modules/typescript/package.json`, 'utf8');
    const names = projects.map((project) => project.slice(0, -'.json'.length));
    return `${JSON.parse(manifest).version}, ${names.join(', ')}`;
  },
}));
