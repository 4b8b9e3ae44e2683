import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { env, execArgv, execPath, argv } from 'node:process';

/*
 * A program that runs for months beside others on a small machine wants less memory than Node takes by itself, and that is
 * settled before a process's first line: by V8's flags, by what the C library reads from the environment, and by whether what
 * Node makes of source files is kept between runs. So the first process only replaces itself, under the same id and with
 * the same open files, by one that is started as it should be.
 */

export interface LaunchOptions {
  /** V8's flags; there is at least one, which tells the second process that it is that. */
  readonly flags: readonly [string, ...string[]];
}

/** Beside the code that it is made of: nobody but who could change that could put something else there. */
const COMPILED = join(import.meta.dirname, '../node_modules/.cache/compiled');

/**
 * Where all threads share one arena, what one frees serves the others. A fixed threshold gives large blocks back to the
 * system; by itself the C library raises it with the first that is freed.
 */
const malloc = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: String(256 << 10),
  MALLOC_TRIM_THRESHOLD_: String(1 << 20),
};

/**
 * To be called first in an entry point, before what is large is loaded. Returns in the process that is to do the work. What
 * the environment has already stays. Where a process cannot be replaced (Windows, an IPC channel to a parent), nothing is.
 */
export function launch({ flags }: LaunchOptions): void {
  // On Windows the function is there, and throws.
  if (execArgv.includes(flags[0]) || process.platform === 'win32' || process.connected) return;
  // What is kept belongs to these flags, and Node writes it at a process's end: one that is replaced has none.
  flushCompileCache();
  process.execve?.(execPath, [execPath, ...flags, ...execArgv, ...argv.slice(1)], {
    ...malloc,
    // Without its types stripped before, each thread would do that itself, in 20 MB of WebAssembly.
    NODE_COMPILE_CACHE: COMPILED,
    ...env,
  });
}
