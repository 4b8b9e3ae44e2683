import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/*
 * Crash points, generated: a driver runs a small, fixed workload in a folder and prints a line on stdout for each step
 * it acknowledges. One run under strace records every system call that changes the folder and every acknowledgement;
 * then there is one run for each of them, or for some, that is killed (SIGKILL) as it enters that call, and what it
 * leaves is verified. The power cuts (test/power-cut) do the same at all of them on a model of the disk: here it is a kernel's.
 *
 * strace counts calls by thread and by kind of call, so the driver does all its work on its main thread, the only one
 * that is traced (no -f), and each run is killed in the N-th call of one kind among those that touch the known paths.
 * (With --seccomp-bpf strace 6.1 injects nothing, so it is not used.)
 */

export interface CrashTest {
  /** The driver's arguments for node: a script, then what it needs to work in `folder`, which is empty. */
  driver(folder: string): string[];
  /** Throws unless what a kill has left in `folder` keeps all that the lines acknowledged. */
  verify(folder: string, acknowledged: readonly string[]): void | Promise<void>;
  /** Nothing is killed before the first acknowledgement: what comes before is another test's. */
  afterFirst?: boolean;
  /** Of so many points in a row one is tried: all unless given. Which, the seed says. */
  every?: number;
  seed?: number;
  /** Runs at a time. */
  parallel?: number;
}

export interface CrashPoint {
  readonly call: string;
  /** Kind of the file: its name without what is particular to it, '.' for a folder, 'ack' for the driver's stdout. */
  readonly file: string;
  /** The how manieth such call on a known path. */
  readonly occurrence: number;
}

const calls = [
  'write',
  'pwrite64',
  'pwritev',
  'fsync',
  'fdatasync',
  'ftruncate',
  'rename',
  'renameat2',
  'unlink',
  'unlinkat',
];

/** The reason why crash points cannot be generated here, or undefined. */
export async function straceMissing(): Promise<string | undefined> {
  const { code, stderr } = await run('strace', ['-o', '/dev/null', process.execPath, '--version'], 'ignore');
  return code === 0 ? undefined : `strace does not work here: ${stderr.trim() || `it exited with ${code}`}`;
}

/** Kills a run of the driver at its points and verifies what is left. Returns all points, and how many were tried and hit. */
export async function crashPoints({
  driver,
  verify,
  afterFirst = false,
  every = 1,
  seed = 0,
  parallel = 2,
}: CrashTest): Promise<{ points: CrashPoint[]; tried: number }> {
  // A killed process leaves what it wrote whether or not it was synced: memory does as well as a disk, and faster.
  const memory = '/dev/shm';
  const base = realpathSync(mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'sluis-crash-')));
  try {
    const reference = new Run(join(base, 'reference'));
    const { code, stderr } = await reference.start(driver, ['-y', '-e', `trace=${calls.join(',')}`]);
    if (code !== 0) throw new Error(`the driver failed without being killed:\n${stderr}`);
    const { points: all, paths } = reference.points();
    const points = afterFirst ? all.slice(all.findIndex(({ file }) => file === 'ack')) : all;

    const chosen = points.filter((_, i) => i % every === seed % every);
    const waiting = chosen.entries();
    const worker = async () => {
      for (const [i, point] of waiting) {
        const killed = new Run(join(base, String(i)));
        await killed.kill(driver, point, paths);
        await verifyAt(point, () => verify(killed.folder, killed.acknowledged()));
        rmSync(killed.base, { recursive: true });
      }
    };
    await Promise.all(Array.from({ length: parallel }, worker));
    return { points, tried: chosen.length };
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/** The points as a table of call and file, with counts: to be printed. */
export function summarize({ points, tried }: { points: readonly CrashPoint[]; tried: number }): string {
  const counts = new Map<string, number>();
  for (const { call, file } of points) {
    const key = `${call.padEnd(10)} ${file}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const lines = [...counts].sort().map(([key, count]) => `${String(count).padStart(5)}  ${key}`);
  return [...lines, `${String(points.length).padStart(5)}  points, ${tried} of them killed and verified`].join('\n');
}

/** One run of the driver, in folders of its own. */
class Run {
  readonly base: string;
  readonly folder: string;
  readonly #acks: string;
  readonly #trace: string;

  constructor(base: string) {
    this.base = base;
    this.folder = join(base, 'data');
    this.#acks = join(base, 'acks');
    this.#trace = join(base, 'trace');
    mkdirSync(this.folder, { recursive: true });
  }

  async start(driver: CrashTest['driver'], options: readonly string[]): Promise<Outcome> {
    const stdout = openSync(this.#acks, 'w');
    try {
      const args = ['-o', this.#trace, ...options, process.execPath, ...driver(this.folder)];
      return await run('strace', args, stdout, { NODE_COMPILE_CACHE: join(dirname(this.base), 'compiled') });
    } finally {
      closeSync(stdout);
    }
  }

  async kill(driver: CrashTest['driver'], { call, occurrence }: CrashPoint, paths: readonly string[]): Promise<void> {
    const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${occurrence}`];
    const { signal, stderr } = await this.start(driver, [
      ...paths.flatMap((path) => ['-P', this.base + path]),
      ...inject,
    ]);
    if (signal !== 'SIGKILL') throw new Error(`${call} ${occurrence} was not reached:\n${stderr}`);
  }

  acknowledged(): string[] {
    const text = readFileSync(this.#acks, 'utf8');
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .slice(0, -1);
  }

  /** The calls of a whole run that touch the folder or acknowledge, and their paths below `base`. */
  points(): { points: CrashPoint[]; paths: string[] } {
    const points: CrashPoint[] = [];
    const paths = new Set<string>();
    const counts = new Map<string, number>();
    for (const line of readFileSync(this.#trace, 'utf8').split('\n')) {
      const call = /^(\w+)\(/.exec(line)?.[1];
      const path = [...line.matchAll(/[<"](\/[^>"]*)[>"]/g)]
        .map((match) => match[1])
        .find((path) => this.#isKnown(path));
      if (call === undefined || path === undefined) continue;
      const occurrence = (counts.get(call) ?? 0) + 1;
      counts.set(call, occurrence);
      paths.add(path.slice(this.base.length));
      points.push({ call, file: this.#kindOf(path), occurrence });
    }
    return { points, paths: [...paths] };
  }

  #isKnown(path: string): boolean {
    return path === this.#acks || path === this.folder || path.startsWith(`${this.folder}/`);
  }

  #kindOf(path: string): string {
    if (path === this.#acks) return 'ack';
    const name = path.slice(this.folder.length + 1);
    return /\.[^/]*$/.test(name)
      ? name.replace(/[^/]*?(\.(?:\d+\.)?[a-z-]+)$/, '*$1').replace(/\d+/g, 'N')
      : `${name}/`;
  }
}

interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

function run(
  command: string,
  args: readonly string[],
  stdout: number | 'ignore',
  environment: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...environment };
    const child = spawn(command, args, { stdio: ['ignore', stdout, 'pipe'], env });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', (error) => resolve({ code: null, signal: null, stderr: error.message }));
    child.on('close', (code, signal) => resolve({ code, signal, stderr }));
  });
}

async function verifyAt({ call, file, occurrence }: CrashPoint, verify: () => void | Promise<void>): Promise<void> {
  try {
    await verify();
  } catch (error) {
    throw new Error(`after a kill in ${call} ${occurrence} (${file})`, { cause: error });
  }
}
