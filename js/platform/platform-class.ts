/**
 * Whether a value is of the class: the platform's, another realm's, or a library's own.
 * @throws what inspecting it throws
 */
export function isOfClass(name: 'Headers' | 'Request' | 'Response', value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const tag = Object.prototype.toString.call(value);
  if (tag !== '[object Object]') return tag === `[object ${name}]`;
  // Workers with a compatibility date before September 26, 2024 give no such tags. Others would load what they have
  // of the class for this, so that it is not asked for without need.
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null || !('headers' in prototype)) return false;
  const Class: unknown = globalThis[name];
  return typeof Class === 'function' && value instanceof Class;
}
