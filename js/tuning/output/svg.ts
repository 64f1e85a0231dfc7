import type { Report } from '../report.ts';
import { checkReport } from './check-report.ts';
import { asCountOf, asEntries, asPercent, asShortCount } from './numbers.ts';
import { type Line, linesOf, positionOf, sizeRange, ticksOf, topRatio } from './scale.ts';

const WIDTH = 760;
const HEIGHT = 440;
const LEFT = 56;
const RIGHT = 110;
const TOP = 44;
const BOTTOM = 52;
/** Colors that people with a color vision deficiency tell apart (Okabe and Ito, and Tol's wine), by policy. */
const COLORS: Record<string, string> = {
  lru: '#0072b2',
  fifo: '#999999',
  sieve: '#e69f00',
  's3-fifo': '#009e73',
  arc: '#cc79a7',
  lirs: '#56b4e9',
  'w-tinylfu': '#d55e00',
  adaptive: '#882255',
  optimal: '#000000',
};
/** The least distance between the names of two curves. */
const NAME_HEIGHT = 15;

/**
 * The curves of a report as an SVG image: hit ratio by size, on a logarithmic axis.
 *
 * @throws TypeError for a wrong report
 */
export function toSvg(report: Report): string {
  checkReport(report);
  const lines = linesOf(report);
  const range = sizeRange(lines);
  const top = topRatio(lines);
  const x = (size: number) => round(LEFT + positionOf(size, range) * (WIDTH - LEFT - RIGHT));
  const y = (ratio: number) => round(HEIGHT - BOTTOM - (ratio / top) * (HEIGHT - TOP - BOTTOM));
  const { smallest, requests, uniqueKeys } = report;
  const title = `${asCountOf(requests, 'request')}, ${asCountOf(uniqueKeys, 'key')}: hit ratio by size`;
  const right = WIDTH - RIGHT;
  const parts = [
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="22" font-size="15" font-weight="bold">${escapeXml(title)}</text>`,
  ];
  for (let tenth = 0; tenth <= Math.round(top * 10); tenth += top > 0.5 ? 2 : 1) {
    const at = y(tenth / 10);
    parts.push(
      `<path d="M${LEFT} ${at}H${right}" stroke="#ddd"/>`,
      `<text x="${LEFT - 8}" y="${at + 4}" text-anchor="end">${10 * tenth} %</text>`,
    );
  }
  for (const tick of ticksOf(range)) {
    parts.push(
      `<path d="M${x(tick)} ${HEIGHT - BOTTOM}v5" stroke="#666"/>`,
      `<text x="${x(tick)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${asShortCount(tick)}</text>`,
    );
  }
  parts.push(
    `<text x="${(LEFT + right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">entries (logarithmic)</text>`,
    ...lines.map((line) => drawLine(line, x, y)),
    ...drawNames(lines, y),
  );
  if (smallest.size >= range[0] && smallest.size <= range[1]) {
    const at = x(smallest.size);
    const label = `${asEntries(smallest.size)}: ${asPercent(smallest.hitRatio)}`;
    const anchor = at > (LEFT + right) / 2 ? 'end' : 'start';
    parts.push(
      `<path d="M${at} ${y(smallest.hitRatio)}V${HEIGHT - BOTTOM}" stroke="#0072b2" stroke-dasharray="3 3"/>`,
      `<circle cx="${at}" cy="${y(smallest.hitRatio)}" r="4" fill="#0072b2"/>`,
      `<text x="${anchor === 'end' ? at - 8 : at + 8}" y="${HEIGHT - BOTTOM - 10}" text-anchor="${anchor}" font-weight="bold" fill="#0072b2">${escapeXml(label)}</text>`,
    );
  }
  const size = `width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}"`;
  const font = 'font-family="system-ui, sans-serif" font-size="12" fill="#222"';
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" ${font}>\n${parts.join('\n')}\n</svg>\n`;
}

function drawLine(
  { name, points }: Line,
  x: (size: number) => number,
  y: (ratio: number) => number,
): string {
  const path = points.map(({ size, hitRatio }) => `${x(size)},${y(hitRatio)}`).join(' ');
  const dash = name === 'optimal' ? ' stroke-dasharray="5 4"' : '';
  const width = name === 'lru' ? 2.5 : 1.5;
  return `<polyline points="${path}" fill="none" stroke="${colorOf(name)}" stroke-width="${width}"${dash}/>`;
}

/** The names at the right ends of the curves, moved apart. */
function drawNames(lines: readonly Line[], y: (ratio: number) => number): string[] {
  const names = lines
    .map(({ name, points }) => ({ name, at: y(points[points.length - 1]?.hitRatio ?? 0) }))
    .sort((a, b) => a.at - b.at);
  let last = -Infinity;
  const lowest = HEIGHT - BOTTOM;
  const placed = names.map(({ name, at }, index) => {
    const room = lowest - NAME_HEIGHT * (names.length - 1 - index);
    last = Math.max(Math.min(at, room), last + NAME_HEIGHT);
    return { name, at: last };
  });
  return placed.map(
    ({ name, at }) =>
      `<text x="${WIDTH - RIGHT + 8}" y="${round(at + 4)}" fill="${colorOf(name)}">${escapeXml(name)}</text>`,
  );
}

function colorOf(name: string): string {
  return COLORS[name] ?? '#444';
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}

/** Text as XML and HTML show it. */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replace(/[&<>"]/g, (character) => entities[character] as string);
}
