import { equal } from './assert.js';

/** In Deno, the response of an upstream as the client of a Deno server gets it; undefined in other runtimes. */
async function sentOn(respond) {
  const server = Deno.serve({ port: 0, onListen() {} }, respond);
  const response = await fetch(`http://127.0.0.1:${server.addr.port}/`);
  const { status, headers } = response;
  const fields = ['content-type', 'content-encoding', 'x-a'].map((name) => headers.get(name));
  const result = { status, fields, text: await response.text() };
  await server.shutdown();
  return result;
}

export const servedAgain = {
  async 'a Deno server can serve copies of a compressed body like the original'(context) {
    if (!globalThis.Deno) return;
    const { resilient, page } = context;
    const body = 'over and over '.repeat(1_000);
    for (const answer of [{ gzip: true, headers: { 'x-a': '1' }, body }, { body }]) {
      const { url } = page(answer);
      const plain = await sentOn(() => fetch(url));
      const f = resilient(fetch, { cache: true });
      const { signal } = new AbortController();
      equal(await sentOn(() => f(url)), plain, 'what the leader sends on');
      equal(await sentOn(() => f(url)), plain, 'what a hit sends on');
      equal(await sentOn(async () => (await f(url)).clone()), plain, 'what a clone sends on');
      const uncached = resilient(fetch, { retry: {} });
      equal(await sentOn(() => uncached(url, { signal })), plain, 'what is not cached sends on');
      const own = await (await f(url)).headers.get('content-encoding');
      equal(own, (await fetch(url)).headers.get('content-encoding'));
    }
  },

  async 'a Deno server leaves a body compressed that is compressed itself'({ resilient }) {
    if (!globalThis.Deno) return;
    const zip = new Blob(['hello']).stream().pipeThrough(new CompressionStream('gzip'));
    const bytes = await new Response(zip).bytes();
    const make = async () => new Response(bytes, { headers: { 'content-encoding': 'gzip' } });
    const plain = await sentOn(make);
    equal(plain.text, 'hello');
    const f = resilient(make, { cache: true });
    equal(await sentOn(() => f()), plain, 'what the leader sends on');
    equal(await sentOn(() => f()), plain, 'what a hit sends on');
  },
};
