import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';

/** Each question keeps those that are asked from what is waited for. */
const POLL_MS = 50;
/** It only ends what hangs: a machine that does much else takes its time. */
const DEFAULT_MS = 90_000;

/**
 * Asks until the answer is neither false nor undefined, and returns it. A question that throws has no answer yet.
 * @throws Error at the deadline, which says what was waited for and how the last question went
 */
export async function until<T>(
  what: string,
  ask: () => T | Promise<T>,
  { withinMs = DEFAULT_MS, diagnosis = () => '' }: { withinMs?: number; diagnosis?: () => string } = {},
): Promise<Exclude<T, false | undefined>> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let seen: unknown;
    try {
      const answer = await ask();
      if (answer !== false && answer !== undefined) return answer as Exclude<T, false | undefined>;
      seen = answer;
    } catch (error) {
      seen = error;
    }
    if (performance.now() > deadline) {
      const last = seen instanceof Error ? seen.message : inspect(seen);
      throw new Error(`waited ${withinMs} ms in vain until ${what}; the last try gave: ${last}\n${diagnosis()}`);
    }
    await pause(POLL_MS);
  }
}
