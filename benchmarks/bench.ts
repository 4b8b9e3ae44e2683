import '@sluis/runtime/require-node';
import { access, constants, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { describe, runCommand, UserError } from '@sluis/runtime';
import { reportOf } from './report/report.ts';
import { changesOf, tableOf, verdictOf } from './report/table.ts';
import { compare, readReport } from './run/against.ts';
import { type Arguments, argumentsOf, help } from './run/arguments.ts';
import { type Chosen, choose, listOf } from './run/choose.ts';
import { load, type Machine, machineOf } from './run/machine.ts';
import { FORMAT, isFailed, type Outcome, type Report } from './run/outcome.ts';
import { Progress } from './run/progress.ts';
import { runScenario } from './run/run-scenario.ts';

// A terminal tells Ctrl-C to this process and to pnpm, which tells it again: the second must not cut the end short.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

await runCommand(async (signal) => {
  const args = argumentsOf(process.argv.slice(2));
  if (args.help) return void process.stdout.write(help);
  if (args.list) return void process.stdout.write(await listOf());

  const chosen = await choose(args.names);
  const earlier = args.against === undefined ? undefined : readReport(args.against);
  for (const path of [args.json, args.html]) if (path !== undefined) await checkWritable(dirname(resolve(path)));
  await checkWritable(resolve(args.folder));
  const report = await measure(chosen, args, signal);
  if (signal.aborted) return void (process.exitCode = 1);

  // First of all: what took long to measure is not to be lost by what is said of it.
  if (args.json !== undefined) await writeFile(args.json, `${JSON.stringify(report, undefined, 2)}\n`);
  process.stdout.write(`${tableOf(report.outcomes)}\n`);
  const comparison = earlier && compare(earlier, report);
  if (comparison) process.stdout.write(`Since ${earlier.date}:\n${changesOf(comparison)}\n`);
  process.stdout.write(`${verdictOf(report.outcomes)}\n`);
  if (args.html !== undefined) await writeFile(args.html, reportOf(report, comparison));
  process.exitCode = isFailed(report.outcomes, args.strict) ? 1 : 0;
});

async function measure(chosen: readonly Chosen[], args: Arguments, signal: AbortSignal): Promise<Report> {
  const progress = new Progress(process.stderr);
  const date = new Date().toISOString();
  const folder = resolve(args.folder);
  const before = load();
  const machine = await factsOf(folder);
  if (machine.disk.fileSystem === 'tmpfs') {
    process.stderr.write(`${folder} is memory, where durability costs nothing: --folder names a folder on a disk\n`);
  }
  const outcomes: Outcome[] = [];
  for (const one of chosen) {
    if (signal.aborted) break;
    const say = (text: string): void => progress.say(`${one.name}: ${text}`);
    if ('broken' in one) {
      outcomes.push({ name: one.name, about: 'cannot be loaded', seconds: 0, status: 'failed', why: one.broken });
      continue;
    }
    say(`about ${one.scenario.seconds} s`);
    outcomes.push(await runScenario(one.scenario, { folder, data: resolve(args.data), progress: say, signal }));
  }
  progress.clear();
  return { format: FORMAT, date, machine, load: { before, after: load() }, outcomes };
}

async function factsOf(parent: string): Promise<Machine> {
  const folder = await mkdtemp(join(parent, 'sluis-bench-'));
  try {
    return machineOf(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Before anything is measured: nobody waits for minutes to learn that a result cannot be written. */
async function checkWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new UserError({ what: `cannot write to ${folder}: ${describe(cause)}`, cause });
  }
}
