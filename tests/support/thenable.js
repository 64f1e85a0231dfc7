/** An object, or a given function, with this `then`. */
export function thenable(then, value = {}) {
  return Object.defineProperty(value, 'then', { value: then });
}
