import { pause } from './pause.ts';

/** Waits until a promise is fulfilled, but not longer than `ms`: false if it was not by then. Rejects with it before that. */
export async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  const fulfilled = new AbortController();
  try {
    return await Promise.race([promise.then(() => true), pause(ms, fulfilled.signal).then(() => false)]);
  } finally {
    fulfilled.abort();
  }
}
