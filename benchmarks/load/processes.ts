import { existsSync, readdirSync, readFileSync } from 'node:fs';

/* What processes take, as Linux counts it in /proc. */

/** `_SC_CLK_TCK`: what utime and stime are counted in. It is 100 on all that Node runs on. */
const HERTZ = 100;
const BYTES_PER_KIB = 1024;
const BYTES_PER_MB = 1e6;

/** Why nothing can be told of processes here; undefined if it can. */
export function missingProc(): string | undefined {
  return existsSync('/proc/self/task') ? undefined : 'CPU and memory are read from /proc, which only Linux has';
}

/** A process and those that it started, which are alive, by names for people. */
export interface Watched {
  readonly name: string;
  readonly pid: number;
}

/** CPU seconds (user and system) used so far: by process and thread. A child that has ended counts with its parent. */
export class CpuSeconds {
  /** Of whole processes, threads that have ended included. */
  readonly processes: ReadonlyMap<string, number>;
  /** `process/thread`; threads of one name are added up. */
  readonly threads: ReadonlyMap<string, number>;

  private constructor(processes: ReadonlyMap<string, number>, threads: ReadonlyMap<string, number>) {
    this.processes = processes;
    this.threads = threads;
  }

  static of(all: readonly Watched[]): CpuSeconds {
    const threads = new Map<string, number>();
    for (const { name, pid } of all) {
      for (const task of readdirSync(`/proc/${pid}/task`)) {
        const stat = statOf(`/proc/${pid}/task/${task}/stat`);
        if (!stat) continue;
        const key = `${name}/${stat.name}`;
        threads.set(key, (threads.get(key) ?? 0) + stat.cpuSeconds);
      }
    }
    const processes = new Map(
      all.map(({ name, pid }) => {
        const stat = statOf(`/proc/${pid}/stat`);
        return [name, stat ? stat.cpuSeconds + stat.endedSeconds : 0];
      }),
    );
    return new CpuSeconds(processes, threads);
  }

  since(before: CpuSeconds): CpuSeconds {
    return new CpuSeconds(less(this.processes, before.processes), less(this.threads, before.threads));
  }

  /** Of some processes, or of all. */
  total(names: readonly string[] = [...this.processes.keys()]): number {
    return names.reduce((sum, name) => sum + (this.processes.get(name) ?? 0), 0);
  }
}

function less(now: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): Map<string, number> {
  // What was there and is no more counts with its parent now, with all that it ever used.
  const names = new Set([...now.keys(), ...before.keys()]);
  return new Map([...names].map((name) => [name, (now.get(name) ?? 0) - (before.get(name) ?? 0)]));
}

/** The children of a process, by the names of their scripts. */
export function childrenOf(pid: number, parent: string): Watched[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.map((child) => {
    const script = /([\w-]+)\.[tj]s\b/.exec(readFileSync(`/proc/${child}/cmdline`, 'utf8'));
    return { name: `${parent} ${script?.[1] ?? child}`, pid: Number(child) };
  });
}

/** MB of 10^6 bytes, as targets are given. Undefined: the process has ended. */
export interface Memory {
  /** Resident now, what is shared with others included. */
  readonly rss: number;
  /** The most that was ever resident. */
  readonly peak: number;
  /** Resident now; what is shared counts in parts. */
  readonly pss: number;
}

export function memoryOf(pid: number): Memory | undefined {
  const status = textOf(`/proc/${pid}/status`);
  const rollup = textOf(`/proc/${pid}/smaps_rollup`);
  if (status === undefined || rollup === undefined) return undefined;
  return { rss: megabytes(status, 'VmRSS'), peak: megabytes(status, 'VmHWM'), pss: megabytes(rollup, 'Pss') };
}

/** The most that was ever resident, in MB, of a process that runs. */
export function peakOf(pid: number): number {
  return megabytes(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmHWM');
}

function megabytes(text: string, field: string): number {
  const kib = Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  return (kib * BYTES_PER_KIB) / BYTES_PER_MB;
}

/** `endedSeconds`: of children that have ended, which a thread's own file has, too. */
function statOf(path: string): { name: string; cpuSeconds: number; endedSeconds: number } | undefined {
  const text = textOf(path);
  if (text === undefined) return undefined;
  // The name may hold spaces and parentheses.
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  return {
    name: text.slice(text.indexOf('(') + 1, end),
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / HERTZ,
    endedSeconds: (Number(fields[13]) + Number(fields[14])) / HERTZ,
  };
}

/** Undefined: the process has just ended. */
function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}
