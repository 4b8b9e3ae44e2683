import { Command, Option } from 'commander';
import { sdkVersion } from './sdk-version.ts';
import type { BenchOptions } from './bench.ts';
import type { CreateOptions } from './create.ts';
import type { PackOptions } from './pack.ts';
import { runCommand } from './plugin-error.ts';

/** `sluis-plugin`: each command loads what it needs when it runs, so that `--help` is instant. */
export function pluginCommand(): Command {
  const program = new Command('sluis-plugin')
    .description('Makes, tests, measures and packs a plugin for Sluis.')
    .version(sdkVersion)
    .showHelpAfterError();
  program
    .command('create')
    .description('write a plugin that works, with its tests, into a new folder')
    .argument('<folder>', 'is made if there is none')
    .option('--name <name>', "the package's name (default: the folder's)")
    .addOption(new Option('--kind <kind>', 'what it is').choices(['operator', 'source']).default('operator'))
    .option('--sdk <folder>', 'take the SDK from the packages in this folder, not from the registry')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluis-plugin create smooth\n  $ sluis-plugin create plugins/scale --name @acme/scale --kind source',
    )
    .action((folder: string, options: CreateOptions) =>
      runCommand(async () => (await import('./create.ts')).create(folder, options)),
    );
  program
    .command('test')
    .description("run the plugin's tests and those that every plugin has to pass")
    .argument('[folder]', "the plugin's", '.')
    .addHelpText('after', '\nExample:\n  $ sluis-plugin test')
    .action((folder: string) => runCommand(async () => (await import('./test.ts')).test(folder)));
  program
    .command('bench')
    .description('measure how fast the operator is, and how many bytes it saves')
    .argument('[folder]', "the plugin's", '.')
    .option('--config <json>', "as written in agent.yaml, but as JSON (default: the first example's)")
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluis-plugin bench\n  $ sluis-plugin bench --config \'{"weight": 0.1}\' --json',
    )
    .action((folder: string, options: BenchOptions) =>
      runCommand(async () => (await import('./bench.ts')).bench(folder, options)),
    );
  program
    .command('pack')
    .description('write the archive that is given to others: one module and what it says of itself')
    .argument('[folder]', "the plugin's", '.')
    .option('--out <folder>', "where the archive goes (default: the plugin's folder)")
    .option('--json', 'tell about it as JSON')
    .addHelpText('after', '\nExamples:\n  $ sluis-plugin pack\n  $ sluis-plugin pack plugins/smooth --out dist --json')
    .action((folder: string, options: PackOptions) =>
      runCommand(async () => (await import('./pack.ts')).pack(folder, options)),
    );
  return program;
}
