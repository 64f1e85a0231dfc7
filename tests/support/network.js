// Stands in for the network, so that snippets can be shown as users write them: import it before the package.

const NAMES = { 7: 'Bob', 42: 'Alice', octocat: 'The Octocat' };
const flaky = new Map();

/** What is found at each path, by its beginning. */
const PAGES = {
  '/users/': ({ path }) => {
    const id = path.slice('/users/'.length);
    return NAMES[id] ? Response.json({ id, name: NAMES[id] }) : undefined;
  },
  '/hello.txt': () => new Response('hello'),
  '/me': ({ headers }) => new Response(headers.get('authorization') ?? 'nobody'),
  '/orders': ({ method }) => Response.json({ id: 1 }, { status: method === 'POST' ? 201 : 200 }),
  // Unavailable once, then well.
  '/flaky/': ({ path }) => {
    const count = (flaky.get(path) ?? 0) + 1;
    flaky.set(path, count);
    return count === 1 ? new Response('busy', { status: 503 }) : new Response('better now');
  },
  '/down': () => new Response('down', { status: 503 }),
  '/tomorrow': () => new Response('', { status: 429, headers: { 'retry-after': '86400' } }),
  '/private': () => new Response('secret', { headers: { 'cache-control': 'no-store' } }),
  '/events': () =>
    new Response('data: 1\n\n', { headers: { 'content-type': 'text/event-stream' } }),
  '/slow': async ({ signal }) => {
    await pause(1_000, signal);
    return new Response('at last');
  },
};

globalThis.fetch = async function fetch(input, init) {
  const request = new Request(input, init);
  const { method, headers, signal } = request;
  signal.throwIfAborted();
  await pause(1, signal);
  const { pathname: path } = new URL(request.url);
  const page = Object.keys(PAGES).find((beginning) => path.startsWith(beginning));
  const found = await PAGES[page]?.({ path, method, headers, signal });
  const response = found ?? new Response('not found', { status: 404 });
  return Object.defineProperty(response, 'url', { value: request.url.replace(/#.*$/s, '') });
};

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    const leave = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
  });
}
