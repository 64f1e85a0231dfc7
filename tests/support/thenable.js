/** What `await` waits for though it is no Promise: an object, or a given function, with this `then`. */
export function thenable(then, value = {}) {
  return Object.defineProperty(value, 'then', { value: then });
}
