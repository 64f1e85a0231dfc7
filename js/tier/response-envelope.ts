import { readLength, writeLength } from './envelope.ts';

type Head = [
  status: number,
  statusText: string,
  headers: [string, string][],
  url: string,
  redirected: boolean,
];

/** The bytes of a stored response. @throws the error of a getter */
export function encodeResponse(response: Response, body: Uint8Array | null): Uint8Array {
  const { status, statusText, headers, url, redirected } = response;
  const pairs: [string, string][] = [];
  headers.forEach((value, name) => {
    pairs.push([name, value]);
  });
  const head: Head = [status, statusText, pairs, url, redirected];
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
  const [status, statusText, headers, url, redirected] = JSON.parse(
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4, end)),
  ) as Head;
  const body = bytes.length > end ? (bytes.slice(end) as Uint8Array<ArrayBuffer>) : null;
  const response = new Response(body, { status, statusText, headers });
  for (const [name, value] of Object.entries({ url: String(url), redirected: redirected === true }))
    Object.defineProperty(response, name, { value, configurable: true });
  return response;
}
