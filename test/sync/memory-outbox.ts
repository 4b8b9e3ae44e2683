import { randomBytes } from 'node:crypto';
import type { GivenUp, JournalLosses, StoredSegment } from '@sluis/edge-agent/log';
import type { RemoteOutbox } from '@sluis/edge-agent/uplink';
import { BatchBuilder, encodeSegment, type Lane, type Range, RangeSet, type SeriesDefinition } from '@sluis/protocol';

/** As the real one counts. */
const OVERHEAD_BYTES = 64;

const nothing = { samples: 0, segments: 0, bytes: 0 };

/** An outbox in memory, which can be copied and put back as a folder can. */
export class MemoryOutbox implements RemoteOutbox {
  epoch = randomBytes(16).toString('hex');
  first = 1;
  definitionsOf: SeriesDefinition[] = [];
  segments: StoredSegment[] = [];
  ackedRanges = new RangeSet();
  closed: GivenUp[] = [];

  append(content: string, seriesBound = this.definitionsOf.length): void {
    const sequence = (this.segments.at(-1)?.sequence ?? 0) + 1;
    const bytes = Buffer.from(content);
    this.segments.push({ lane: 2, sequence, samples: 1, crc: crcOf(content), bytes, seriesBound });
  }

  /** A segment with one row of series 0, whose time and value are its sequence. */
  appendRow(): void {
    const sequence = (this.segments.at(-1)?.sequence ?? 0) + 1;
    const builder = new BatchBuilder();
    builder.double(0, sequence, sequence);
    const { bytes, crc, samples } = encodeSegment(builder.take(), { effort: 'fast' });
    this.segments.push({ lane: 2, sequence, samples, crc, bytes, seriesBound: this.definitionsOf.length });
  }

  copy(): MemoryOutbox {
    const copy = new MemoryOutbox();
    copy.epoch = this.epoch;
    copy.first = this.first;
    copy.definitionsOf = [...this.definitionsOf];
    copy.segments = [...this.segments];
    copy.ackedRanges = new RangeSet(this.ackedRanges.ranges);
    return copy;
  }

  async state() {
    const next = (this.segments.at(-1)?.sequence ?? 0) + 1;
    const lanes = [{ lane: 2 as const, first: this.first, lowest: this.first, next }];
    return { epoch: this.epoch, seriesCount: this.definitionsOf.length, lanes, positions: {}, positionsLost: false };
  }

  async read({ from, maxBytes }: { from: number; maxBytes: number }): Promise<StoredSegment[]> {
    const held: StoredSegment[] = [];
    let bytes = 0;
    for (let i = this.segments.findIndex(({ sequence }) => sequence >= from); i >= 0 && i < this.segments.length; i++) {
      const segment = this.segments[i];
      if (this.ackedRanges.has(segment.sequence)) continue;
      held.push(segment);
      bytes += segment.bytes.byteLength + OVERHEAD_BYTES;
      if (bytes > maxBytes) break;
    }
    return held;
  }

  async definitions({ from, to }: Range): Promise<SeriesDefinition[]> {
    return this.definitionsOf.slice(from, to);
  }

  async isOwn(_lane: Lane, sequence: number, crc: number): Promise<boolean> {
    const own = this.segments.find((segment) => segment.sequence === sequence);
    return own === undefined || own.crc === crc;
  }

  async acknowledge(_lane: Lane, ranges: readonly Range[]): Promise<void> {
    for (const range of ranges) this.ackedRanges.add(range);
  }

  async reconcile(_lane: Lane, ranges: readonly Range[]): Promise<number> {
    const forgotten = this.segments.filter(({ sequence }) => {
      return this.ackedRanges.has(sequence) && !ranges.some(({ from, to }) => from <= sequence && sequence < to);
    });
    this.ackedRanges = new RangeSet([...ranges, ...this.closed.map(({ sequences }) => sequences)]);
    return forgotten.length;
  }

  async giveUp(lane: Lane, sequences: Range): Promise<void> {
    const samples = sequences.to - sequences.from;
    this.closed.push({ lane, sequences, samples, reason: 'refused', times: null, epoch: this.epoch });
    this.ackedRanges.add(sequences);
  }

  async givenUp(): Promise<GivenUp[]> {
    return this.closed;
  }

  async remint() {
    this.epoch = randomBytes(16).toString('hex');
    this.ackedRanges = new RangeSet();
    return this.state();
  }

  /** Of the journal beside it. */
  readonly journal = { losses: async (): Promise<JournalLosses> => this.lost };
  lost: JournalLosses = { epoch: 'f'.repeat(32), losses: [] };

  async stats() {
    const waiting = this.segments.filter(({ sequence }) => !this.ackedRanges.has(sequence)).length;
    return {
      samples: waiting,
      bytes: 0,
      segments: waiting,
      oldest: null,
      newest: null,
      fileBytes: 0,
      quotaBytes: 0,
      damaged: nothing,
      refused: nothing,
      shed: { quota: nothing, age: nothing, disk: nothing },
      acked: nothing,
    };
  }
}

/** Any function of the content will do: the uplink only compares. */
function crcOf(content: string): number {
  return [...content].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) >>> 0, 7);
}
