import { Command, Option } from 'commander';
import { logOptions, runCommand } from '@sluis/runtime';
import { version } from '../version.ts';
import type { CheckOptions } from './check.ts';
import type { RunOptions } from './run.ts';

/** `sluis-agent`: each command loads what it needs when it runs, so that `--help` is instant. */
export function agentCommand(): Command {
  const program = new Command('sluis-agent')
    .description('Takes machine data in, processes it in streams, keeps it safe and syncs it to a hub.')
    .version(version)
    .showHelpAfterError();
  const run = program
    .command('run')
    .description('run the agent until it is told to stop')
    .requiredOption('-c, --config <file>', 'configuration, for example agent.yaml')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluis-agent run -c agent.yaml\n  $ sluis-agent run -c agent.yaml --log-level debug --log-format json 2>> agent.log',
    )
    .action((options: RunOptions) => runCommand(async (signal) => (await import('./run.ts')).run(options, signal)));
  for (const { flags, description, choices, env, default: value } of logOptions) {
    run.addOption(new Option(flags, description).choices(choices).env(env).default(value));
  }
  program
    .command('check')
    .description('tell what would run, what it needs and whether that is there now, without running it')
    .requiredOption('-c, --config <file>', 'configuration, for example agent.yaml')
    .option('--json', 'as JSON')
    .option('--strict', 'exit with 1 if something that is needed is not there')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluis-agent check -c agent.yaml\n  $ sluis-agent check -c agent.yaml --json --strict',
    )
    .action((options: CheckOptions) =>
      runCommand(async (signal) => (await import('./check.ts')).check(options, signal)),
    );
  program
    .command('schema')
    .description('print the JSON Schema of agent.yaml, for an editor')
    .addHelpText('after', '\nExample:\n  $ sluis-agent schema > agent.schema.json')
    .action(() => runCommand(async () => (await import('./schema.ts')).schema()));
  program
    .command('status')
    .description('show how a running agent does')
    .option('-c, --config <file>', 'configuration of the agent, for its status address', 'agent.yaml')
    .option('--address <host:port>', 'its status address, instead of a configuration')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluis-agent status -c agent.yaml\n  $ sluis-agent status --address 127.0.0.1:8090 --json',
    )
    .action((options: { config: string; address?: string; json?: boolean }) =>
      runCommand(async () => (await import('./status.ts')).status(options)),
    );
  return program;
}
