import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';

/** What a figure depends on besides the code. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly disk: {
    readonly fileSystem: string;
    readonly device: string;
    /** Milliseconds of the median 4 KiB write with fdatasync. */
    readonly fdatasyncMs: number;
  };
  readonly node: string;
  /** Versions of what the packages depend on, by name. */
  readonly libraries: Readonly<Record<string, string>>;
  /** With `+` at its end if tracked files differ from it; undefined outside of a repository. */
  readonly commit?: string;
}

/** Means of running and waiting processes over 1, 5 and 15 minutes. */
export type Load = readonly [number, number, number];

const root = join(import.meta.dirname, '../..');
const WRITES = 51;
const PAGE = 4096;

/** Facts of this machine and of the disk that holds `folder`, to which it writes for a moment. */
export function machineOf(folder: string): Machine {
  const [{ model } = { model: 'unknown' }] = cpus();
  return {
    cpu: model.trim(),
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    disk: { ...mountOf(folder), fdatasyncMs: fdatasyncMs(folder) },
    node: process.versions.node,
    libraries: libraries(),
    commit: commit(),
  };
}

export function load(): Load {
  const [one = 0, five = 0, fifteen = 0] = loadavg();
  return [one, five, fifteen];
}

/** The mount with the longest path that holds the folder. Lines are `… root mountpoint options … - type device options`. */
function mountOf(folder: string): { fileSystem: string; device: string } {
  if (process.platform !== 'linux') return { fileSystem: 'unknown', device: 'unknown' };
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [before, after = ''] = line.split(' - ');
      const [fileSystem = 'unknown', device = 'unknown'] = after.split(' ');
      return { at: before?.split(' ')[4] ?? '', fileSystem, device };
    })
    .filter(({ at }) => at === '/' || folder === at || folder.startsWith(`${at}/`))
    .sort((a, b) => b.at.length - a.at.length);
  const [{ fileSystem, device } = { fileSystem: 'unknown', device: 'unknown' }] = mounts;
  return { fileSystem, device };
}

function fdatasyncMs(folder: string): number {
  const path = join(folder, 'fdatasync');
  const handle = openSync(path, 'w');
  try {
    const page = new Uint8Array(PAGE);
    const times = Array.from({ length: WRITES }, () => {
      const began = performance.now();
      writeSync(handle, page);
      fdatasyncSync(handle);
      return performance.now() - began;
    });
    return times.sort((a, b) => a - b)[WRITES >> 1] ?? 0;
  } finally {
    closeSync(handle);
    rmSync(path);
  }
}

/** Dependencies are declared with exact versions, so that what is declared is what runs. */
function libraries(): Record<string, string> {
  const manifests = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name, 'package.json'));
  const declared = [...manifests, join(root, 'benchmarks/package.json')].flatMap((path) => {
    const { dependencies = {} }: { dependencies?: Record<string, string> } = JSON.parse(readFileSync(path, 'utf8'));
    return Object.entries(dependencies);
  });
  return Object.fromEntries(declared.filter(([name]) => !name.startsWith('@sluis/')).sort());
}

function commit(): string | undefined {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return `${git('rev-parse', '--short=12', 'HEAD')}${git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+'}`;
  } catch {
    // Neither git nor a repository is needed to measure.
    return undefined;
  }
}
