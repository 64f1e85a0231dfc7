// An API that accepts three requests per 300 ms. With maxWait, calls beyond that wait; without it they are refused.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { EventType, RateLimiter, resilient } from 'holdfast';

const server = createServer((request, response) => response.end(`page ${request.url}`));
await once(server.listen(0, '127.0.0.1'), 'listening');
const api = `http://127.0.0.1:${server.address().port}`;

// Share one limiter between all functions that call this API.
const limiter = new RateLimiter({ maxCalls: 3, period: '300ms', maxWait: '10s' });

const asked = [];
const getPage = resilient(
  async (page) => {
    asked.push(page);
    return (await fetch(`${api}/${page}`)).text();
  },
  { name: 'getPage', rateLimiter: limiter },
);

const pages = await Promise.all(Array.from({ length: 8 }, (_, page) => getPage(page)));
console.log(`${pages.length} pages, the last is ${pages.at(-1)}`);
console.log('first come, first served:', asked.join(' '));

// Without maxWait a call is refused immediately; retryAfter is the number of seconds to wait.
const getNow = resilient(async (page) => (await fetch(`${api}/${page}`)).text(), {
  name: 'getNow',
  rateLimiter: { maxCalls: 1, period: '1d' },
});
getNow.addEventListener(EventType.RATE_LIMITED, ({ functionName }) => {
  console.log(`${functionName} is asked too often`);
});
console.log(await getNow('news'));
await getNow('sport').catch(({ code, retryAfter }) => {
  console.log(`${code}, again in ${Math.round(retryAfter / 3_600)} hours`);
});
const { maxCalls, available, waiting } = getNow.rateLimiter.metrics;
console.log(`${available} of ${maxCalls} left, ${waiting} waiting`);

server.closeAllConnections();
server.close();
