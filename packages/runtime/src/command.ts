import { describe, UserError } from './user-error.ts';

/**
 * Told to stop, all but a thread that waits for the disk ends sooner, and what that would still write can be recovered. A
 * container is killed after 10 s.
 */
const STOP_MS = 8_000;

/**
 * Runs a command until it is done or SIGINT, SIGTERM or the closing of `until` asks it to stop, then sets the exit code.
 * If it has not within {@link STOP_MS}, the process ends as a signal ends it, in whatever call its threads are.
 * What a person can put right is printed without a stack; anything else is a fault of ours and keeps it.
 */
export async function runCommand(
  run: (signal: AbortSignal) => Promise<void>,
  { stopMs = STOP_MS }: { readonly stopMs?: number } = {},
): Promise<void> {
  const stop = new AbortController();
  let insisting: NodeJS.Timeout | undefined;
  const stopped = (): void => {
    stop.abort();
    insisting ??= setTimeout(endNow, stopMs, stopMs);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stopped);
  try {
    await run(stop.signal);
  } catch (error) {
    // It was asked to stop, and did so by throwing what it was asked with.
    if (stop.signal.aborted && error === stop.signal.reason) return;
    if (error instanceof UserError) {
      console.error(error.message);
      if (error.hint) console.error(`hint: ${error.hint}`);
      process.exitCode = error.exitCode;
    } else {
      console.error(error instanceof Error ? error : describe(error));
      process.exitCode = 1;
    }
  } finally {
    clearTimeout(insisting);
  }
}

/** `process.exit` would wait for threads, and a thread cannot be ended in a call that waits for the disk. */
function endNow(afterMs: number): void {
  console.error(`still not stopped after ${afterMs} ms: ended as it is, the next start recovers`);
  process.removeAllListeners('SIGTERM');
  process.kill(process.pid, 'SIGTERM');
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
