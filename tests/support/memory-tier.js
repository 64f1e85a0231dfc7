import { resilient } from 'holdfast';
import { tier } from 'holdfast/tier';
import { memoryDriver } from './memory-driver.js';

/** A function in a tier of its own, as if in a process of its own, or in `tier`. */
export function wrapInTier(fn, { cache, driver = memoryDriver(), tier: own, ...options } = {}) {
  // A machine under load takes longer than the default.
  const shared = own ?? tier({ driver, timeout: 10, ...options });
  const wrapped = resilient(fn, { name: 'fn', cache: { ttl: 60, ...cache, tier: shared } });
  return Object.assign(wrapped, { tier: shared, driver });
}

/** A driver over another one, with a watcher of its own. The methods in `instead` replace its methods. */
export function driverOver(driver, instead = {}) {
  const own = {
    ...driver,
    open(watcher) {
      own.watcher = watcher;
      return driver.open(watcher);
    },
    ...instead,
  };
  return own;
}
