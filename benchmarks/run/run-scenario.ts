import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result, Scenario } from '../scenario.ts';
import type { Outcome } from './outcome.ts';

export interface Order {
  readonly name: string;
  readonly data: string;
  readonly folder: string;
}

/** What the process of a scenario tells. */
export type Told =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'measured'; readonly result: Result }
  | { readonly kind: 'failed'; readonly why: string };

export interface Setting {
  readonly data: string;
  /** The temporary folder of each scenario is made in it. */
  readonly folder: string;
  progress(text: string): void;
  readonly signal: AbortSignal;
}

/** A scenario that takes so many times as long as it says, and some minutes for a machine that does much else, hangs. */
const PATIENCE = 5;
const PATIENCE_MS = 300_000;

/**
 * Runs a scenario in a process of its own, so that it shares neither compiled code nor memory with another. The process
 * leads a group: whatever the scenario started ends with it, and so does its folder.
 */
export async function runScenario(
  { name, about, missing, seconds: usual }: Scenario,
  { data, folder: parent, progress, signal }: Setting,
): Promise<Outcome> {
  const began = performance.now();
  const outcome = { name, about };
  const seconds = (): number => (performance.now() - began) / 1000;
  const why = missing?.({ data });
  if (why !== undefined) return { ...outcome, seconds: seconds(), status: 'missing', why };

  const folder = await mkdtemp(join(parent, `sluis-bench-${name}-`));
  const child = fork(join(import.meta.dirname, 'child.ts'), {
    // Results travel by IPC; what libraries print belongs to the progress.
    stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
    serialization: 'advanced',
    detached: true,
  });
  const end = (): void => killGroup(child.pid);
  signal.addEventListener('abort', end);
  const patienceMs = PATIENCE * usual * 1000 + PATIENCE_MS;
  let hung = false;
  const impatient = setTimeout(() => {
    hung = true;
    end();
  }, patienceMs);
  let told: Told | undefined;
  child.on('message', (message: Told) => {
    if (message.kind === 'progress') progress(message.text);
    else told = message;
  });
  try {
    child.send({ name, data, folder } satisfies Order);
    const [code, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    if (told?.kind === 'measured') {
      return { ...outcome, seconds: seconds(), status: 'measured', result: checked(told.result) };
    }
    const ended = hung
      ? `it was not done after ${patienceMs / 1000} s`
      : killedBy === null
        ? `its process ended with code ${code}`
        : `its process was ended by ${killedBy}`;
    return { ...outcome, seconds: seconds(), status: 'failed', why: told?.kind === 'failed' ? told.why : ended };
  } catch (error) {
    return { ...outcome, seconds: seconds(), status: 'failed', why: String(error) };
  } finally {
    clearTimeout(impatient);
    signal.removeEventListener('abort', end);
    end();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** JSON has no NaN: a figure that is none shall not be read as nothing. */
function checked(result: Result): Result {
  for (const { what, value, yardstick } of result.figures) {
    if (!Number.isFinite(value)) throw new Error(`"${what}" is ${value}`);
    if (yardstick && !Number.isFinite(yardstick.value))
      throw new Error(`the yardstick of "${what}" is ${yardstick.value}`);
  }
  return result;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Nothing of it is left, which is as it should be.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
