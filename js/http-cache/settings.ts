import type { Options } from '../options/check.ts';

/** The options of `httpCache` that decide about responses, after the check. Times are in milliseconds. */
export interface HttpCacheSettings {
  readonly shared: boolean;
  readonly maxTtlMs: number;
  /** A part of the time since the last modification. */
  readonly heuristic: number;
  /** Where the response says nothing; `false` for no stale responses, whatever it says. */
  readonly ifErrorMs: number | false;
  readonly whileRevalidateMs: number | false;
  /** The statuses of responses that get the user's ttl if they say nothing; empty without a ttl. */
  readonly ttlStatuses: ReadonlySet<number>;
}

/** @throws TypeError, RangeError */
export function readSettings(options: Options): Omit<HttpCacheSettings, 'ttlStatuses'> {
  const isPart = (value: number) => value >= 0 && value <= 1;
  const readWindow = (name: string) => {
    const value = options.readField(name);
    return value === false || value === true ? value && 0 : options.readDuration(name, 0);
  };
  return {
    shared: options.readBoolean('shared', false),
    maxTtlMs: options.readDuration('maxTtl', Infinity),
    heuristic: options.readNumber('heuristic', 0.1, 'a number from 0 to 1', isPart),
    ifErrorMs: readWindow('staleIfError'),
    whileRevalidateMs: readWindow('staleWhileRevalidate'),
  };
}
