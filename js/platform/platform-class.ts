/**
 * Whether a value is an instance of the class: that of the platform, of another realm, or of a library.
 * @throws the error of a getter or proxy
 */
export function isOfClass(name: 'Headers' | 'Request' | 'Response', value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const tag = Object.prototype.toString.call(value);
  if (tag !== '[object Object]') return tag === `[object ${name}]`;
  // Workers with a compatibility date before September 26, 2024 have no such tags. The other runtimes load the class
  // when its global is read, so that is the last check.
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || !('headers' in prototype)) return false;
  const Class: unknown = globalThis[name];
  return typeof Class === 'function' && value instanceof Class;
}
