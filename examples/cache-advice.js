// A running cache that says how large it should be.
import { resilient } from 'holdfast';
import { advice } from 'holdfast/adaptive';

const loadPage = resilient(async (id) => `page ${id}`, {
  cache: { maxSize: 100, ttl: 0, advice },
});

// 150 pages in turn, and a visitor of the first ones.
for (let request = 0; request < 20_000; request++) {
  await loadPage(request % 4 === 0 ? request % 12 : request % 150);
}

const { text, confidence } = loadPage.cache.advice();
console.log(`${text} Confidence: ${confidence}.`);
const { points } = loadPage.cache.missRatioCurve();
for (const { size, hitRatio } of points.filter((_, index) => index % 2 === 0)) {
  console.log(`${String(size).padStart(4)} entries: ${(100 * hitRatio).toFixed(0)} %`);
}
