import { short } from './table.js';

export const title = 'growth: a hit among the most entries, in multiples of a hit among the fewest';
export const unit = 'times';
export const baseline = 'bare Map';

/** Derives a cell for each kind of key, order and ttl from the results of the scenario get. */
export function growthOfHits(results) {
  const gets = results.filter(({ scenario }) => scenario === 'get');
  const sizes = gets.map(({ cell }) => cell.size);
  const withSize = (size) => gets.filter(({ cell }) => cell.size === size);
  const [fewest, most] = [Math.min(...sizes), Math.max(...sizes)];
  if (fewest === most) return [];
  return withSize(fewest).flatMap((small) => {
    const { size: _, ...cell } = small.cell;
    const isSameCell = (other) =>
      Object.entries(cell).every(([name, value]) => other.cell[name] === value);
    const large = withSize(most).find(isSameCell);
    if (!large) return [];
    const names = Object.keys(small.rows).filter((name) => name in large.rows);
    const rows = names.map((name) => {
      const median = large.rows[name].median / small.rows[name].median;
      return [name, { median, low: median, high: median }];
    });
    const notes = names.map((name) => {
      const [from, to] = [small, large].map((result) => short(result.rows[name].median));
      return [name, `${from} to ${to} ns`];
    });
    const { runtime, date, quick } = large;
    return [
      {
        scenario: 'growth',
        runtime,
        date,
        quick,
        cell,
        rows: Object.fromEntries(rows),
        notes: Object.fromEntries(notes),
        failed: {},
      },
    ];
  });
}
