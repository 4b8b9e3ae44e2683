import { pause } from '@sluis/runtime';

const LOOK_MS = 50;

/**
 * Looks again and again until a condition holds, and tells whether it did in time. One that cannot be told, because who
 * is asked does not answer yet, does not hold. Throws the signal's reason once that is aborted.
 */
export async function until(
  condition: () => Promise<boolean>,
  { withinMs, signal }: { withinMs: number; signal: AbortSignal },
): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    signal.throwIfAborted();
    if (await condition().catch(() => false)) return true;
    if (performance.now() > deadline) return false;
    await pause(LOOK_MS, signal);
  }
}

/** The promise, or the signal's reason thrown if that is aborted before. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
