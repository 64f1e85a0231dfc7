/** A driver in memory, which several tiers may share through `store`. Its clock is the test's. */
export function memoryDriver({ store = new Map(), watched = true, now = () => 1_000_000 } = {}) {
  const startsWith = (value, seen) => Buffer.compare(value.subarray(0, seen.length), seen) === 0;
  const values = () => store;
  const leaseOf = (key) => store.get(`${key}!`);
  const driver = {
    name: 'memory',
    store,
    watcher: undefined,
    calls: [],
    open(watcher) {
      driver.watcher = watcher;
      return watched;
    },
    close() {},
    time: () => now(),
    get(key) {
      driver.calls.push(['get', key]);
      return values().get(key);
    },
    set(key, value) {
      store.set(key, value);
      store.delete(`${key}!`);
    },
    replace(key, seen, value) {
      const stored = store.get(key);
      if (seen ? !(stored && startsWith(stored, seen)) : stored) return false;
      driver.set(key, value);
      return true;
    },
    delete(key) {
      const stored = store.get(key);
      store.delete(key);
      store.delete(`${key}!`);
      return stored?.subarray(0, 33);
    },
    leases: {
      acquire(key, token, _leaseMs, seen, takeOver) {
        const stored = store.get(key);
        if (!takeOver && stored && !(seen && startsWith(stored, seen))) return stored;
        if (!takeOver && leaseOf(key)) return 20;
        store.set(`${key}!`, token);
        return 0;
      },
      renew: (key, token) => leaseOf(key) === token,
      release(key, token) {
        if (leaseOf(key) === token) store.delete(`${key}!`);
      },
      store(key, token, value) {
        if (leaseOf(key) !== token) return false;
        driver.set(key, value);
        return true;
      },
    },
    /** The key of the only value that is no tag, and no lease. */
    get valueKey() {
      return [...store.keys()].find((key) => key.includes(':{') && !key.endsWith('!'));
    },
  };
  return driver;
}
