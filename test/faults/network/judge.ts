import { setTimeout as pause } from 'node:timers/promises';
import { latestOf, sampleDifferences } from '../../e2e/account.ts';
import type { HubClient } from '../../e2e/hub-client.ts';
import type { Sample } from '../../e2e/load.ts';

export interface Judgement {
  readonly acknowledged: number;
  readonly lost: number;
  readonly double: number;
}

const POLL_MS = 200;
const DEFAULT_WITHIN_MS = 90_000;
/** Where the hub does not answer a query, it is asked again. */
const TRIES = 5;

/**
 * Compares a sender's book, of numbers, with what the hub has of its series, bit for bit: lost is what the hub lacks after
 * the time given, double what it has twice, with another value, or though nobody sent it.
 */
export async function judge(
  api: HubClient,
  book: readonly Sample[],
  { withinMs = DEFAULT_WITHIN_MS } = {},
): Promise<Judgement> {
  const expected = latestOf(book);
  const deadline = performance.now() + withinMs;
  for (;;) {
    const stored = new Map((await asked(() => api.series())).map(({ path, samples }) => [path, samples]));
    const isThere = [...expected].every(([series, samples]) => (stored.get(series) ?? 0) >= samples.size);
    if (isThere || performance.now() > deadline) break;
    await pause(POLL_MS);
  }
  let [acknowledged, lost, double] = [0, 0, 0];
  for (const [series, samples] of expected) {
    acknowledged += samples.size;
    const { missing, wrong } = await asked(() => sampleDifferences(api, series, samples));
    lost += missing.length;
    double += wrong.length;
  }
  return { acknowledged, lost, double };
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === TRIES) throw error;
      await pause(POLL_MS * tries);
    }
  }
}
