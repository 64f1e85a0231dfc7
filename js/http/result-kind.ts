import { isOfClass } from '../platform/platform-class.ts';
import { isObject } from '../platform/property.ts';

/**
 * The way in which callers share a result: a `plain` value as it is, a `response` by copies. A `single` result is not
 * shared: it can be read only once, or inspecting it throws.
 */
export type ResultKind = 'plain' | 'response' | 'single';

/** Inspects a result. Never throws, even if a getter or a trap does. */
export function kindOf(value: unknown): ResultKind {
  if (!isObject(value)) return 'plain';
  try {
    const claims = isOfClass('Response', value);
    // whatwg-fetch, for one, has neither a tag nor getters on its prototype.
    if (claims || ('clone' in value && 'text' in value && 'headers' in value)) {
      const { status, headers } = value as Response;
      if (typeof status === 'number' && typeof headers?.get === 'function') return 'response';
      if (claims) return 'single';
    }
    // A `then` getter may throw or give another value the second time.
    if (
      Symbol.asyncIterator in value ||
      'getReader' in value ||
      typeof (value as { then?: unknown }).then === 'function'
    ) {
      return 'single';
    }
    if (!(Symbol.iterator in value && 'next' in value)) return 'plain';
    const iterator = value as IterableIterator<unknown>;
    return typeof iterator.next === 'function' && iterator[Symbol.iterator]() === iterator
      ? 'single'
      : 'plain';
  } catch {
    return 'single';
  }
}

export function isResponse(value: unknown): value is Response {
  return kindOf(value) === 'response';
}
