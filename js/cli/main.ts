#!/usr/bin/env node
import { version } from '../../package.json';
import { printable } from '../tuning/output/text.ts';
import { parseArguments, UsageError, withDashes } from './arguments.ts';
import { HELP } from './help.ts';
import { runSimulate } from './simulate-command.ts';

async function main(args: readonly string[]): Promise<number> {
  try {
    const command = parseArguments(args);
    if (command === 'help') {
      process.stdout.write(HELP);
      return 0;
    }
    if (command === 'version') {
      process.stdout.write(`${version}\n`);
      return 0;
    }
    return await runSimulate(command);
  } catch (error) {
    printError(error);
    if (error instanceof UsageError) process.stderr.write('Try: npx holdfast --help\n');
    return 1;
  }
}

function printError(error: unknown): void {
  const message = withDashes(error instanceof Error ? error.message : String(error));
  // The names of files and columns may have characters that control a terminal.
  process.stderr.write(`holdfast: ${message.split('\n').map(printable).join('\n')}\n`);
}

process.stdout.on('error', (error: Error & { code?: string }) => {
  // A reader such as `head` that has seen enough is no error.
  if (error.code === 'EPIPE') process.exit(0);
  printError(error);
  process.exit(1);
});

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
