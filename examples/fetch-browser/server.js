// Serves the page, the package and a slow API that answers every third request with 503. Run it and open the printed URL.
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const FILES = {
  '/': [new URL('index.html', import.meta.url), 'text/html'],
  '/page.js': [new URL('page.js', import.meta.url), 'text/javascript'],
};
// The package has several files, which import each other.
const dist = new URL('.', import.meta.resolve('holdfast'));
for (const name of await readdir(dist)) {
  if (name.endsWith('.js')) FILES[`/holdfast/${name}`] = [new URL(name, dist), 'text/javascript'];
}

let requests = 0;
const API = {
  '/api/profile': async (response) => {
    const request = ++requests;
    await sleep(50);
    response.statusCode = request % 3 === 1 ? 503 : 200;
    response.end(JSON.stringify({ name: 'Alice', request }));
  },
  '/api/slow': async (response) => {
    await sleep(1_000, undefined, { ref: false });
    response.end();
  },
};

const server = createServer(async ({ url }, response) => {
  response.setHeader('cache-control', 'no-cache');
  if (API[url]) return API[url](response);
  const [file, type] = FILES[url] ?? [];
  if (!file) return response.writeHead(404).end();
  response.setHeader('content-type', type);
  response.end(await readFile(file));
});

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
