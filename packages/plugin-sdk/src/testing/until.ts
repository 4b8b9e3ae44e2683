const DEADLINE_MS = 10_000;
const POLL_MS = 2;

/** Waits until `condition` holds; fails with `what` when it does not in time. */
export async function until(
  what: string,
  condition: () => boolean,
  { withinMs = DEADLINE_MS }: { withinMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
