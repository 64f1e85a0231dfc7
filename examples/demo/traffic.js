// The callers: a trace of calls, generated in advance so that both phases replay the same one.

const CALLS_PER_SECOND = 160;
/** At regular times many callers request the same file. */
const CROWD = { size: 60, everySeconds: 2 };

/** Returns calls sorted by `at`, milliseconds from the start. The same seed gives the same trace. */
export function makeTrace(paths, seconds, seed = 1) {
  const random = randomNumbers(seed);
  const ranked = shuffle(paths, random);
  const draw = zipf(ranked, random);
  const trace = [];
  for (
    let at = 0;
    at < seconds * 1_000;
    at += (-Math.log(1 - random()) * 1_000) / CALLS_PER_SECOND
  ) {
    trace.push({ at, path: draw() });
  }
  for (let second = 1; second < seconds; second += CROWD.everySeconds) {
    const path = ranked[Math.floor(random() * ranked.length)];
    for (let i = 0; i < CROWD.size; i++) trace.push({ at: second * 1_000 + random() * 20, path });
  }
  return trace.sort((a, b) => a.at - b.at);
}

/** Makes each call when it is due, even if earlier ones are pending; resolves when all have settled. */
export async function replay(trace, call, onCall) {
  const calls = [];
  const started = performance.now();
  let inFlight = 0;
  let mostInFlight = 0;

  async function make({ at, path }) {
    mostInFlight = Math.max(mostInFlight, ++inFlight);
    const from = performance.now();
    const result = { at, path, took: 0, content: undefined, error: undefined };
    try {
      result.content = await call(path);
    } catch (error) {
      result.error = error;
    }
    result.took = performance.now() - from;
    inFlight--;
    calls.push(result);
    onCall(result);
  }

  const made = [];
  while (made.length < trace.length) {
    await new Promise((resolve) => setTimeout(resolve, 3));
    const now = performance.now() - started;
    while (made.length < trace.length && trace[made.length].at <= now) {
      made.push(make(trace[made.length]));
    }
  }
  await Promise.all(made);
  return { calls, mostInFlight, seconds: (performance.now() - started) / 1_000 };
}

/** Draws by Zipf's law: the second path half as often as the first, the third a third as often, and so on. */
function zipf(ranked, random) {
  let sum = 0;
  const upTo = ranked.map((_, rank) => {
    sum += 1 / (rank + 1);
    return sum;
  });
  return () => {
    const at = random() * sum;
    return ranked[upTo.findIndex((limit) => at < limit)];
  };
}

function shuffle(items, random) {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

/** The generator mulberry32, since `Math.random` cannot be seeded. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
