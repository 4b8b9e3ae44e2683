import { readFileSync } from 'node:fs';

const LOOK_MS = 250;
const LAUNCHER = /\b(npm|npx|pnpm)\b/;

/**
 * Calls `gone` once when the process that started this one has ended, or what started that one, up to the `npx` that a
 * person typed: npx ends on SIGTERM without telling pnpm, and pnpm may be killed without telling its script.
 */
export function watchLaunchers(gone: () => void): Disposable {
  const parents = chain();
  const looking = setInterval(() => {
    if (parents.every(({ child, parent }) => parentOf(child) === parent)) return;
    clearInterval(looking);
    gone();
  }, LOOK_MS);
  looking.unref();
  return { [Symbol.dispose]: () => clearInterval(looking) };
}

/** Who started whom: this process's parent, and further up as long as it is npm, npx, pnpm or a shell of theirs. */
function chain(): { child: number; parent: number }[] {
  const links = [{ child: process.pid, parent: process.ppid }];
  for (let parent = process.ppid; LAUNCHER.test(commandOf(parent));) {
    const next = parentOf(parent);
    if (next === undefined || !LAUNCHER.test(commandOf(next))) break;
    links.push({ child: parent, parent: next });
    parent = next;
  }
  return links;
}

/** Undefined where the system does not tell it of other processes: only Linux has it in a file. */
function parentOf(pid: number): number | undefined {
  if (pid === process.pid) return process.ppid;
  const found = /^PPid:\s*(\d+)$/m.exec(read(`/proc/${pid}/status`));
  return found ? Number(found[1]) : undefined;
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
