import { Command, Option } from 'commander';
import { logOptions, runCommand } from '@sluis/runtime';
import { version } from '../version.ts';
import { count, keep, port, size } from './arguments.ts';
import type { RunOptions } from './run.ts';
import type { StatusOptions, StoreOptions } from './store.ts';

/** `sluis-hub`: each command loads what it needs when it runs, so that `--help` is instant. */
export function hubCommand(): Command {
  const program = new Command('sluis-hub')
    .description('Stores, shows and serves what agents send.')
    .version(version)
    .showHelpAfterError();
  const run = program
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
      new Option(
        '--keep <pattern=duration>',
        'how long samples of series that match are kept, by their own time; repeatable, the first match counts, series without one are kept. Older ones go at the latest when they are older by a fifth, and while newer samples come: by a clock that is ahead of all of them nothing goes',
      )
        .argParser(keep)
        .default([], 'everything'),
    )
    .addOption(
      new Option(
        '--max-size <size>',
        'of all files of samples; beyond it the oldest samples go, whatever --keep says. The newest few million samples are kept besides, and space for one merge is needed',
      ).argParser(size),
    )
    .addOption(
      new Option(
        '--memory <size>',
        "what the hub's processes may take together, about; default: the container's limit, or half of the machine",
      ).argParser(size),
    )
    .addOption(
      new Option(
        '--max-connections <n>',
        'that agents may have, and as many that people may have; further ones are closed at once and counted',
      )
        .argParser(count)
        .default(4096),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ sluis-hub run
  $ sluis-hub run --data /var/lib/sluis --http 8080 --grpc 7443
  $ sluis-hub run --keep '*/debug/**=2d' --keep '**=365d' --max-size 100GiB --memory 1GiB
  $ sluis-hub run --log-level debug --log-format json 2>> hub.log`,
    )
    .action((options: RunOptions) => runCommand(async (signal) => (await import('./run.ts')).run(options, signal)));
  for (const { flags, description, choices, env, default: value } of logOptions) {
    run.addOption(new Option(flags, description).choices(choices).env(env).default(value));
  }
  addStoreCommands(program.command('store').description('look after the store of a hub that does not run'));
  return program;
}

function addStoreCommands(store: Command): void {
  const command = (name: string, description: string, examples: readonly string[]): Command =>
    store
      .command(name)
      .description(description)
      .option('--data <folder>', 'folder of the store, which no hub uses now', './hub-data')
      .addHelpText('after', `\nExamples:\n${examples.map((example) => `  $ sluis-hub store ${example}`).join('\n')}`);
  command('status', 'say what the store holds: samples, files by tier, times, series, gaps', [
    'status',
    'status --data /var/lib/sluis --json',
  ])
    .option('--json', 'as JSON')
    .action((options: StatusOptions) => runCommand(async () => (await import('./store.ts')).status(options)));
  command(
    'verify',
    'read everything and compare: the database, each segment, each file. Exit code 1 and a list if something is wrong',
    ['verify', 'verify --data /var/lib/sluis'],
  ).action((options: StoreOptions) =>
    runCommand(async (signal) => (await import('./store.ts')).verify(options, signal)),
  );
  command('compact', 'bring all samples into files, and files into as few groups as can be', [
    'compact',
    'compact --data /var/lib/sluis --memory 1GiB',
  ])
    .addOption(new Option('--memory <size>', 'what it may take, about').argParser(size))
    .action((options: StoreOptions) =>
      runCommand(async (signal) => (await import('./store.ts')).compact(options, signal)),
    );
}
