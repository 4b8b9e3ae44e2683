import { Command, InvalidArgumentError, Option } from 'commander';
import { logFormats, logLevels, runCommand } from '@sluis/runtime';
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
    .addOption(
      new Option('--log-level <level>', 'least level that is logged')
        .choices(logLevels)
        .env('SLUIS_LOG_LEVEL')
        .default('info'),
    )
    .addOption(
      new Option('--log-format <format>', 'form of the log on stderr; auto: pretty on a terminal, else JSON lines')
        .choices(logFormats)
        .env('SLUIS_LOG_FORMAT')
        .default('auto'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluis-hub run\n  $ sluis-hub run --data /var/lib/sluis --http 8080 --grpc 7443\n  $ sluis-hub run --log-level debug --log-format json 2>> hub.log',
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
