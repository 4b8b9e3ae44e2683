import { type LaneReceived, RangeSet, type Welcome } from '@sluis/protocol';
import type { OutboxState } from '../log/log.ts';
import type { RemoteOutbox } from './remote-outbox.ts';

export type Histories = { readonly same: true } | { readonly same: false; readonly because: string };

/**
 * Does the hub's history of this epoch belong to this outbox? It does not if the hub has more than was ever appended
 * here, or something else under a sequence: the folder was restored from a copy, or the disk lost what it had synced.
 */
export async function compareHistories(outbox: RemoteOutbox, own: OutboxState, hub: Welcome): Promise<Histories> {
  if (hub.knownSeries > own.seriesCount) {
    return {
      same: false,
      because: `the hub knows ${hub.knownSeries} series of this epoch, this outbox defined ${own.seriesCount}`,
    };
  }
  for (const lane of hub.received) {
    const difference = await compareLane(outbox, own, lane);
    if (difference) return { same: false, because: difference };
  }
  return { same: true };
}

async function compareLane(outbox: RemoteOutbox, own: OutboxState, hub: LaneReceived): Promise<string | undefined> {
  const highest = hub.ranges.reduce((greatest, { to }) => Math.max(greatest, to - 1), 0);
  if (highest === 0) return undefined;
  const next = own.lanes.find(({ lane }) => lane === hub.lane)?.next ?? 1;
  if (highest >= next) return `the hub has sequence ${highest} of lane ${hub.lane}, this outbox ends before ${next}`;
  if (await outbox.isOwn(hub.lane, highest, hub.highestCrc)) return undefined;
  return `sequence ${highest} of lane ${hub.lane} has CRC ${hex(hub.highestCrc)} at the hub, and not here`;
}

/**
 * Whether the hub lacks what was let go between hello and welcome: acked before, and then the hub was put back. By what
 * hello said was held it would wait for it, and show no gap.
 */
export function hubLacksWhatWent(own: OutboxState, held: OutboxState, { received }: Welcome): boolean {
  return own.lanes.some(({ lane, lowest: from }) => {
    const to = held.lanes.find((later) => later.lane === lane)?.lowest ?? from;
    return !new RangeSet(received.find((theirs) => theirs.lane === lane)?.ranges).covers({ from, to });
  });
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
