import { short } from './table.js';

export const title =
  'flatness: how much longer a hit takes among the most entries than among the fewest';
export const unit = 'times';
export const limit = 'bare Map';

/** Derived from the results of get: a cell for each kind of key, order and ttl. */
export function flatness(results) {
  const gets = results.filter(({ scenario }) => scenario === 'get');
  const sizes = gets.map(({ cell }) => cell.size);
  const at = (size) => gets.filter(({ cell }) => cell.size === size);
  const [few, many] = [Math.min(...sizes), Math.max(...sizes)];
  if (few === many) return [];
  return at(few).flatMap((first) => {
    const { size: _, ...cell } = first.cell;
    const same = (other) =>
      Object.entries(cell).every(([name, value]) => other.cell[name] === value);
    const last = at(many).find(same);
    if (!last) return [];
    const names = Object.keys(first.rows).filter((name) => name in last.rows);
    const rows = names.map((name) => {
      const median = last.rows[name].median / first.rows[name].median;
      return [name, { median, low: median, high: median }];
    });
    const notes = names.map((name) => {
      const [a, b] = [first, last].map((result) => short(result.rows[name].median));
      return [name, `${a} to ${b} ns`];
    });
    const { runtime } = first;
    return [
      {
        scenario: 'flatness',
        runtime,
        cell,
        rows: Object.fromEntries(rows),
        notes: Object.fromEntries(notes),
        failed: {},
      },
    ];
  });
}
