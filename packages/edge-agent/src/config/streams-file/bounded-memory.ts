import { existsSync } from 'node:fs';

/** Address space that V8 reserves for code, which Linux counts as data: that of x64, which reserves the most. */
const CODE_MIB = 512;
/** What a process has beside its objects, at most: its threads' stacks, of {@link STACK_KIB} each, and buffers, for which V8's limit does not hold. */
const BESIDE_HEAP_MIB = 128;
const STACK_KIB = 8 << 10;
const SHELL = '/bin/sh';

/**
 * The command that runs Node with a limit of the kernel's own on all its memory, buffers among it, and without core files, which it would
 * write into the folder. Only Linux has such a limit; elsewhere, and where no shell is, that of the heap stands alone.
 */
export function withBoundedMemory(
  mib: number,
  command: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  if (process.platform !== 'linux' || !existsSync(SHELL)) return command;
  const kib = (CODE_MIB + BESIDE_HEAP_MIB + mib) << 10;
  // A limit that is lower already stays as it is.
  const script = `ulimit -c 0; ulimit -S -s ${STACK_KIB} 2>/dev/null; ulimit -d ${kib} 2>/dev/null; exec "$@"`;
  return [SHELL, '-c', script, 'sh', ...command];
}
