import { describe, UserError } from './user-error.ts';

/**
 * Runs a command until it is done or SIGINT, SIGTERM or the closing of `until` asks it to stop, then sets the exit code.
 * What a person can put right is printed without a stack; anything else is a fault of ours and keeps it.
 */
export async function runCommand(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
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
  }
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
