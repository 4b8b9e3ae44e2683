import type { IngestStore } from '@sluis/cloud-hub/sessions';
import { type Lane, type LaneReceived, RangeSet, type SeriesDefinition } from '@sluis/protocol';

/** A hub's ingest that keeps everything in memory, honestly: ranges, CRCs and definitions per epoch. */
export function memoryIngest(): IngestStore & { epochs: Map<string, MemoryEpoch> } {
  const epochs = new Map<string, MemoryEpoch>();
  const epochOf = (id: string): MemoryEpoch => {
    let epoch = epochs.get(id);
    if (!epoch) epochs.set(id, (epoch = { lanes: new Map(), series: [], segments: [] }));
    return epoch;
  };
  return {
    epochs,
    async open({ epoch }) {
      const { lanes, series } = epochOf(epoch);
      const received: LaneReceived[] = [...lanes].map(([lane, { ranges, highestCrc }]) => ({
        lane,
        ranges: ranges.ranges,
        highestCrc,
      }));
      return { received, knownSeries: series.length };
    },
    async define({ epoch, first, series }) {
      const known = epochOf(epoch).series;
      known.push(...series.slice(known.length - first));
      return { knownSeries: known.length };
    },
    async store({ epoch, lane, from, to, crc, lastCrc = crc, bytes }) {
      const { lanes, segments } = epochOf(epoch);
      let received = lanes.get(lane);
      if (!received) lanes.set(lane, (received = { ranges: new RangeSet(), highestCrc: 0 }));
      if (received.ranges.covers({ from, to })) return 'repeat';
      if (received.ranges.missing({ from, to })[0].to - from !== to - from)
        throw new Error(`a part of ${from} to ${to} is here`);
      if (to - 1 > (received.ranges.highest ?? 0)) received.highestCrc = lastCrc;
      received.ranges.add({ from, to });
      segments.push({ lane, sequence: from, bytes });
      return 'stored';
    },
    async report() {},
    async connected() {},
    async problem() {},
    async outboxFound() {},
  };
}

interface MemoryEpoch {
  readonly lanes: Map<Lane, { ranges: RangeSet; highestCrc: number }>;
  readonly series: SeriesDefinition[];
  readonly segments: { lane: Lane; sequence: number; bytes: Uint8Array }[];
}
