const iterators = [new Map().keys(), new Set().keys(), [].keys()].map(Object.getPrototypeOf);
const walks = [
  [Map.prototype, ['forEach'], (map) => map.size],
  [Set.prototype, ['forEach'], (set) => set.size],
  [
    Array.prototype,
    ['every', 'filter', 'find', 'findIndex', 'flatMap', 'forEach', 'map', 'reduce', 'some', 'sort'],
    (array) => array.length,
  ],
];

/** Counts the steps of all loops over maps, sets and arrays, other than by index, while `action` runs. */
export function iterationSteps(action) {
  let steps = 0;
  const restore = [];
  const replace = (prototype, name, count) => {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    const value = function (...args) {
      steps += count(this);
      return Reflect.apply(descriptor.value, this, args);
    };
    Object.defineProperty(prototype, name, { ...descriptor, value });
    restore.push(() => Object.defineProperty(prototype, name, descriptor));
  };
  for (const prototype of iterators) replace(prototype, 'next', () => 1);
  for (const [prototype, names, size] of walks) {
    for (const name of names) replace(prototype, name, size);
  }
  try {
    action();
    return steps;
  } finally {
    for (const each of restore) each();
  }
}
