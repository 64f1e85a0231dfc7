/** Assertions for the cases, in plain JavaScript for every runtime. */
export function ok(value, message = 'It should be true') {
  if (!value) throw new Error(message);
}

/** Compares primitives, or plain data of primitives. */
export function equal(actual, expected, what = 'value') {
  if (Object.is(actual, expected)) return;
  const isData = typeof expected === 'object' && expected !== null;
  const alike = isData && JSON.stringify(actual) === JSON.stringify(expected);
  ok(alike, `${what} should be ${show(expected)}, is ${show(actual)}`);
}

/** @param expected the error itself, or properties that it has */
export async function rejects(promise, expected, what = 'promise') {
  let error;
  try {
    const value = await promise;
    error = new Error(`${what} should reject, gives ${show(value)}`);
  } catch (reason) {
    if (reason === expected) return reason;
    const names = Object.keys(expected);
    const differs = names.filter((name) => reason?.[name] !== expected[name]);
    if (!(expected instanceof Error) && differs.length === 0) return reason;
    error = new Error(`${what} should reject with ${show(expected)}, but with ${show(reason)}`);
  }
  throw error;
}

/** Compares keys as a Map does. */
export function sameKey(a, b, what = 'keys') {
  ok(new Map([[a, true]]).has(b), `${what} should be the same`);
}

export function differentKeys(a, b, what = 'keys') {
  ok(!new Map([[a, true]]).has(b), `${what} should differ`);
}

function show(value) {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (Object.prototype.toString.call(value) === '[object Response]') {
    return `a Response with status ${value.status}`;
  }
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 500 ? `${text.slice(0, 500)}...` : text;
}
