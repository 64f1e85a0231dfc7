/** The row that ratios refer to: the baseline, or the first of several that is there. */
export function baseOf(rows, baseline) {
  return rows[baseNameOf(rows, baseline)];
}

/** @param baseline a name, or several of which a cell has one */
export function baseNameOf(rows, baseline) {
  return [baseline].flat().find((name) => name in rows);
}

/** Prints the rows of a cell, the smallest first, each with its ratio to the baseline. */
export function print({ title, unit, baseline, cell, rows, notes = {}, failed, runtime }) {
  console.log(`${title}; ${describe(cell)} (${runtime})`);
  const base = baseOf(rows, baseline);
  const byMedian = Object.entries(rows).sort(([, a], [, b]) => a.median - b.median);
  for (const [name, { median, low, high }] of byMedian) {
    const range = low === high ? '' : `[${short(low)}, ${short(high)}]`;
    const ratio = base ? `${(median / base.median).toFixed(2)} x` : '';
    console.log(
      `  ${name.padEnd(32)} ${short(median).padStart(9)} ${unit}  ${range.padEnd(20)} ${ratio.padStart(8)}  ${notes[name] ?? ''}`,
    );
  }
  for (const [name, why] of Object.entries(failed)) console.log(`  ${name}: not timed, ${why}`);
  console.log();
}

/** A cell in words: `integer, 1,000 entries, Zipf, with ttl`. */
export function describe(cell) {
  const words = Object.entries(cell).map(([name, value]) => {
    if (name === 'ttl') return value ? 'with ttl' : 'without ttl';
    if (name === 'size') return `${value.toLocaleString('en')} entries`;
    if (name === 'callers') return `${value.toLocaleString('en')} callers`;
    if (name === 'processes') return `${value} processes`;
    return value;
  });
  return words.join(', ');
}

/** Three significant digits; a benchmark does not repeat more of them. */
export function short(number) {
  return number >= 100 ? Math.round(number).toLocaleString('en') : number.toPrecision(3);
}
