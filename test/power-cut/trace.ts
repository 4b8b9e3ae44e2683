/** What is traced: all calls that can change a file, or make a change durable. */
export const tracedCalls = [
  'open',
  'openat',
  'creat',
  'lseek',
  'write',
  'writev',
  'pwrite64',
  'pwritev',
  'pwritev2',
  'ftruncate',
  'truncate',
  'fallocate',
  'fsync',
  'fdatasync',
  'rename',
  'renameat',
  'renameat2',
  'unlink',
  'unlinkat',
  'rmdir',
  'mkdir',
  'mkdirat',
  'link',
  'linkat',
  'symlink',
  'symlinkat',
  'mmap',
  'copy_file_range',
  'sendfile',
  'splice',
  'io_uring_setup',
  'sync',
  'syncfs',
] as const;

export interface Call {
  readonly name: string;
  /** As strace prints them, all strings in hexadecimal. */
  readonly arguments: string;
  /** The number that it returned, and the path that belongs to it if that is a file descriptor. */
  readonly result: number;
  readonly resultPath: string | undefined;
  /** Lines of the trace at which it began and at which it had returned. */
  readonly begun: number;
  readonly done: number;
}

/** Calls that returned without an error, in the order of their return. The trace is what `strace -f -y -xx -o` writes. */
export function* readTrace(text: string): Generator<Call> {
  const unfinished = new Map<string, { head: string; begun: number }>();
  let number = 0;
  for (const line of lines(text)) {
    number++;
    const thread = line.slice(0, line.indexOf(' '));
    let rest = line.slice(thread.length).trimStart();
    let begun = number;
    if (rest.endsWith(UNFINISHED)) {
      unfinished.set(thread, { head: rest.slice(0, -UNFINISHED.length).trimEnd(), begun });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>/.exec(rest);
    if (resumed) {
      const start = unfinished.get(thread);
      if (!start) throw new Error(`line ${number} of the trace resumes a call that did not begin`);
      unfinished.delete(thread);
      rest = start.head + rest.slice(resumed[0].length);
      begun = start.begun;
    }
    // Strings are in hexadecimal, so neither ( nor = can be part of one.
    const open = rest.indexOf('(');
    const close = rest.lastIndexOf(')', rest.lastIndexOf(' = '));
    const result = /^\)\s+= (\d+)(?:<([^>]*)>)?/.exec(rest.slice(close));
    if (open < 0 || !result) continue;
    yield {
      name: rest.slice(0, open),
      arguments: rest.slice(open + 1, close),
      result: Number(result[1]),
      resultPath: result[2] === undefined ? undefined : pathOf(result[2]),
      begun,
      done: number,
    };
  }
}

/** All strings among the arguments, one after the other. */
export function bytesIn(text: string): Buffer {
  return Buffer.concat([...text.matchAll(/"([^"]*)"/g)].map(([, hex]) => fromHex(hex)));
}

/** The strings among the arguments, as paths. */
export function pathsIn(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"/g)].map(([, hex]) => fromHex(hex).toString());
}

/** File descriptors among the arguments that are files, with their paths: of folders in front of a path, too. */
export function descriptorsIn(text: string): { descriptor: string; path: string }[] {
  return [...text.matchAll(/(\w+)<([^>]*)>/g)].map(([, descriptor, path]) => ({ descriptor, path: pathOf(path) }));
}

const UNFINISHED = '<unfinished ...>';

function pathOf(printed: string): string {
  return printed.includes('\\x') ? fromHex(printed).toString() : printed;
}

function fromHex(text: string): Buffer {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex');
}

function* lines(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    const end = text.indexOf('\n', from);
    const to = end < 0 ? text.length : end;
    yield text.slice(from, to);
    from = to + 1;
  }
}
