import '@sluis/runtime/require-node';
import { parseArgs } from 'node:util';
import { describe, runCommand, UserError } from '@sluis/runtime';

const USAGE = `A press line, an edge agent and a hub on this machine, live.

  demo              until Ctrl-C, on the usual ports where they are free
  demo --for 20s    for that time (ms, s, m, h), then checks that each sample arrived once and prints a verdict as JSON
`;

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

// A terminal tells Ctrl-C to this process and to pnpm, which tells it again: the second must not cut the end short.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

await runCommand(async (signal) => {
  const { help, for: duration } = options();
  if (help) return void process.stdout.write(USAGE);
  const { runDemo } = await import('./press-line.ts');
  const judgement = await runDemo({ forMs: duration === undefined ? undefined : milliseconds(duration), signal });
  if (!judgement) return;
  for (const fault of judgement.faults) process.stderr.write(`${fault}\n`);
  if (judgement.faults.length > 0) process.exitCode = 1;
  process.stdout.write(`${JSON.stringify(judgement.verdict)}\n`);
});

function options(): { help?: boolean | undefined; for?: string | undefined } {
  try {
    return parseArgs({ options: { for: { type: 'string' }, help: { type: 'boolean', short: 'h' } } }).values;
  } catch (cause) {
    throw new UserError({ what: describe(cause), hint: 'demo, or demo --for 20s', cause });
  }
}

function milliseconds(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,9}(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const duration = Number(count) * MS[unit];
  if (duration > 0) return duration;
  throw new UserError({ what: `"${text}" is not a duration for --for`, hint: 'write 20s, 500ms, 5m or 1h' });
}
