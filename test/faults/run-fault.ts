import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from './fault.ts';
import { isGood, type Row } from './scoreboard.ts';
import { sweepNetworks } from './network/edge-network.ts';
import { unmountBelow } from './unmount.ts';

const childScript = join(import.meta.dirname, 'fault-process.ts');
/** A test that takes so much longer than it says hangs; a busy machine is not one that hangs. */
const PATIENCE = 12;
const LEAST_LIMIT_MS = 1_200_000;

interface RunOptions {
  readonly name: string;
  readonly fault: Fault;
  readonly seed: number;
  readonly share: number;
}

/** Runs it in a process group of its own, of which nothing is left afterwards: no process, no mount, and no folder unless it failed. */
export async function runFault({ name, fault, seed, share }: RunOptions): Promise<Row['result']> {
  const notRun = await fault.missing?.();
  if (notRun !== undefined) return { notRun };
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `sluis-fault-${name}-`)));
  const resultFile = join(folder, 'result.json');
  const child = spawn(process.execPath, [childScript, name, String(seed), String(share), folder], {
    detached: true,
    env: { ...process.env, TMPDIR: folder, SLUIS_TEST_SEED: String(seed) },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const interrupted = () => {
    endGroup(child);
    unmountBelow(folder);
    sweepNetworks();
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const limitMs = Math.max(LEAST_LIMIT_MS, fault.seconds * share * PATIENCE * 1000);
  const limit = setTimeout(() => endGroup(child), limitMs);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  clearTimeout(limit);
  process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  endGroup(child);
  unmountBelow(folder);
  sweepNetworks();

  const result: Row['result'] = existsSync(resultFile)
    ? (JSON.parse(readFileSync(resultFile, 'utf8')) as Row['result'])
    : { failed: `its process ended with ${code ?? signal} and no result, limit ${limitMs / 1000} s` };
  if (isGood({ result })) rmSync(folder, { recursive: true, force: true });
  else console.error(`kept: ${folder}\nto repeat it: pnpm test:faults ${name} --seed ${seed} --share ${share}`);
  return result;
}

/** Programs under test, brokers and tracers are of the child's group. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Nobody of it is left.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
