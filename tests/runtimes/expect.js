// Assertions for the suite, in any runtime.

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

export function reasonOf(promise) {
  return promise.then(
    (value) => {
      throw new Error(`should be rejected, gives ${value}`);
    },
    (reason) => reason,
  );
}

export function equal(value, expected, what = 'value') {
  if (!Object.is(value, expected))
    throw new Error(`${what} should be ${String(expected)}, is ${String(value)}`);
}

export function same(value, expected, what) {
  equal(JSON.stringify(value), JSON.stringify(expected), what);
}

export function throws(action, kind, message) {
  try {
    action();
  } catch (error) {
    if (error instanceof kind && error.message.includes(message)) return;
    throw new Error(`should throw "${message}", throws ${error}`);
  }
  throw new Error(`should throw "${message}"`);
}
