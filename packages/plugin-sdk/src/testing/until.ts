/** It only ends what hangs. */
const DEADLINE_MS = 60_000;
const POLL_MS = 2;

/** Waits until `condition` holds; fails with `what` when it does not in time. Time in which this process did not run does not count. */
export async function until(
  what: string,
  condition: () => boolean,
  { withinMs = DEADLINE_MS }: { withinMs?: number } = {},
): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += POLL_MS) {
    if (waitedMs > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
