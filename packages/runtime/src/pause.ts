import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, or less if the signal is aborted meanwhile: the caller looks at the signal next, as it does anyway. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
