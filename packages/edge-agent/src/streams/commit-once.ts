import type { Log } from '@sluis/plugin-sdk';
import { Backoff, describe, type Remote } from '@sluis/runtime';
import type { Outbox, OutboxCommit, StreamPosition } from '../log/log.ts';

/** The storage is in this process: asking it again costs little, and what it waits for is to be found back soon. */
export const LONGEST_RETRY_MS = 4_000;

type Positions = Readonly<Record<string, StreamPosition | undefined>>;

export interface CommitOnceOptions {
  readonly outbox: Pick<Remote<Outbox>, 'state' | 'commit'>;
  readonly commit: OutboxCommit;
  /** The positions that are durable before it. */
  readonly before: Positions;
  readonly log: Log;
  readonly stopping: AbortSignal;
  sleep(ms: number): Promise<void>;
}

/**
 * Repeats a commit until it is durable, once. Whether one that failed took effect after all (the storage may end between
 * its fsync and its answer) is read from the positions before it is repeated.
 *
 * 'stopped': it is not durable, or nobody knows. 'diverged': the positions are neither the old nor the new ones, so that
 * the outbox has lost something.
 */
export async function commitOnce(options: CommitOnceOptions): Promise<'durable' | 'stopped' | 'diverged'> {
  const { outbox, commit, log, stopping, sleep } = options;
  const before = Object.fromEntries(Object.keys(commit.positions).map((name) => [name, options.before[name]]));
  const backoff = new Backoff({ longestMs: LONGEST_RETRY_MS });
  for (let failed = false; ;) {
    try {
      if (failed) {
        const { positions } = await outbox.state();
        if (agree(commit.positions, positions)) return 'durable';
        if (!agree(before, positions)) return 'diverged';
      }
      await outbox.commit(commit);
      return 'durable';
    } catch (error) {
      failed = true;
      if (stopping.aborted) return 'stopped';
      const retryInMs = backoff.next();
      log.warn({ err: error, retryInMs }, `results wait: the outbox does not take them (${describe(error)})`);
      await sleep(retryInMs);
    }
  }
}

function agree(expected: Positions, found: Positions): boolean {
  return Object.entries(expected).every(
    ([name, position]) => found[name]?.epoch === position?.epoch && found[name]?.position === position?.position,
  );
}
