import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Of all working trees and users of this machine: what two runs share is the kernel. */
const LOCK = join(tmpdir(), 'sluis-faults.lock');
/** Of /proc/PID/stat, after the name: when the process started, in ticks since the boot. */
const START_FIELD = 19;

/**
 * Held by one run at a time, until it is disposed of. A lock whose holder has ended is taken over.
 * @throws Error that names the process that has it
 */
export function lockRuns(lock = LOCK): Disposable {
  const mine = holderOf(process.pid) ?? String(process.pid);
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, mine);
  try {
    while (!isLinked(own, lock)) {
      const held = contentOf(lock);
      const pid = Number.parseInt(held ?? '', 10);
      if (held !== undefined && held === holderOf(pid)) {
        throw new Error(`another run of fault tests is under way, process ${pid}: two would spoil each other`);
      }
      rmSync(lock, { force: true });
    }
  } finally {
    rmSync(own);
  }
  return { [Symbol.dispose]: () => rmSync(lock, { force: true }) };
}

/** Unlike a file that is created and then written, a link is there with its content or not at all. */
function isLinked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    return false;
  }
}

/** The process and when it started, as its number may be another's by now; undefined if there is none. */
function holderOf(pid: number): string | undefined {
  const stat = contentOf(`/proc/${pid}/stat`);
  // The name may hold spaces and parentheses.
  return stat && `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_FIELD]}`;
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!(hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH'))) throw error;
    return undefined;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
