// Serves the page, the package and an API that is busy at first. Run it, and open the address that it prints.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const FILES = {
  '/': [new URL('index.html', import.meta.url), 'text/html'],
  '/page.js': [new URL('page.js', import.meta.url), 'text/javascript'],
  '/holdfast/index.js': [new URL(import.meta.resolve('holdfast')), 'text/javascript'],
};

let requests = 0;
const API = {
  '/api/profile': async (response) => {
    requests++;
    response.statusCode = requests === 1 ? 503 : 200;
    response.end(JSON.stringify({ name: 'Alice', requests }));
  },
  '/api/slow': async (response) => {
    await sleep(1_000, undefined, { ref: false });
    response.end();
  },
};

export const server = createServer(async ({ url }, response) => {
  response.setHeader('cache-control', 'no-cache');
  if (API[url]) return API[url](response);
  const [file, type] = FILES[url] ?? [];
  if (!file) return response.writeHead(404).end();
  response.setHeader('content-type', type);
  response.end(await readFile(file));
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  server.listen(8_080, '127.0.0.1', () => console.log('http://127.0.0.1:8080'));
}
