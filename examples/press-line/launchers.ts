import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const LOOK_MS = 250;
const LAUNCHER = /^(npm|npx|pnpm)(-cli)?(\.[cm]?js)?$/;
const SHELL = /^(sh|bash|dash|zsh)$/;

/**
 * Calls `gone` once when the process that started this one has ended, or what started that one, up to the `npx` that a
 * person typed: npx ends on SIGTERM without telling pnpm, and pnpm may be killed without telling its script. Who started
 * npx may end: that is how a shell leaves something running.
 */
export function watchLaunchers(gone: () => void): Disposable {
  const parents = [{ child: process.pid, parent: process.ppid }, ...above(process.ppid)];
  const looking = setInterval(() => {
    if (parents.every(({ child, parent }) => parentOf(child) === parent)) return;
    clearInterval(looking);
    gone();
  }, LOOK_MS);
  looking.unref();
  return { [Symbol.dispose]: () => clearInterval(looking) };
}

/** Who started whom, from a launcher up to the first one: each may have a shell between itself and the next. */
function above(launcher: number): { child: number; parent: number }[] {
  const parent = parentOf(launcher);
  if (parent === undefined || !runs(launcher, LAUNCHER)) return [];
  if (runs(parent, LAUNCHER)) return [{ child: launcher, parent }, ...above(parent)];
  const grandparent = parentOf(parent);
  if (grandparent === undefined || !runs(parent, SHELL) || !runs(grandparent, LAUNCHER)) return [];
  return [{ child: launcher, parent }, { child: parent, parent: grandparent }, ...above(grandparent)];
}

/** Undefined where the system does not tell it of other processes: only Linux has it in a file. */
function parentOf(pid: number): number | undefined {
  if (pid === process.pid) return process.ppid;
  const found = /^PPid:\s*(\d+)$/m.exec(read(`/proc/${pid}/status`));
  return found ? Number(found[1]) : undefined;
}

/** Whether the program is of that name, or the script that Node runs. */
function runs(pid: number, name: RegExp): boolean {
  // npm writes over its arguments, and then there are spaces between them.
  const [program = '', script = ''] = read(`/proc/${pid}/cmdline`).split(/[\0 ]/);
  return name.test(basename(program)) || (basename(program) === 'node' && name.test(basename(script)));
}

/** Empty if the process is gone, or the system has no such file. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
