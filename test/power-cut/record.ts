import { mkdirSync, openSync, closeSync, readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { DataChange, DiskEvent, Name } from './disk-event.ts';
import { bytesIn, type Call, descriptorsIn, pathsIn, readTrace, tracedCalls } from './trace.ts';

/** More than any write of SQLite, DuckDB or Node: strace would cut what is longer. */
const MAX_WRITE_BYTES = 64 << 20;

/**
 * Runs the driver under strace, with all its threads and processes, and tells what it did to `base`/disk. It is given a
 * folder there that it has to make itself, and acknowledges on stdout. The trace is kept in `base`, to be read again.
 */
export async function record(base: string, driver: (folder: string) => string[]): Promise<DiskEvent[]> {
  mkdirSync(diskOf(base), { recursive: true });
  const stdout = openSync(join(base, 'acknowledged'), 'w');
  try {
    const options = ['-f', '--seccomp-bpf', '-y', '-xx', '-s', String(MAX_WRITE_BYTES), '-o', traceOf(base)];
    const command = [...options, '-e', `trace=${tracedCalls.join(',')}`, process.execPath, ...driver(folderOf(base))];
    // Node would write files through a ring with a thread of the kernel; its other ring is for epoll alone.
    const env = { ...process.env, UV_USE_IO_URING: '0' };
    const child = spawn('strace', command, { stdio: ['ignore', stdout, 'pipe'], env });
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    if (code !== 0) throw new Error(`the driver failed:\n${stderr}`);
  } finally {
    closeSync(stdout);
  }
  return readRecord(base);
}

/** Reads what {@link record} has left in `base`. */
export function readRecord(base: string): DiskEvent[] {
  const events = new Recorder(base);
  for (const call of readTrace(readFileSync(traceOf(base), 'latin1'))) events.add(call);
  return events.inOrder();
}

/** The record as if some things had never been synced: those whose path, relative to the disk, matches. */
export function withoutSyncs(events: readonly DiskEvent[], paths: RegExp): DiskEvent[] {
  return events.filter(({ kind, path }) => kind !== 'sync' || !paths.test(path));
}

/** The folder that the driver works in, below a disk that is there. */
export function folderOf(base: string): string {
  return join(diskOf(base), 'data');
}

function diskOf(base: string): string {
  return join(base, 'disk');
}

function traceOf(base: string): string {
  return join(base, 'trace');
}

/** Calls that would change a file in a way that the model of the disk does not know. */
const unknownCalls = new Set<string>(
  'link linkat symlink symlinkat copy_file_range sendfile splice truncate pwritev2 sync syncfs'.split(' '),
);

/** Follows which file is meant by a name or a descriptor, as the running system sees it, nothing of it lost. */
class Recorder {
  readonly #disk: string;
  readonly #acknowledged: string;
  readonly #events: DiskEvent[] = [];
  /** Files and folders by path. A file that was removed is still known: its descriptors carry its last path. */
  readonly #known = new Map<string, number>();
  readonly #present = new Set<string>();
  readonly #sizes: number[] = [];
  /** Of descriptors that are written without an offset: 'append', or where they stand. */
  readonly #places = new Map<string, number | 'append'>();
  #line = '';

  constructor(base: string) {
    this.#disk = diskOf(base);
    this.#acknowledged = join(base, 'acknowledged');
    this.#make(this.#disk);
  }

  /** Data counts as on its way from the beginning of a call, a name as changed and a sync as done when it has returned. */
  inOrder(): DiskEvent[] {
    const takesEffect = (event: DiskEvent) =>
      event.kind === 'write' || event.kind === 'resize' || event.kind === 'acknowledgement' ? event.begun : event.done;
    return this.#events.toSorted((a, b) => takesEffect(a) - takesEffect(b));
  }

  add(call: Call): void {
    const paths = pathsOf(call);
    if (paths.includes(this.#acknowledged) && call.name === 'write') return this.#acknowledge(call);
    if (call.name === 'io_uring_setup' && call.arguments.includes('IORING_SETUP_SQPOLL')) {
      throw new Error('files are written through io_uring, which the trace does not show');
    }
    if (!paths.some((path) => this.#isOnDisk(path))) return;
    if (unknownCalls.has(call.name)) throw new Error(`${call.name} of ${paths.join(', ')} is not part of the model`);
    switch (call.name) {
      case 'open':
      case 'openat':
      case 'creat':
        return this.#open(call);
      case 'lseek':
        return void this.#places.set(this.#place(call), call.result);
      case 'write':
      case 'writev':
        return this.#write(call, this.#places.get(this.#place(call)) ?? 0);
      case 'pwrite64':
      case 'pwritev':
        return this.#write(call, lastNumber(call));
      case 'ftruncate':
        return this.#resize(call, lastNumber(call));
      case 'fallocate':
        return this.#allocate(call);
      case 'fsync':
      case 'fdatasync':
        return void this.#events.push({ ...this.#base(call, paths[0]), kind: 'sync', of: this.#file(paths[0]) });
      case 'rename':
      case 'renameat':
      case 'renameat2':
        return this.#rename(call, paths);
      case 'unlink':
      case 'unlinkat':
      case 'rmdir':
        return this.#remove(call, paths[0]);
      case 'mkdir':
      case 'mkdirat':
        return this.#create(call, paths[0], true);
      case 'mmap':
        if (!/PROT_WRITE.*MAP_SHARED/.test(call.arguments)) return;
        throw new Error(`${paths[0]} is written through memory, which the trace does not show`);
      default:
        throw new Error(`${call.name} is traced and not understood`);
    }
  }

  #acknowledge(call: Call): void {
    this.#line += bytesIn(call.arguments).toString();
    const lines = this.#line.split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#events.push({ ...this.#base(call, ''), kind: 'acknowledgement', line });
  }

  #open(call: Call): void {
    const path = call.resultPath ?? '';
    if (/O_D?SYNC|O_TMPFILE/.test(call.arguments))
      throw new Error(`${path} is opened in a way that is not part of the model`);
    const creates = call.name === 'creat' || call.arguments.includes('O_CREAT');
    if (!this.#present.has(path)) {
      if (!creates) throw new Error(`${path} is opened, and was not made on the record`);
      this.#create(call, path, false);
    } else if (call.name === 'creat' || call.arguments.includes('O_TRUNC')) {
      this.#change(call, path, { kind: 'resize', size: 0 });
    }
    const place = call.arguments.includes('O_APPEND') ? 'append' : 0;
    this.#places.set(`${call.result} ${this.#file(path)}`, place);
  }

  #write(call: Call, place: number | 'append'): void {
    const [{ path }] = descriptorsIn(call.arguments);
    const bytes = bytesIn(call.arguments).subarray(0, call.result);
    if (bytes.length < call.result) throw new Error(`the trace holds ${bytes.length} of ${call.result} bytes written`);
    const offset = place === 'append' ? this.#sizes[this.#file(path)] : place;
    this.#change(call, path, { kind: 'write', offset, bytes });
    if (place !== 'append' && call.name.startsWith('write')) this.#places.set(this.#place(call), offset + bytes.length);
  }

  #resize(call: Call, size: number): void {
    this.#change(call, descriptorsIn(call.arguments)[0].path, { kind: 'resize', size });
  }

  #allocate(call: Call): void {
    const [, mode, offset, length] = call.arguments.split(', ');
    const [{ path }] = descriptorsIn(call.arguments);
    if (mode !== '0') throw new Error(`fallocate of ${path} with ${mode} is not part of the model`);
    this.#resize(call, Math.max(this.#sizes[this.#file(path)], Number(offset) + Number(length)));
  }

  #change(
    call: Call,
    path: string,
    change: { kind: 'write'; offset: number; bytes: Uint8Array } | { kind: 'resize'; size: number },
  ): void {
    const file = this.#file(path);
    const event: DataChange = { ...this.#base(call, path), file, ...change };
    this.#sizes[file] =
      event.kind === 'write' ? Math.max(this.#sizes[file], event.offset + event.bytes.length) : event.size;
    this.#events.push(event);
  }

  #create(call: Call, path: string, folder: boolean): void {
    const made = this.#make(path);
    this.#events.push({ ...this.#base(call, path), kind: 'create', at: this.#name(path), made, folder });
  }

  #remove(call: Call, path: string): void {
    this.#present.delete(path);
    this.#events.push({ ...this.#base(call, path), kind: 'remove', at: this.#name(path) });
  }

  #rename(call: Call, [from, to]: string[]): void {
    const at = this.#name(from);
    for (const path of [...this.#present].filter((path) => path === from || path.startsWith(`${from}/`))) {
      const moved = to + path.slice(from.length);
      this.#present.delete(path);
      this.#present.add(moved);
      this.#known.set(moved, this.#file(path));
    }
    this.#events.push({ ...this.#base(call, `${from} to ${to}`), kind: 'rename', at, to: this.#name(to) });
  }

  #make(path: string): number {
    const made = this.#sizes.push(0) - 1;
    this.#known.set(path, made);
    this.#present.add(path);
    return made;
  }

  #name(path: string): Name {
    return { folder: this.#file(dirname(path)), name: path.slice(dirname(path).length + 1) };
  }

  #file(path: string): number {
    const file = this.#known.get(path);
    if (file === undefined) throw new Error(`${path} was not made on the record`);
    return file;
  }

  #place({ arguments: text }: Call): string {
    const [{ descriptor, path }] = descriptorsIn(text);
    return `${descriptor} ${this.#file(path)}`;
  }

  #isOnDisk(path: string): boolean {
    return path === this.#disk || path.startsWith(`${this.#disk}/`);
  }

  #base({ begun, done }: Call, path: string) {
    return { begun, done, path: path.replaceAll(`${this.#disk}/`, '').replace(this.#disk, '.') };
  }
}

/** Paths that a call is about. Those of calls with a path are absolute. */
function pathsOf(call: Call): string[] {
  const byName = /^(?:rename|unlink|mkdir|rmdir|link|symlink|truncate)/.test(call.name);
  if (byName) return pathsIn(call.arguments);
  if (/^(?:open|openat|creat)$/.test(call.name)) return [call.resultPath ?? ''];
  return descriptorsIn(call.arguments).map(({ path }) => path);
}

function lastNumber({ arguments: text }: Call): number {
  return Number(text.slice(text.lastIndexOf(',') + 1));
}
