import { laneNames, RangeSet } from '@sluis/protocol';
import type { AgentSegment, Refused } from './ingest-store.ts';

/** What the hub has of a lane of an epoch. */
export interface LaneProgress {
  readonly received: RangeSet;
  /** CRC of the segment of the highest sequence by itself, also where it came joined with others. `to` is exclusive. */
  readonly highest: { readonly to: number; readonly crc: number } | undefined;
}

type Place = Pick<AgentSegment, 'lane' | 'from' | 'to' | 'crc' | 'lastCrc'>;

/** Whether a segment is there already, or another one is in its place; undefined where it is new. */
export function compared({ received, highest }: LaneProgress, place: Place): 'repeat' | Refused | undefined {
  const { lane, from, to, crc, lastCrc = crc } = place;
  if (received.covers({ from, to })) {
    // Of the highest the checksum is at hand: an agent that was put back to an earlier state sends others from there on.
    if (highest?.to !== to || highest.crc === lastCrc) return 'repeat';
    const message = `segment ${from} to ${to} of the ${laneNames[lane - 1]} lane is not the one that the hub has`;
    return { refused: 'conflict', message };
  }
  // A part of joined segments cannot be left out, and would be counted twice. An agent leaves out what it was told is here.
  if (received.missing({ from, to }).some((range) => range.from !== from || range.to !== to)) {
    const message = `of the segments ${from} to ${to} of the ${laneNames[lane - 1]} lane the hub has some, and not all`;
    return { refused: 'conflict', message };
  }
  return undefined;
}

/** What the hub has once it has a new segment, too. */
export function advanced({ received, highest }: LaneProgress, { from, to, crc, lastCrc = crc }: Place) {
  return {
    received: new RangeSet([...received.ranges, { from, to }]),
    highest: highest && highest.to > to ? highest : { to, crc: lastCrc },
  };
}
