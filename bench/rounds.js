import { measure } from 'mitata';

/**
 * Times contenders against one another: in each round all of them once, in random order, so that none profits from its
 * place or from the machine's mood. Each is warmed up before it counts.
 * @param {Record<string, () => unknown>} contenders
 * @param {number} operations how many one call of a contender does
 * @param {{
 *   rounds?: number, budget?: number, without?: string[], only?: string, tell?: (name: string) => void
 * }} limits a race that has taken `budget` milliseconds ends with the round, after no fewer than three that count; who
 * is in `without` does not take part, or nobody but `only`, and `tell` hears whose turn it is
 * @returns {Promise<Map<string, { median: number, low: number, high: number, rounds: number }>>} nanoseconds an
 * operation: the median of the rounds, and the quarters around it
 */
export async function race(contenders, operations, limits = {}) {
  const { rounds = 15, budget = Infinity, without = [], only, tell = () => {} } = limits;
  const runs = (name) => !without.includes(name) && (only ?? name) === name;
  const names = Object.keys(contenders).filter(runs);
  const samples = new Map(names.map((name) => [name, []]));
  const end = performance.now() + budget;
  for (let round = -2; round < rounds && (round < 3 || performance.now() < end); round++) {
    for (const name of shuffled(names)) {
      tell(name);
      const { p50 } = await measure(contenders[name], {
        min_samples: 3,
        // So long that what it needs is back in the processor's caches, from where the others have driven it.
        min_cpu_time: 50e6,
        warmup_samples: 1,
        // It would go through the entries of all contenders each time.
        gc: false,
      });
      if (round >= 0) samples.get(name).push(p50 / operations);
      // A turn of the event loop, as there would be between requests.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
  return new Map([...samples].map(([name, values]) => [name, spread(values)]));
}

/** Keys in the order in which they are asked for: Zipf-distributed, the exponent 0.99 of YCSB. */
export function zipf(keys, length, exponent = 0.99) {
  const weights = keys.map((_, rank) => 1 / (rank + 1) ** exponent);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  const cumulated = weights.map((weight) => (sum += weight / total));
  const places = shuffled(keys);
  return Array.from({ length }, () => places[lowerBound(cumulated, Math.random())]);
}

/** Keys in the order in which they are asked for: each as often as any other. */
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

/** The median and the quarters around it. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => {
    const place = share * (sorted.length - 1);
    const below = sorted[Math.floor(place)];
    return below + (place % 1) * (sorted[Math.ceil(place)] - below);
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75), rounds: values.length };
}
