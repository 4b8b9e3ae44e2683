import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { type Arguments, HELP, parseArguments } from './arguments.ts';
import { faults } from './index.ts';
import { runFault } from './run-fault.ts';
import { lockRuns } from './run-lock.ts';
import { isGood, readRows, type Row, writeScoreboard } from './scoreboard.ts';

/*
 * pnpm test:faults: runs faults of the table one after another and writes the scoreboard after each, so that a run that is
 * broken off keeps what it has. See HELP.
 */

const names = Object.keys(faults);
const root = join(import.meta.dirname, '../..');

const chosen = readArguments();
if (chosen.help) console.log(HELP);
else if (chosen.list) await list();
else await runAlone(chosen);

function readArguments(): Arguments {
  try {
    return parseArguments(process.argv.slice(2), names);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

async function list(): Promise<void> {
  for (const [name, load] of Object.entries(faults)) {
    const fault = await load();
    const missing = await fault.missing?.();
    console.log(`${name.padEnd(24)} ${String(fault.seconds).padStart(4)} s  ${fault.about}`);
    if (missing !== undefined) console.log(`${' '.repeat(32)}cannot be run here: ${missing}`);
  }
}

/** Programs in network namespaces of another run would hold on to file systems whose power is cut, and both want the cores. */
async function runAlone(chosen: Arguments): Promise<void> {
  const lock = lockAtOnce();
  // Also where an interrupt ends the process.
  process.once('exit', () => lock[Symbol.dispose]());
  await run(chosen);
}

function lockAtOnce(): Disposable {
  try {
    return lockRuns();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  }
}

async function run({ names: some, seed, share, strict, out }: Arguments): Promise<void> {
  const facts = { seed, share, commit: commitHere(), machine: machineHere() };
  let bad = 0;
  for (const name of some.length > 0 ? some : names) {
    const fault = await faults[name]();
    console.error(`${name}: ${fault.about}; about ${Math.ceil(fault.seconds * share)} s`);
    const began = performance.now();
    const date = `${new Date().toISOString().slice(0, 16)}Z`;
    const result = await runFault({ name, fault, seed, share });
    const row: Row = {
      about: fault.about,
      result,
      seconds: Math.round((performance.now() - began) / 100) / 10,
      date,
      ...facts,
    };
    if (!(isGood(row) || ('notRun' in result && !strict))) bad++;
    console.log(`${name}: ${inWords(row)}`);
    // Read again each time: another run may have added rows.
    if (out !== undefined) writeScoreboard(out, { ...readRows(out), [name]: row }, names);
  }
  if (bad > 0) console.log(`${bad} of them not as promised`);
  process.exitCode = bad > 0 ? 1 : 0;
}

function inWords({ result, seconds }: Row): string {
  if ('notRun' in result) return `not run: ${result.notRun}`;
  if ('failed' in result) return `FAILED after ${seconds} s: ${result.failed}`;
  const { rounds, acknowledged, lost, double, shed = 0, recovered, note } = result.outcome;
  const numbers = `${rounds} rounds, ${acknowledged} samples acknowledged, ${lost} lost, ${double} double, ${shed} shed`;
  return `${numbers}, ${recovered ? '' : 'NOT '}recovered without a hand, ${seconds} s${note === undefined ? '' : `; ${note}`}`;
}

function commitHere(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  } catch {
    // Of a copy without its history nothing better is known.
    return 'unknown';
  }
}

function machineHere(): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} × ${cpus()[0].model.trim()}, ${memory}, ${process.platform} ${release()}, Node ${process.versions.node}`;
}
