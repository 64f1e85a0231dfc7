import { measure } from 'mitata';

/**
 * Times contenders against one another: in each round all of them once, in random order, so that none profits from its
 * place or from the machine's mood. Each is warmed up before it counts.
 * @param {Record<string, () => unknown>} contenders
 * @param {number} operations how many one call of a contender does
 * @returns {Promise<Map<string, { median: number, low: number, high: number }>>} nanoseconds an operation: the median
 * of the rounds, and the quarters around it
 */
export async function race(contenders, operations, rounds = 15) {
  const samples = new Map(Object.keys(contenders).map((name) => [name, []]));
  for (let round = -2; round < rounds; round++) {
    for (const name of shuffled(Object.keys(contenders))) {
      const { p50 } = await measure(contenders[name], {
        min_samples: 5,
        min_cpu_time: 20e6,
        warmup_samples: 1,
        inner_gc: false,
      });
      if (round >= 0) samples.get(name).push(p50 / operations);
      // A turn of the event loop, as there would be between requests.
      await new Promise((resolve) => setImmediate(resolve));
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

function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))];
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}
