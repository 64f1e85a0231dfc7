/**
 * Whether a value is an instance of a class with this name: of the platform, of another realm, or of a library.
 * @throws the error of a getter or proxy
 */
export function isOfClass(name: 'Headers' | 'Request' | 'Response', value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const tag = Object.prototype.toString.call(value);
  if (tag !== '[object Object]') return tag === `[object ${name}]`;
  // Workers with a compatibility date before September 26, 2024 have no such tags. Reading the global may load the
  // class, so this check comes last.
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || !('headers' in prototype)) return false;
  const Class: unknown = globalThis[name];
  return typeof Class === 'function' && value instanceof Class;
}
