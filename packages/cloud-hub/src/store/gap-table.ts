import { isDeepStrictEqual } from 'node:util';
import { type JournalLosses, type Lane, laneNames, RangeSet } from '@sluis/protocol';
import { addGap, DAMAGED_HERE, type GapRange, stillOpen, withoutMissing } from './gaps.ts';
import type { Gap, SeriesGap } from './ingest-store.ts';
import { withReport } from './journal-losses.ts';
import { ORGANISATION } from './organisation.ts';
import type { GapRow, Statements } from './statements.ts';

/** Of an answer to one question. */
const MAX_SERIES_GAPS = 1000;

/**
 * The rows that say what will never come: ranges of an epoch's lane, and what agents' journals lost. What arrives
 * nevertheless is taken off when they are read: received wins.
 */
export class GapTable {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Whether anything is known never to come. */
  get isAny(): boolean {
    return this.#statements.hasGaps.get() !== undefined;
  }

  add(epoch: number, lane: Lane, gaps: readonly GapRange[]): void {
    this.#change(epoch, lane, (before) => gaps.reduce(addGap, before));
  }

  /** It is told elsewhere why a range will never come. */
  dropMissing(epoch: number, lane: Lane, told: GapRange): void {
    this.#change(epoch, lane, (before) => withoutMissing(before, told));
  }

  /** What a segment held is lost though it was received. Nothing to tell once the segment is no longer there. */
  addDamaged(segment: number): void {
    const found = this.#statements.segmentRange.get(segment);
    if (!found) return;
    const { epoch, lane, from, to, samples } = found;
    this.add(epoch, lane, [{ from, to, samples, firstTime: null, lastTime: null, reason: DAMAGED_HERE }]);
  }

  /** All that an agent's journal has lost. */
  addLosses(agent: string, report: JournalLosses): void {
    const before = this.#statements.lossesOf.all(ORGANISATION, agent);
    const after = withReport(before, report);
    if (isDeepStrictEqual(before, after)) return;
    this.#statements.dropLosses.run(ORGANISATION, agent);
    for (const [number, row] of after.entries())
      this.#statements.putLoss.run({ organisation: ORGANISATION, agent, number, ...row });
  }

  /** Of all agents, by id. */
  byAgent(): Map<string, Gap[]> {
    const rows = this.#open(this.#statements.gaps.all(ORGANISATION)).toArray();
    return new Map(
      Map.groupBy(rows, ({ agent }) => agent)
        .entries()
        .map(([agent, gaps]) => [agent, gaps.map(({ gap }) => gap)]),
    );
  }

  lossesOf(agent: string): Gap[] {
    return this.#statements.lossesOf.all(ORGANISATION, agent).map((loss) => ({ lane: 'journal', ...loss }));
  }

  /** What may hold samples of a series of the hub between two times, `to` exclusive. */
  ofSeries(series: number, from: number, to: number): SeriesGap[] {
    const gaps = this.#open(this.#statements.gapsOf.iterate({ series, from, to }))
      .take(MAX_SERIES_GAPS)
      .map(({ agent, gap: { firstTime, lastTime, samples, reason } }) => {
        return { from: firstTime, to: lastTime, samples, reason, agent };
      })
      .toArray();
    const losses = this.#statements.lossesAround.all({ series, from, to, limit: MAX_SERIES_GAPS - gaps.length });
    return [
      ...gaps,
      ...losses.map(({ agent, source, reason, samples, firstTime, lastTime }) => {
        return { from: firstTime, to: lastTime, samples, reason, agent, source };
      }),
    ];
  }

  /** Agents tell again what they told before, so mostly nothing changes. */
  #change(epoch: number, lane: Lane, change: (before: GapRange[]) => GapRange[]): void {
    const before = this.#statements.laneGaps.all(epoch, lane);
    const after = change(before);
    if (isDeepStrictEqual(before, after)) return;
    this.#statements.dropGaps.run(epoch, lane);
    for (const range of after) this.#statements.putGap.run({ ordinal: epoch, lane, ...range });
  }

  /** Gaps less what arrived nevertheless. */
  *#open(rows: Iterable<GapRow>): Generator<{ agent: string; gap: Gap }> {
    const received = new Map<string, RangeSet>();
    for (const { agent, epoch, ordinal, lane, ...range } of rows) {
      const key = `${ordinal} ${lane}`;
      let arrived = received.get(key);
      if (!arrived) {
        arrived = new RangeSet(this.#statements.receivedOf.all(ordinal, lane));
        received.set(key, arrived);
      }
      for (const gap of stillOpen(range, arrived)) yield { agent, gap: { epoch, lane: laneNames[lane - 1], ...gap } };
    }
  }
}
