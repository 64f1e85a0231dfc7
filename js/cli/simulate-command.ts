import { createReadStream } from 'node:fs';
import { access, constants, realpath, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import {
  simulate,
  type TraceFormat,
  type TraceSource,
  toHtml,
  toSvg,
  toText,
} from '../tuning/index.ts';
import { type SimulateCommand, UsageError } from './arguments.ts';
import { ProgressLine } from './progress-line.ts';

const CHUNK_BYTES = 1 << 18;
/** Formats whose columns or paths the options name. */
const COLUMN_FORMATS: ReadonlySet<TraceFormat> = new Set(['csv', 'tsv', 'json']);

/** Runs the simulation, and prints or writes its report. Returns the exit code. */
export async function runSimulate(command: SimulateCommand): Promise<number> {
  await checkOutputs(command);
  const { source, length } = await open(command.file);
  const line = new ProgressLine(process.stderr);
  const started = performance.now();
  try {
    const report = await simulate(source, {
      ...command.options,
      onProgress: (progress) => line.show(progress, length),
    });
    line.clear();
    if (report.requests === 0) {
      throw new Error(`${command.file} has no requests; ${report.skippedLines} lines were skipped`);
    }
    warnUnusedOptions(command, report.format);
    if (command.svg !== undefined) await writeFile(command.svg, toSvg(report));
    if (command.html !== undefined) {
      await writeFile(command.html, toHtml(report, { title: basename(command.file) }));
    }
    if (command.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    else {
      const { columns = 80, isTTY = false } = process.stdout;
      const width = Math.max(40, Math.min(400, columns));
      process.stdout.write(toText(report, { width, color: isTTY && !process.env.NO_COLOR }));
      const seconds = (performance.now() - started) / 1_000;
      process.stdout.write(`\n${seconds.toFixed(1)} s\n`);
    }
    return 0;
  } finally {
    line.clear();
  }
}

/** Warns of options that do not apply to the format of the trace. `--size` is easily mistaken for `--sizes`. */
function warnUnusedOptions({ options }: SimulateCommand, format: TraceFormat): void {
  const { key, time, size, ttl, op, status } = options;
  const columns = COLUMN_FORMATS.has(format) ? {} : { key, time, size, ttl, op };
  const unused = { ...columns, ...(format === 'access-log' ? {} : { status }) };
  for (const [name, value] of Object.entries(unused)) {
    if (value === undefined) continue;
    const hint = name === 'size' || name === 'ttl' ? `. Did you mean --${name}s?` : '';
    process.stderr.write(`holdfast: --${name} is ignored: the format is ${format}${hint}\n`);
  }
}

/**
 * Checks that the results can be written. This comes before the simulation, which can take minutes.
 * @throws UsageError
 */
async function checkOutputs({ file, svg, html }: SimulateCommand): Promise<void> {
  const taken = new Set([file === '-' ? file : await realPathOf(file)]);
  for (const [option, path] of Object.entries({ svg, html })) {
    if (path === undefined) continue;
    const absolute = await realPathOf(path);
    if (taken.has(absolute)) throw new UsageError(`--${option} would overwrite ${path}`);
    taken.add(absolute);
    try {
      const stats = await stat(absolute).catch(() => undefined);
      if (stats?.isDirectory()) throw new Error('it is a folder');
      await access(stats ? absolute : dirname(absolute), constants.W_OK);
    } catch (error) {
      throw new UsageError(`--${option}: ${path} cannot be written: ${(error as Error).message}`);
    }
  }
}

/** The path without links, as far as it exists. */
function realPathOf(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

interface OpenedFile {
  readonly source: TraceSource;
  /** In bytes; 0 if it is not known. */
  readonly length: number;
}

/** @throws UsageError if the file cannot be read */
async function open(file: string): Promise<OpenedFile> {
  if (file === '-') return { source: process.stdin, length: 0 };
  try {
    const stats = await stat(file);
    if (stats.isDirectory()) throw new Error('it is a folder');
    return { source: createReadStream(file, { highWaterMark: CHUNK_BYTES }), length: stats.size };
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
}
