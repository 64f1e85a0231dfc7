import { measure } from 'mitata';

/**
 * Times contenders against each other. Each round runs all of them once, in random order, so that none profits from
 * its position or from a quiet moment of the machine. Warm-up rounds do not count.
 * @param {Record<string, () => unknown>} contenders
 * @param {number} operations how many operations one call of a contender does
 * @param {{
 *   rounds?: number, budgetMs?: number, without?: string[], only?: string, onTurn?: (name: string) => void
 * }} timing the rounds end early once `budgetMs` has passed, but not before three counted rounds; contenders in
 * `without` are left out, or all but `only`; `onTurn` gets the name of each contender before it runs
 * @returns {Promise<Map<string, { median: number, low: number, high: number, rounds: number }>>} nanoseconds per
 * operation: the median and the quartiles of the rounds
 */
export async function timeContenders(contenders, operations, timing = {}) {
  const { rounds = 15, budgetMs = Infinity, without = [], only, onTurn = () => {} } = timing;
  const takesPart = (name) => !without.includes(name) && (only ?? name) === name;
  const names = Object.keys(contenders).filter(takesPart);
  const samples = new Map(names.map((name) => [name, []]));
  const end = performance.now() + budgetMs;
  for (let round = -2; round < rounds && (round < 3 || performance.now() < end); round++) {
    for (const name of shuffled(names)) {
      onTurn(name);
      const { p50 } = await measure(contenders[name], {
        min_samples: 3,
        // Long enough to bring the contender's memory back into the processor's caches.
        min_cpu_time: 50e6,
        warmup_samples: 1,
        // A collection would walk the entries of all contenders each time.
        gc: false,
      });
      if (round >= 0) samples.get(name).push(p50 / operations);
      // Servers also have turns of the event loop between their requests.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  return new Map([...samples].map(([name, values]) => [name, spread(values)]));
}

/** A sequence of `length` keys with Zipf's distribution; 0.99 is the exponent of the YCSB benchmark. */
export function zipf(keys, length, exponent = 0.99) {
  const weights = keys.map((_, rank) => 1 / (rank + 1) ** exponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  const cumulated = weights.map((weight) => (sum += weight / total));
  const places = shuffled(keys);
  return Array.from({ length }, () => places[lowerBound(cumulated, Math.random())]);
}

/** A sequence of `length` keys in which each is equally likely. */
export function uniform(keys, length) {
  return Array.from({ length }, () => keys[Math.floor(Math.random() * keys.length)]);
}

export function shuffled(items) {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}

function lowerBound(sorted, value) {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The median and the quartiles of some values. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const quantile = (share) => {
    const place = share * (sorted.length - 1);
    const below = sorted[Math.floor(place)];
    return below + (place % 1) * (sorted[Math.ceil(place)] - below);
  };
  return {
    median: quantile(0.5),
    low: quantile(0.25),
    high: quantile(0.75),
    rounds: values.length,
  };
}

/** A number that is not measured, for a row next to {@link spread}. */
export function exactly(number) {
  return { median: number, low: number, high: number, rounds: 1 };
}
