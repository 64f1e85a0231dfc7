// Charts: the latencies of calls, the requests over time, and a stacked bar.
import { blue, dim, green, percent, red, yellow } from './terminal.js';

const BINS = [
  ['under 1 ms', 1],
  ['1 - 25 ms', 25],
  ['25 - 50 ms', 50],
  ['50 - 100 ms', 100],
  ['100 - 200 ms', 200],
  ['200 - 400 ms', 400],
  ['400 ms - 1 s', 1_000],
  ['over 1 s', Infinity],
];
const BAR_WIDTH = 19;

/** A histogram of latencies: shares of the answered calls, without and with holdfast. */
export function histogram(without, withHoldfast) {
  const a = shares(without);
  const b = shares(withHoldfast);
  const scale = BAR_WIDTH / Math.max(...a, ...b);
  return BINS.map(
    ([label], i) =>
      `  ${label.padStart(12)}  ${cell(a[i], scale, yellow)}  ${cell(b[i], scale, green)}`,
  );
}

function shares(times) {
  let from = 0;
  return BINS.map(([, to]) => {
    const share = times.filter((time) => time >= from && time < to).length / times.length;
    from = to;
    return share;
  });
}

/** A bar and its percentage, padded to the same width in every row. */
function cell(share, scale, colour) {
  const eighths = Math.round(share * scale * 8);
  const partial = eighths % 8 ? '▏▎▍▌▋▊▉'[(eighths % 8) - 1] : '';
  const bar = '█'.repeat(eighths / 8) + partial || (share > 0 ? '▏' : '');
  const figure = share > 0 ? percent(share, 1) : '-';
  return `${colour(bar)}${' '.repeat(BAR_WIDTH - bar.length)} ${figure.padStart(7)}`;
}

const COLUMNS = 64;
const BARS = COLUMNS / 2;
const ROWS = 6;
const STATES = { closed: dim('·'), open: red('×'), 'half-open': yellow('?') };

/**
 * A chart over time: the calls, in front of them the requests at the backend, below them the breaker's state, and when
 * callers got the last content instead of a failure. All times are in milliseconds.
 */
export function timeline({ calls, requests, breaker, rescues, outage, length }) {
  // Each bar covers two columns: with one column a burst would make all other bars tiny.
  const called = perBar(calls, length);
  const reached = perBar(requests, length);
  const highest = Math.max(...called, ...reached);
  const perSecond = (number) => Math.round((number * BARS * 1_000) / length);
  const lines = [];
  for (let row = ROWS; row > 0; row--) {
    const cells = called.map((number, i) => {
      const filled = (ROWS * reached[i]) / highest - (row - 1);
      if (filled >= 0.75) return blue('██');
      if (filled >= 0.25) return blue('▄▄');
      if (row === 1 && filled > 0) return blue('▁▁');
      return (ROWS * number) / highest - (row - 1) >= 0.5 ? dim('░░') : '  ';
    });
    lines.push(labelled(row === ROWS ? `${perSecond(highest)}/s` : '', cells));
  }
  const step = length / COLUMNS;
  const times = Array.from({ length: COLUMNS }, (_, i) => (i + 0.5) * step);
  const isDown = (time) => time >= outage.from && time < outage.to;
  // Half-open is shorter than a column, so a column shows it if it begins there.
  const stateAt = (time) =>
    breaker.find(({ at, state }) => state === 'half-open' && Math.abs(at - time) <= step / 2)
      ?.state ?? breaker.findLast(({ at }) => at <= time).state;
  lines.push(
    labelled(
      'breaker',
      times.map((time) => STATES[stateAt(time)]),
    ),
  );
  if (times.some(isDown)) {
    lines.push(
      labelled(
        'outage',
        times.map((time) => (isDown(time) ? red('▀') : ' ')),
      ),
    );
  }
  if (rescues.length > 0) {
    const isRescue = (time) => rescues.some((at) => Math.abs(at - time) <= step / 2);
    lines.push(
      labelled(
        'stale',
        times.map((time) => (isRescue(time) ? yellow('▚') : ' ')),
      ),
    );
  }
  const { closed, open, 'half-open': halfOpen } = STATES;
  return [
    ...lines,
    labelled('', [`${dim('░')} calls of the callers   ${blue('█')} requests at the backend`]),
    labelled('', [`breaker: ${closed} closed  ${open} open  ${halfOpen} half-open`]),
    labelled('', [`stale: ${yellow('▚')} the last content instead of a failure`]),
  ];
}

function perBar(times, length) {
  const bars = new Array(BARS).fill(0);
  for (const time of times) bars[Math.min(Math.floor((time / length) * BARS), BARS - 1)]++;
  return bars;
}

function labelled(label, cells) {
  return `  ${label.padStart(9)} ${cells.join('')}`.trimEnd();
}

/** One bar of several parts, each `[number, character, colour]`. */
export function stackedBar(parts, width) {
  const whole = parts.reduce((sum, [number]) => sum + number, 0);
  let from = 0;
  return parts
    .map(([number, character, colour]) => {
      const start = Math.round((from / whole) * width);
      from += number;
      return colour(character.repeat(Math.round((from / whole) * width) - start));
    })
    .join('');
}
