import { Options } from '../../options/check.ts';
import type { Report } from '../report.ts';
import { checkReport } from './check-report.ts';
import { asCount, asCountOf, asDuration, asEntries, asPercent, asPoints } from './numbers.ts';
import { drawChart } from './terminal-chart.ts';

/** Options of {@link toText}. */
export interface TextOptions {
  /** The width of the chart in characters, from 40 to 400. Default: 80. */
  readonly width?: number | undefined;
  /** Whether the curves have colors (ANSI escapes). Default: `false`. */
  readonly color?: boolean | undefined;
}

/**
 * A report as text for a terminal: the advice, a table, a chart.
 *
 * @throws TypeError, RangeError for a wrong report or option
 */
export function toText(report: Report, options?: TextOptions): string {
  checkReport(report);
  const reader = new Options(options, '', ['width', 'color']);
  const width = reader.readInteger('width', 80, 40, 400);
  const color = reader.readBoolean('color', false);
  const parts = [
    headline(report),
    ...report.advice.map(({ text }) => wrapped(text, width)),
    table(report, width),
    drawChart(report, width, color),
  ];
  if (report.ttl) parts.push(ttlTable(report.ttl));
  parts.push(...report.notes.map((note) => wrapped(note, width)));
  return `${parts.join('\n\n')}\n`;
}

function headline(report: Report): string {
  const { requests, uniqueKeys, format, seconds, badLines, firstBadLine, skippedLines } = report;
  const span = seconds === null ? '' : ` over ${asDuration(seconds)}`;
  const skipped = skippedLines > 0 ? `, ${asCountOf(skippedLines, 'line')} skipped` : '';
  const line = `${asCountOf(requests, 'request')} for ${asCountOf(uniqueKeys, 'key')}${span} (${format}${skipped})`;
  if (!firstBadLine) return line;
  const { number, reason, text } = firstBadLine;
  return `${line}\n${asCountOf(badLines, 'bad line')}; the first is line ${number}, ${reason}: ${printable(text)}`;
}

/** Without characters that control a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\uFFFD');
}

function table({ policies, sizes }: Report, width: number): string {
  const header = ['size', ...policies.map(({ policy }) => policy)];
  const rows = sizes.map((size) => [
    asCount(size),
    ...policies.map(({ points }) => {
      const point = points.find((other) => other.size === size);
      return point ? (100 * point.hitRatio).toFixed(2) : '';
    }),
  ]);
  return `Hits per 100 requests\n${aligned([header, ...rows], width)}`;
}

function ttlTable({ size, hitRatio, rows }: NonNullable<Report['ttl']>): string {
  const lines = rows.map((row) => [
    asDuration(row.ttl),
    asPercent(row.hitRatio),
    asPoints(row.cost),
  ]);
  const title = `LRU with ${asEntries(size)}: ${asPercent(hitRatio)} without a ttl`;
  return `${title}\n${aligned([['ttl', 'hits', 'cost'], ...lines])}`;
}

/** Columns, aligned to the right, with two spaces between them, or one if they are wider than the terminal then. */
function aligned(rows: readonly (readonly string[])[], width = Infinity): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const total = widths.reduce((sum, width) => sum + width + 2, -2);
  const gap = total > width ? ' ' : '  ';
  return rows
    .map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join(gap))
    .join('\n');
}

/** Breaks a text into lines. */
function wrapped(text: string, width: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1] as string;
    if (last && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines.join('\n');
}
