/** Runs an action while every object inherits these properties from `Object.prototype`. */
export function inheritedBy(properties, action) {
  const restore = () => {
    for (const name of Object.keys(properties)) delete Object.prototype[name];
  };
  for (const [name, value] of Object.entries(properties)) {
    Object.defineProperty(Object.prototype, name, {
      __proto__: null,
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  try {
    const result = action();
    if (!(result instanceof Promise)) {
      restore();
      return result;
    }
    return result.finally(restore);
  } catch (error) {
    restore();
    throw error;
  }
}
