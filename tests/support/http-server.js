import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { HttpPage } from './http-page.js';

const TYPES = { '.js': 'text/javascript', '.html': 'text/html', '.map': 'application/json' };

/**
 * An HTTP server on loopback that is scripted by URLs and logs its requests.
 *
 * - `/anything?answers=[...]` gives the answers in turn, and then repeats the last one. The path
 *   identifies the page. http-answer.js describes an answer.
 * - `/-/log?path=/anything` lists the requests for a page; with `&requests=2` it waits until there
 *   are that many, with `&aborted=1` until clients have aborted that many.
 * - `/-/open?path=/anything&gate=body` opens a gate of the answers of the page.
 * - `/-/end` aborts all answers in progress.
 *
 * @param files folders to serve: file URLs by path prefix
 */
export async function startHttpServer({ files = {} } = {}) {
  const pages = new Map();
  const pageAt = (path) => {
    if (!pages.has(path)) pages.set(path, new HttpPage());
    return pages.get(path);
  };

  const controls = {
    async '/-/log'(query) {
      const count = (name) => Number(query.get(name) ?? 0);
      const wanted = { requests: count('requests'), aborted: count('aborted') };
      return pageAt(query.get('path')).logWith(wanted);
    },
    '/-/open': (query) => pageAt(query.get('path')).open(query.get('gate')),
    '/-/end': () => {
      for (const page of pages.values()) page.end();
    },
  };

  const server = createServer(async (request, response) => {
    // Each connection serves one request: clients repeat requests that fail on a reused connection.
    response.shouldKeepAlive = false;
    const { pathname, searchParams } = new URL(request.url, 'http://server');
    const folder = Object.keys(files).find((beginning) => pathname.startsWith(beginning));
    if (folder) {
      sendFile(new URL(pathname.slice(folder.length), files[folder]), response);
    } else if (controls[pathname]) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify((await controls[pathname](searchParams)) ?? null));
    } else {
      const answers = JSON.parse(searchParams.get('answers') ?? '[{}]');
      await pageAt(pathname).answer(answers, request, response);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    base: `http://127.0.0.1:${server.address().port}`,
    /** The requests for a page up to now. */
    log: (path) => pageAt(path).log,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function sendFile(url, response) {
  const file = createReadStream(url);
  file.once('open', () => {
    response.setHeader('content-type', TYPES[extname(url.pathname)] ?? 'application/octet-stream');
    file.pipe(response);
  });
  file.once('error', () => response.writeHead(404).end());
}
