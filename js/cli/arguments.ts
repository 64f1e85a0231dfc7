import { parseArgs } from 'node:util';
import type { SimulateOptions } from '../tuning/index.ts';
import { FORMATS, POLICIES } from '../tuning/simulate-options.ts';

/** The user's mistake. */
export class UsageError extends Error {}

/** What `holdfast simulate` is asked to do. */
export interface SimulateCommand {
  /** The path of the trace, `-` for the standard input. */
  readonly file: string;
  readonly options: SimulateOptions;
  /** Whether the report is printed as JSON. */
  readonly json: boolean;
  /** The path of the image. */
  readonly svg: string | undefined;
  /** The path of the page. */
  readonly html: string | undefined;
}

// In parts: a stack trace shows the line of the build that it is in, and lines of 2,000 characters are too long for that.
const USAGE = [
  'Usage: holdfast simulate <file> [options]',
  '',
  'Replays the requests in a file against eviction policies and cache sizes, and tells',
  'how large a cache should be. Reads the standard input if <file> is -, and gzip.',
  '',
];

const READING = [
  'What to read',
  '  --format <name>   default: told by the content. One of',
  `                    ${FORMATS.slice(0, 7).join(', ')},`,
  `                    ${FORMATS.slice(7).join(', ')}`,
  '  --key <column>    the column of the key in CSV and TSV: its name, or its number from 1;',
  '                    the path of the key in JSON, such as request.url. Default: key',
  '  --time <column>   the column or path of the time. Default: time',
  '  --size <column>   ... of the size of the value. Default: size',
  '  --ttl <column>    ... of the ttl, in seconds. Default: ttl',
  '  --op <column>     ... of the operation: only reads, such as get, count. Default: all do',
  '  --status <code>   in access logs, only requests with this status',
  '',
];

const SIMULATING = [
  'What to simulate',
  `  --policies <list> default: ${POLICIES.join(',')}`,
  '  --sizes <list>    entries, such as 100,1000,10000. Default: ten sizes by the keys',
  '  --ttls <list>     ttls whose cost is computed, such as 30s,5m. Default: 10s,1m,10m,1h,1d,7d',
  '',
];

const WRITING = [
  'What to write',
  '  --json            the report as JSON instead of the table and the chart',
  '  --svg <file>      the chart as an image',
  '  --html <file>     the report as one page',
  '  --help            this text',
  '',
  'Examples',
  '  npx holdfast simulate access.log.gz --status 200',
  '  npx holdfast simulate requests.csv --key url --time at --html report.html',
  '  zcat *.gz | npx holdfast simulate - --format plain --policies lru,w-tinylfu',
  '',
];

/** What `--help` prints. */
export const HELP = [...USAGE, ...READING, ...SIMULATING, ...WRITING].join('\n');

const OPTIONS = {
  format: { type: 'string' },
  key: { type: 'string' },
  time: { type: 'string' },
  size: { type: 'string' },
  ttl: { type: 'string' },
  op: { type: 'string' },
  status: { type: 'string' },
  policies: { type: 'string' },
  sizes: { type: 'string' },
  ttls: { type: 'string' },
  json: { type: 'boolean' },
  svg: { type: 'string' },
  html: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** @throws UsageError */
export function parseArguments(args: readonly string[]): SimulateCommand | 'help' {
  const { values, positionals } = parse(args);
  const [command, file, ...more] = positionals;
  if (values.help || (command === undefined && args.length === 0)) return 'help';
  if (command !== 'simulate') {
    const problem = command === undefined ? 'Missing command' : `Unknown command '${command}'`;
    throw new UsageError(`${problem}: use simulate`);
  }
  if (file === undefined) throw new UsageError('Missing <file>; use - for the standard input');
  if (more.length > 0) throw new UsageError(`Expected one file, got '${more[0]}' as well`);
  const { json = false, svg, html, status, policies, sizes, ttls } = values;
  const { format, key, time, size, ttl, op } = values;
  return {
    file,
    json,
    svg,
    html,
    options: {
      format,
      key,
      time,
      size,
      ttl,
      op,
      status: status === undefined ? undefined : numberOf('status', status),
      policies: policies?.split(','),
      sizes: sizes?.split(',').map((size) => numberOf('sizes', size)),
      ttls: ttls?.split(','),
    } as SimulateOptions,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** An integer, with separators as in 10_000. */
function numberOf(option: string, text: string): number {
  if (/^\d+(_\d+)*$/.test(text)) return Number(text.replaceAll('_', ''));
  throw new UsageError(`--${option} must be an integer, got '${text}'`);
}
