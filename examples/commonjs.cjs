// From CommonJS: the same names, by require.
const { readFile } = require('node:fs/promises');
const { ResultCache, resilient } = require('holdfast');

// Functions can share a cache; their keys are separate.
const cache = new ResultCache({ maxSize: 100, ttl: '1m' });
const getText = resilient((path) => readFile(path, 'utf8'), { cache });
const getLines = resilient(async (path) => (await getText(path)).split('\n').length, { cache });

async function main() {
  const text = await getText(__filename);
  console.log(text.split('\n')[0]);
  console.log(await getLines(__filename), 'lines');
  console.log(await getLines(__filename), 'lines');
  const { hits, misses, size } = cache.stats;
  console.log({ hits, misses, size });
}

main();
