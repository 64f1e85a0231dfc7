import { parseArgs } from 'node:util';
import { suggestionFor } from '../options/suggestion.ts';
import type { SimulateOptions } from '../tuning/index.ts';

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
  version: { type: 'boolean', short: 'v' },
} as const;

/** @throws UsageError */
export function parseArguments(args: readonly string[]): SimulateCommand | 'help' | 'version' {
  const { values, positionals } = parse(args);
  const [command, file, ...more] = positionals;
  if (values.version) return 'version';
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
      policies: policies === undefined ? undefined : listOf(policies),
      sizes: sizes === undefined ? undefined : listOf(sizes).map((size) => numberOf('sizes', size)),
      ttls: ttls === undefined ? undefined : listOf(ttls),
    } as SimulateOptions,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    const [, name] = /^Unknown option '--([^']+)'/.exec(message) ?? [];
    if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION' || !name) throw new UsageError(message);
    const meant = suggestionFor(name, Object.keys(OPTIONS));
    throw new UsageError(`Unknown option --${name}${meant ? `; did you mean --${meant}?` : ''}`);
  }
}

/** The elements of a list, which may have spaces after its commas. */
function listOf(text: string): string[] {
  return text.split(',').map((element) => element.trim());
}

/** An integer, with separators as in 10_000. */
function numberOf(option: string, text: string): number {
  if (/^\d+(_\d+)*$/.test(text)) return Number(text.replaceAll('_', ''));
  throw new UsageError(`--${option} must be an integer, got '${text}'`);
}

/** Replaces the option at the start of an error of `simulate` with that of the command line: `--sizes` instead of `sizes[0]`. */
export function withDashes(message: string): string {
  return message.replace(/^(\w+)(?:\[\d+\])?(?= must )/, (start, name) =>
    Object.hasOwn(OPTIONS, name) ? `--${name}` : start,
  );
}
