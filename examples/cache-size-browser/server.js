// Serves the page and the package. Run it and open the printed URL.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const FILES = {
  '/': [new URL('index.html', import.meta.url), 'text/html'],
  '/page.js': [new URL('page.js', import.meta.url), 'text/javascript'],
  '/holdfast/tuning.js': [new URL(import.meta.resolve('holdfast/tuning')), 'text/javascript'],
};

const server = createServer(async ({ url }, response) => {
  const [file, type] = FILES[url] ?? [];
  if (!file) return response.writeHead(404).end();
  response.setHeader('content-type', type);
  response.end(await readFile(file));
});

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
