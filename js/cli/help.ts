import { FORMATS, POLICIES } from '../tuning/simulate-options.ts';

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
  '  --version         the version of the package',
  '',
  'Examples',
  '  npx holdfast simulate access.log.gz --status 200',
  '  npx holdfast simulate requests.csv --key url --time at --html report.html',
  '  zcat *.gz | npx holdfast simulate - --format plain --policies lru,w-tinylfu',
  '',
];

/** What `--help` prints. */
export const HELP = [...USAGE, ...READING, ...SIMULATING, ...WRITING].join('\n');
