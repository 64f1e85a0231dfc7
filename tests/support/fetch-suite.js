import { test } from 'node:test';
import { cases } from '../http/fetch/suite.js';
import { deferred } from './deferred.js';
import { startHttpServer } from './http-server.js';

const FILES = {
  '/fetch/': new URL('../http/fetch/', import.meta.url),
  '/holdfast/': new URL('.', import.meta.resolve('holdfast')),
};

/**
 * Makes a test of every case of tests/http/fetch in one runtime.
 * @param start throws if the runtime is missing; returns a function `(base, report)`, which runs the
 *   cases against the server at `base`, and reports the result of each
 */
export function testFetchIn(runtime, start) {
  test(`a wrapped fetch works in ${runtime}`, async (t) => {
    const run = await start(t);
    const server = await startHttpServer({ files: FILES });
    t.after(() => server.close());

    const results = new Map(cases.map(({ name }) => [name, deferred()]));
    const report = (result) => results.get(result.name).resolve(result);
    const fail = (error) => {
      for (const { resolve } of results.values()) resolve({ error: `It did not run: ${error}` });
    };
    run(server.base, report).then(() => fail('the others ended'), fail);

    for (const [name, { promise }] of results) {
      await t.test(name, async () => {
        const { error } = await promise;
        if (error) throw Object.assign(new Error(error.split('\n')[0]), { stack: error });
      });
    }
  });
}
