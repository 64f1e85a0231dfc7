import { readLength, writeLength } from './envelope.ts';

type Head = [
  status: number,
  statusText: string,
  headers: [string, string][],
  url: string,
  redirected: boolean,
  type: string,
  /** An empty body is not the same as none. */
  hasBody: boolean,
];

/** The bytes of a stored response. @throws the error of a getter */
export function encodeResponse(response: Response, body: Uint8Array | null): Uint8Array {
  const { status, statusText, headers, url, redirected, type } = response;
  const pairs: [string, string][] = [];
  headers.forEach((value, name) => {
    pairs.push([name, value]);
  });
  const head: Head = [status, statusText, pairs, url, redirected, type, body !== null];
  const headBytes = new TextEncoder().encode(JSON.stringify(head));
  const bytes = new Uint8Array(4 + headBytes.length + (body?.length ?? 0));
  writeLength(bytes, 0, headBytes.length);
  bytes.set(headBytes, 4);
  if (body) bytes.set(body, 4 + headBytes.length);
  return bytes;
}

/** @throws TypeError, SyntaxError, RangeError for bytes of another kind */
export function decodeResponse(bytes: Uint8Array): Response {
  const end = 4 + readLength(bytes, 0);
  const head: Head = JSON.parse(
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, end)),
  );
  const [status, statusText, headers, url, redirected, type, hasBody] = head;
  const body = hasBody ? (bytes.slice(end) as Uint8Array<ArrayBuffer>) : null;
  const response = new Response(body, { status, statusText, headers });
  const others = { url: String(url), redirected: redirected === true, type: String(type) };
  for (const [name, value] of Object.entries(others))
    Object.defineProperty(response, name, { value, configurable: true });
  return response;
}
