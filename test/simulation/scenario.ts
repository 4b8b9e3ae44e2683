import type { OutboxLimits } from '../../packages/edge-agent/src/log/storage.ts';
import type { Random } from '../e2e/random.ts';
import type { Mix } from './mix.ts';
import type { Conditions } from './wire.ts';

/** What stays the same through one simulation. Small logs and short times: what takes days in a plant happens in minutes. */
export interface Scenario {
  readonly durationMs: number;
  readonly conditions: Conditions;
  readonly outbox: OutboxLimits;
  /** Bytes per second that the uplink may send. */
  readonly limit: number | undefined;
  /** Between two commits, on average. */
  readonly writeEveryMs: number;
  readonly faults: number;
}

const LARGE = 64 << 20;
const MOST_FAULTS = 4;

export function drawScenario(random: Random, { outboxes }: Mix): Scenario {
  const durationMs = random.whole(8_000, 30_000);
  const conditions = {
    latencyMs: 1 + 300 * random.next() ** 3,
    jitterMs: 50 * random.next() ** 2,
    bytesPerMs: random.next() < 0.2 ? random.whole(2, 20) : 10_000,
  };
  return {
    durationMs,
    conditions,
    outbox: drawOutbox(random, outboxes),
    limit: random.next() < 0.1 ? random.whole(1_000, 20_000) : undefined,
    writeEveryMs: durationMs / random.whole(5, 16),
    faults: random.whole(1, MOST_FAULTS + 1),
  };
}

function drawOutbox(random: Random, { retires, hasQuota, hasAge }: Mix['outboxes']): OutboxLimits {
  const fileBytes = 16 << 10;
  let draw = random.next() - (1 - retires - hasQuota - hasAge);
  if (draw < 0) return { quotaBytes: LARGE, fileBytes: LARGE };
  if ((draw -= retires) < 0) return { quotaBytes: LARGE, fileBytes };
  if ((draw -= hasQuota) < 0) return { quotaBytes: 3 * fileBytes, fileBytes, whenFull: 'shed-oldest' };
  return { quotaBytes: LARGE, fileBytes: LARGE, whenFull: 'shed-oldest', keep: random.whole(8, 30) * 1e6 };
}
