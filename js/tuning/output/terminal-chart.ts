import type { Report } from '../report.ts';
import { asShortCount } from './numbers.ts';
import { type Line, linesOf, positionOf, sizeRange, ticksOf, topRatio } from './scale.ts';

const HEIGHT = 16;
/** The width of the labels at the left: `100 % |`. */
const MARGIN = 7;
/** The dots of a braille character, by column and row: two columns of four. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const BRAILLE = 0x2800;
/** ANSI colors of the curves. */
const COLORS = [36, 90, 33, 32, 35, 34, 31, 95, 37];
/** A letter of the policy that is not the first one that is free. */
const LETTERS: Record<string, string> = { 's3-fifo': '3' };

/** The curves of a report in braille characters: hit ratio by size, which is logarithmic. */
export function drawChart(report: Report, width: number, hasColor: boolean): string {
  const lines = linesOf(report);
  const range = sizeRange(lines);
  const top = topRatio(lines);
  const letters = lettersOf(lines);
  // All curves may end in the same row.
  const columns = width - MARGIN - lines.length;
  const canvas = new Canvas(columns, HEIGHT);
  const paint = (text: string, index: number) =>
    hasColor ? `\u001b[${COLORS[index % COLORS.length]}m${text}\u001b[0m` : text;
  const ends = new Map<number, string>();
  for (const [index, line] of lines.entries()) {
    const row = drawLine(canvas, line, index, range, top);
    // Curves often end at the same place: the first one is named there.
    if (row !== undefined)
      ends.set(row, (ends.get(row) ?? '') + paint(letters[index] as string, index));
  }
  const rows = canvas.rows(paint).map((cells, row) => {
    const ratio = (top * (HEIGHT - row)) / HEIGHT;
    const label = row % 4 === 0 ? `${Math.round(100 * ratio)} %` : '';
    return `${label.padStart(MARGIN - 2)} |${cells}${ends.get(row) ?? ''}`;
  });
  return [...rows, axis(range, columns), ...legend(lines, letters, width, paint)].join('\n');
}

/** A letter for each curve, that is at its right end: `l` for lru. */
function lettersOf(lines: readonly Line[]): string[] {
  const taken: string[] = [];
  for (const { name } of lines) {
    const own = [...(LETTERS[name] ?? name)].find((letter) => !taken.includes(letter));
    taken.push(own ?? '?');
  }
  return taken;
}

/** Which letter is which curve, in lines that are not wider than the terminal. */
function legend(
  lines: readonly Line[],
  letters: readonly string[],
  width: number,
  paint: (text: string, index: number) => string,
): string[] {
  const rows = [`${' '.repeat(MARGIN)}entries;`];
  let used = MARGIN + 'entries;'.length;
  for (const [index, { name }] of lines.entries()) {
    const text = `${letters[index]} ${name}`;
    if (used + 2 + text.length > width) {
      rows.push(' '.repeat(MARGIN - 2));
      used = MARGIN - 2;
    }
    rows.push(`${rows.pop()}  ${paint(text, index)}`);
    used += 2 + text.length;
  }
  return rows;
}

/** Draws one curve. Returns the row at its right end. */
function drawLine(
  canvas: Canvas,
  { points }: Line,
  index: number,
  range: [number, number],
  top: number,
): number | undefined {
  let last: [number, number] | undefined;
  for (const { size, hitRatio } of points) {
    const x = positionOf(size, range) * (canvas.width - 1);
    const y = (1 - hitRatio / top) * (canvas.height - 1);
    const [fromX, fromY] = last ?? [x, y];
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x - fromX), Math.abs(y - fromY))));
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      canvas.dot(fromX + share * (x - fromX), fromY + share * (y - fromY), index);
    }
    last = [x, y];
  }
  return last && Math.round(last[1]) >> 2;
}

/** The labels below the chart; one that would touch the one before is left out. */
function axis(range: [number, number], columns: number): string {
  let text = '';
  for (const tick of ticksOf(range)) {
    const at = MARGIN + Math.round(positionOf(tick, range) * (columns - 1));
    if (at < text.length + 2 && text) continue;
    text = text.padEnd(at) + asShortCount(tick);
  }
  return `${' '.repeat(MARGIN - 1)}+${'-'.repeat(columns)}\n${text}`;
}

/** Dots, two by four in each character. A character has the color of the curve that was drawn there first. */
class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #columns: number;
  readonly #dots: Uint8Array;
  readonly #owners: Int8Array;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.width = 2 * columns;
    this.height = 4 * rows;
    this.#dots = new Uint8Array(columns * rows);
    this.#owners = new Int8Array(columns * rows).fill(-1);
  }

  dot(x: number, y: number, owner: number): void {
    const [column, row] = [Math.round(x), Math.round(y)];
    const cell = (row >> 2) * this.#columns + (column >> 1);
    const dot = DOTS[column & 1]?.[row & 3] ?? 0;
    if (!(cell >= 0 && cell < this.#dots.length)) return;
    this.#dots[cell] = (this.#dots[cell] as number) | dot;
    if (this.#owners[cell] === -1) this.#owners[cell] = owner;
  }

  rows(paint: (text: string, owner: number) => string): string[] {
    const rows = [];
    for (let start = 0; start < this.#dots.length; start += this.#columns) {
      let text = '';
      for (let cell = start; cell < start + this.#columns; cell++) {
        const dots = this.#dots[cell] as number;
        text += dots
          ? paint(String.fromCharCode(BRAILLE + dots), this.#owners[cell] as number)
          : ' ';
      }
      rows.push(text);
    }
    return rows;
  }
}
