import { resilient } from 'holdfast';

const list = document.querySelector('ol');
function show(text) {
  const item = document.createElement('li');
  item.textContent = text;
  list.append(item);
}

const get = resilient(fetch, { cache: { ttl: '1m' }, retry: { delay: '10ms' }, timeout: '10s' });
get.addEventListener('retry', ({ attempt, detail }) => {
  show(`attempt ${attempt}: status ${detail.result.status}`);
});

// Three parts of the page need the same data at the same time.
const answers = await Promise.all(
  ['title', 'menu', 'footer'].map(async (part) => {
    const { name, request } = await (await get('/api/profile')).json();
    return `the ${part} knows ${name}, from request ${request}`;
  }),
);
for (const answer of answers) show(answer);

const { request } = await (await get('/api/profile')).json();
show(`a moment later: still from request ${request}`);

// Abort the requests of a view when the user leaves it.
const controller = new AbortController();
const leaving = get('/api/slow', { signal: controller.signal });
controller.abort();
await leaving.catch((error) => show(`left: ${error.name}`));

// Clear the cache after log-in and log-out: cookies are not part of the key.
get.cache.clear();
const fresh = await (await get('/api/profile')).json();
show(`after log-in: from request ${fresh.request}`);
document.body.dataset.done = 'true';
