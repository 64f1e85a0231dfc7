import { equal, ok } from './assert.js';

const TEXT = '{"n":1,"é":"\u2713"}';

/** What a promise does: its value as text, or the name of its error. */
async function outcome(promise) {
  try {
    const value = await promise();
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return decoded(value);
    return value instanceof Response ? 'a Response' : JSON.stringify(value);
  } catch (error) {
    return error?.name;
  }
}

const decoded = (bytes) => new TextDecoder().decode(bytes);

/** The readers that return the bytes, or what they decode to. */
const READERS = ['text', 'json', 'arrayBuffer', 'bytes'];
const native = (name) => Response.prototype[name];
const getter = (name, response) => Reflect.get(Response.prototype, name, response);

/** Everything that tells whether a body is used. */
async function use(response) {
  const before = [response.bodyUsed, getter('bodyUsed', response), response.body?.locked];
  return [
    ...before,
    await outcome(() => response.clone()),
    await outcome(() => native('clone').call(response)),
    await outcome(() => new Response(response.body, response)),
    await outcome(() => response.text()),
    await outcome(() => native('json').call(response)),
    await outcome(() => response.blob()),
    response.bodyUsed,
  ];
}

/** Ways to use the body of a response. Each returns what it sees. */
const ways = {
  async 'reading into a form that does not fit'(response) {
    return [await outcome(() => response.formData()), ...(await use(response))];
  },
  async 'locking it'(response) {
    const reader = response.body.getReader();
    const locked = [response.bodyUsed, await outcome(() => response.text())];
    locked.push(await outcome(() => response.clone()), response.bodyUsed);
    reader.releaseLock();
    return [...locked, await outcome(() => response.text()), ...(await use(response))];
  },
  async 'reading a part of it'(response) {
    const reader = response.body.getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    return [decoded(value), ...(await use(response))];
  },
  async 'cancelling it'(response) {
    // That of a clone waits for the other one.
    void response.body.cancel();
    return use(response);
  },
  async 'looking at its stream'(response) {
    const { body } = response;
    const same = body === response.body && body === getter('body', response);
    return [
      same,
      body.locked,
      response.bodyUsed,
      await outcome(() => response.text()),
      body.locked,
    ];
  },
  async 'making a response of it'(response) {
    const other = new Response(response.body, response);
    const { status, headers } = other;
    const seen = [status, headers.get('x-a'), response.bodyUsed, other.bodyUsed];
    seen.push(await outcome(() => other.text()), response.bodyUsed);
    return [...seen, await outcome(() => response.text())];
  },
  async 'dividing its stream'(response) {
    const [one, two] = response.body.tee();
    const text = await new Response(two).text();
    return [text, await new Response(one).text(), ...(await use(response))];
  },
  async 'cloning it before and after'(response) {
    const clone = response.clone();
    const first = await outcome(() => response.json());
    const late = await outcome(() => response.clone());
    const second = clone.clone();
    const rest = [await outcome(() => clone.text()), await outcome(() => second.json())];
    return [first, late, ...rest, ...(await use(clone)), ...(await use(response))];
  },
  async 'reading a clone of the platform'(response) {
    const clone = native('clone').call(response);
    const seen = [await outcome(() => clone.text()), await outcome(() => response.text())];
    return [...seen, ...(await use(response))];
  },
  async 'reading twice at once'(response) {
    const first = response.text();
    const used = response.bodyUsed;
    return [used, await outcome(() => response.json()), await outcome(() => first)];
  },
};

for (const name of READERS) {
  ways[`its ${name}()`] = async (response) => [
    await outcome(() => response[name]()),
    ...(await use(response)),
  ];
  ways[`the platform's ${name}()`] = async (response) => [
    await outcome(() => native(name).call(response)),
    ...(await use(response)),
  ];
}

/** The responses of a leader, a waiter and a hit, and a clone of a hit. */
async function responsesOf(f, url) {
  const [leader, waiter, other] = await Promise.all([f(url), f(url), f(url)]);
  // The response is stored once its body has been read.
  await other.text();
  return { leader, waiter, hit: await f(url), clone: (await f(url)).clone() };
}

export const useOfBodies = {};

for (const [way, see] of Object.entries(ways)) {
  useOfBodies[`a copy of a response is used like a response of fetch by ${way}`] = async ({
    resilient,
    page,
  }) => {
    const { url } = page({ headers: { 'x-a': '1' }, body: TEXT });
    // In Bun a body that was locked counts as used.
    if (globalThis.Bun && way === 'locking it') return;
    if (/\.bytes|bytes\(/.test(way) && !('bytes' in Response.prototype)) return;
    const expected = await see(await fetch(url));
    const f = resilient(fetch, { cache: true });
    for (const [who, response] of Object.entries(await responsesOf(f, url))) {
      equal(await see(response), expected, `what is seen by the ${who}`);
    }
    equal(await (await f(url)).text(), TEXT, 'the stored body');
  };
}

Object.assign(useOfBodies, {
  async 'a copy of a response decodes its bytes as fetch does'({ resilient }) {
    const bodies = {
      'a byte order mark': [0xef, 0xbb, 0xbf, 0x31],
      'bytes that are no UTF-8': [0x22, 0xff, 0xe2, 0x82, 0x22],
      'no JSON': [0x7b],
      nothing: [],
    };
    for (const [what, numbers] of Object.entries(bodies)) {
      const make = async () => new Response(new Uint8Array(numbers));
      const f = resilient(make, { cache: true });
      await (await f()).text();
      for (const name of READERS.filter((name) => name in Response.prototype)) {
        const read = async (response) => outcome(() => response[name]());
        equal(await read(await f()), await read(await make()), `${name}() of ${what}`);
      }
    }
  },

  async 'what a reader of a copy returns belongs to the reader'({ resilient }) {
    const f = resilient(async () => new Response('text'), { cache: true });
    await (await f()).text();
    for (const name of ['arrayBuffer', 'bytes'].filter((name) => name in Response.prototype)) {
      const bytes = await (await f())[name]();
      equal(bytes.byteLength, (bytes.buffer ?? bytes).byteLength, 'bytes of the buffer');
      new Uint8Array(bytes.buffer ?? bytes).fill(0);
      equal(await (await f()).text(), 'text', `after a change of what ${name}() returned`);
    }
  },

  async 'a copy of a response looks like a response of its class'({ resilient, page }) {
    const { url } = page(TEXT);
    const plain = await fetch(url);
    const namesIn = (object) => {
      const names = [];
      for (const name in object) names.push(name);
      return names.sort();
    };
    const f = resilient(fetch, { cache: true });
    for (const [who, response] of Object.entries(await responsesOf(f, url))) {
      ok(response instanceof Response, `${who}: instanceof Response`);
      equal(response.constructor, Response, `${who}: constructor`);
      equal(Object.prototype.toString.call(response), '[object Response]', `${who}: tag`);
      equal(Object.keys(response), Object.keys(plain), `${who}: own names`);
      equal(namesIn(response), namesIn(plain), `${who}: all names`);
      equal(response.text.name, 'text', `${who}: name of a method`);
    }
  },

  async 'a method that a test replaces is replaced in copies of responses, too'({ resilient }) {
    const f = resilient(async () => new Response('1'), { cache: true });
    await (await f()).text();
    const own = await f();
    own.json = async () => 'own';
    equal(await own.json(), 'own');
    const { json } = Response.prototype;
    try {
      Response.prototype.json = async function () {
        return `replaced: ${await this.text()}`;
      };
      equal(await (await f()).json(), 'replaced: 1');
    } finally {
      Response.prototype.json = json;
    }
    equal(await (await f()).json(), 1);
  },

  async 'a copy of a response can be stored in a cache of the platform'({ resilient, page }) {
    if (!globalThis.caches?.open) return;
    const { url } = page({ headers: { 'x-a': '1' }, body: TEXT });
    const f = resilient(fetch, { cache: true });
    const cache = await caches.open('copies').catch(() => undefined);
    if (!cache) return;
    for (const [who, response] of Object.entries(await responsesOf(f, url))) {
      await cache.put(url, response);
      equal(response.bodyUsed, true, `bodyUsed of the ${who}`);
      const stored = await cache.match(url);
      equal([stored.headers.get('x-a'), await stored.text()], ['1', TEXT], who);
      equal(
        await outcome(() => cache.put(url, response)),
        'TypeError',
        `the used one of the ${who}`,
      );
    }
    const read = await f(url);
    await read.text();
    equal(await outcome(() => cache.put(url, read)), 'TypeError', 'one that was read');
    await caches.delete('copies');
  },

  async 'a server of the platform sends copies of a response like the original'(context) {
    const { resilient } = context;
    const bytes = new TextEncoder().encode(TEXT);
    const make = async () => new Response(bytes, { status: 203, headers: { 'x-a': '1' } });
    const f = resilient(make, { cache: true });
    await (await f()).text();
    const expected = await served(make);
    if (!expected) return;
    equal(await served(() => f()), expected, 'what a hit sends');
    equal(await served(async () => (await f()).clone()), expected, 'what a clone sends');
  },
});

/** What a client gets of a server of Deno or Bun; `undefined` in other runtimes. */
async function served(respond) {
  const { Bun, Deno } = globalThis;
  const failed = () => new Response('failed', { status: 500 });
  const server =
    Deno?.serve({ port: 0, onListen() {}, onError: failed }, respond) ??
    Bun?.serve({ port: 0, fetch: respond, error: failed });
  if (!server) return undefined;
  const response = await fetch(`http://127.0.0.1:${server.port ?? server.addr.port}/`);
  const result = [response.status, response.headers.get('x-a'), await response.text()];
  await (server.shutdown?.() ?? server.stop(true));
  return result;
}
