import { Command, InvalidArgumentError, Option } from 'commander';
import { runCommand } from '@sluis/runtime';
import { version } from '../version.ts';
import type { RunOptions } from './run.ts';

const HIGHEST_PORT = 65_535;

/** `sluis-hub`: each command loads what it needs when it runs, so that `--help` is instant. */
export function hubCommand(): Command {
  const program = new Command('sluis-hub')
    .description('Stores, shows and serves what agents send.')
    .version(version)
    .showHelpAfterError();
  program
    .command('run')
    .description('run the hub until it is told to stop')
    .option('--data <folder>', 'folder of the store, for this hub alone', './hub-data')
    .addOption(
      new Option('--http <port>', 'port of the page and the HTTP API; 0 for any free one')
        .argParser(port)
        .default(8080),
    )
    .addOption(
      new Option('--grpc <port>', 'port that agents connect to; 0 for any free one').argParser(port).default(7443),
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluis-hub run\n  $ sluis-hub run --data /var/lib/sluis --http 8080 --grpc 7443',
    )
    .action((options: RunOptions) => runCommand(async (signal) => (await import('./run.ts')).run(options, signal)));
  return program;
}

function port(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number > HIGHEST_PORT)
    throw new InvalidArgumentError(`a port is a number from 0 to ${HIGHEST_PORT}`);
  return number;
}
