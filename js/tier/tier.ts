import { wrongKind } from '../options/messages.ts';
import { OptionReader } from '../options/option-reader.ts';
import { isObject } from '../platform/property.ts';
import type { Driver, Leases } from './driver.ts';
import { Tier } from './tier-class.ts';
import { readTierSettings, TIER_FIELDS, type TierOptions } from './tier-options.ts';

export type { Awaitable, Driver, Leases, Watcher } from './driver.ts';
export * from './tier-exports.ts';

/** The options of {@link tier}. */
export interface DriverTierOptions extends TierOptions {
  /** The store. */
  readonly driver: Driver;
  /**
   * `'eventual'`: the driver has no leases. Several processes may run a function at a time, and a result may be stored that began
   * before an invalidation. Default: the driver must have leases.
   */
  readonly consistency?: 'eventual' | undefined;
}

/**
 * A second tier over a store of your own.
 * @throws TypeError, RangeError
 */
export function tier(options: DriverTierOptions): Tier {
  const reader = new OptionReader(options, '', ['driver', 'consistency', ...TIER_FIELDS]);
  const driver = reader.readField('driver');
  const methods = ['get', 'set', 'replace', 'delete', 'time'] as const;
  if (!isObject(driver)) throw wrongKind('driver', `an object with ${methods.join(', ')}`, driver);
  for (const name of methods) {
    const method = (driver as Driver)[name];
    if (typeof method !== 'function') throw wrongKind(`driver.${name}`, 'a function', method);
  }
  const consistency = reader.readField('consistency');
  if (consistency !== undefined && consistency !== 'eventual') {
    throw wrongKind('consistency', "'eventual'", consistency);
  }
  const { leases } = driver as Driver;
  if (!leases && !consistency) {
    throw new TypeError("driver must have leases, unless consistency is 'eventual'");
  }
  return new Tier(
    driver as Driver,
    leases ?? withoutLeases(driver as Driver),
    readTierSettings(reader),
  );
}

/** Every process has each lease. */
function withoutLeases(driver: Driver): Leases {
  return {
    acquire: () => 0,
    renew: () => true,
    release: () => {},
    async store(key, _token, value, lifeMs) {
      await driver.set(key, value, lifeMs);
      return true;
    },
  };
}
