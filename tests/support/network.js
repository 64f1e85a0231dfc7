// Replaces the network for the snippets. Import it before the package.

const NAMES = { 7: 'Bob', 42: 'Alice', octocat: 'The Octocat' };
const flaky = new Map();

/** Answers of a GraphQL server to queries, by the id that they ask for. */
const graphql = ({ query, variables: { id } }) => {
  if (!query.startsWith('query')) return { data: { rename: { id } } };
  return NAMES[id] ? { data: { user: { name: NAMES[id] } } } : { errors: [{ message: 'no user' }] };
};
/** Answers of a language model: busy at first. */
const complete = ({ stream, prompt }) => {
  if (stream) return new Response(`data: ${prompt}\n\ndata: world\n\n`);
  const count = (flaky.get('model') ?? 0) + 1;
  flaky.set('model', count);
  return count === 1 ? new Response('', { status: 429 }) : Response.json({ text: `${prompt}!` });
};

/** Requests that count against the limit of an API: those without a 304. */
let counted = 0;
/** A repository, with the headers of GitHub. */
const repository = ({ headers }) => {
  const etag = '"r1"';
  const control = { etag, 'cache-control': 'private, max-age=60', vary: 'Accept, Authorization' };
  if (headers.get('if-none-match') === etag)
    return new Response(null, { status: 304, headers: control });
  counted++;
  return Response.json(
    { stars: 110_000 },
    { headers: { ...control, 'x-ratelimit-used': `${counted}` } },
  );
};

/** The answer of each path, by the beginning of the path. */
const PAGES = {
  '/users/': ({ path }) => {
    const id = path.slice('/users/'.length);
    return NAMES[id] ? Response.json({ id, name: NAMES[id] }) : undefined;
  },
  '/repos/': repository,
  '/news': () =>
    new Response('news', { headers: { 'cache-control': 'max-age=60, stale-if-error=86400' } }),
  '/graphql': ({ body }) => Response.json(graphql(body)),
  '/complete': ({ body }) => complete(body),
  '/hello.txt': () => new Response('hello'),
  '/me': ({ headers }) => new Response(headers.get('authorization') ?? 'anonymous'),
  '/orders': ({ method }) => Response.json({ id: 1 }, { status: method === 'POST' ? 201 : 200 }),
  // Unavailable once, then available.
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
  const body = headers.get('content-type')?.includes('json') ? await request.json() : undefined;
  const found = await PAGES[page]?.({ path, method, headers, signal, body });
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
