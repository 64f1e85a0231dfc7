import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

// A multiple of the pattern length, so that the pattern goes on in the next block.
const BLOCK = Buffer.from(Array.from({ length: 251 * 261 }, (_, index) => index % 251));

/**
 * Sends a scripted answer. Every field is optional:
 *
 * - `status`, its `reason`, `headers`; `retryAt` adds a Retry-After with the date this number of seconds from now
 * - `before`: steps to take before the headers are sent
 * - `body`: text, or steps; by default `answer 1` for the first request of the page, and so on
 * - `echo`: the body is the request: `{ method, url, headers, body }`
 * - `length`: the Content-Length to send, or `true` for the real one. Text always has it,
 *   steps are sent in chunks without it.
 * - `gzip`: the body, of text and bytes, is sent compressed as a whole
 *
 * A step is some text to send, `{ bytes }` to send this number of bytes, of which the nth is n modulo 251,
 * `{ gate }` to wait until the test opens it, `{ wait }` to wait milliseconds, or `{ cut: true }`
 * to cut the connection.
 */
export async function giveAnswer(answer, { entry, number, gate }, response) {
  const { status = 200, reason, headers = {}, retryAt, before = [], gzip = false } = answer;
  const steps = bodySteps(answer, entry, number);
  // Some clients take the cut of a body for its end if the response announces to close the connection.
  if (steps.some(({ cut }) => cut)) response.shouldKeepAlive = true;
  for (const step of before) await take(step, gate, entry, response);
  if (response.destroyed) return;

  // Without a type, browsers hold back the beginning of a body to guess it.
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('content-type', 'text/plain;charset=utf-8');
  if (gzip) response.setHeader('content-encoding', 'gzip');
  if (retryAt) {
    response.setHeader('retry-after', new Date(entry.at + 1_000 * retryAt).toUTCString());
  }
  const hasBody = status !== 204 && status !== 304;
  const { length = gzip || typeof answer.body !== 'object' } = answer;
  if (hasBody && length !== false) {
    response.setHeader('content-length', length === true ? sizeOf(steps) : length);
  }
  if (reason) response.statusMessage = Buffer.from(reason).toString('latin1');
  response.writeHead(status, headers);
  // Node encodes the head as Latin-1 only if bytes of a body are sent with it.
  if (!reason) response.flushHeaders();
  if (hasBody) for (const step of steps) await take(step, gate, entry, response);
  if (!response.destroyed) response.end();
}

/** The body as steps, with text encoded as bytes. */
function bodySteps({ body, echo, gzip }, { method, url, headers, body: sent }, number) {
  const text = echo ? JSON.stringify({ method, url, headers, body: sent }) : `answer ${number}`;
  const steps = [body ?? text].flat();
  const known = steps.map((step) => (typeof step === 'string' ? Buffer.from(step) : step));
  if (!gzip) return known;
  const all = known.map((step) => (step.bytes ? Buffer.alloc(step.bytes, BLOCK) : step));
  return [gzipSync(Buffer.concat(all))];
}

function sizeOf(steps) {
  return steps.reduce((sum, { bytes = 0, length = 0 }) => sum + bytes + length, 0);
}

async function take(step, gate, entry, response) {
  if (response.destroyed) return;
  if (step.gate) return gate(step.gate);
  if (step.wait) return sleep(step.wait);
  if (step.cut) return cut(entry, response);
  if (!step.bytes) return send(step, response);
  for (let left = step.bytes; left > 0 && !response.destroyed; left -= BLOCK.length) {
    await send(BLOCK.subarray(0, left), response);
  }
}

/** Resolves when the bytes are sent, or the client has gone. */
function send(bytes, response) {
  return new Promise((resolve) => response.write(bytes, resolve));
}

/** Resets the connection before the headers, and ends it later, so that the sent bytes still arrive. */
function cut(entry, response) {
  entry.state = 'cut';
  if (response.headersSent) return void response.destroy();
  const { socket } = response;
  const reset = () => socket.resetAndDestroy();
  // Deno may repeat a request without any response; other clients treat a status line as a response.
  if (/^Deno/.test(entry.headers['user-agent'])) socket.write('HTTP/1.1 200 OK\r\n', reset);
  else reset();
}
