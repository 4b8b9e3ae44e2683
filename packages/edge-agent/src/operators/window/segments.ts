import {
  Kind,
  type OperatorContext,
  Quality,
  type RowTable,
  type SampleBatch,
  type SeriesColumn,
} from '@sluis/plugin-sdk';
import { revisableOf, type WindowConfig } from './config.ts';
import { type Cut, Cuts, type Segment } from './cuts.ts';
import { EventTimeWindows, MAX_WINDOWS } from './event-time-windows.ts';
import { numberAt } from './number-at.ts';
import type { Found } from './results.ts';
import { isText, kindOf, type Marked, States, UNCERTAIN } from './states.ts';
import { type Folded, NONE, windowFields } from './windows.ts';

const segmentFields = [
  ...windowFields,
  /** State windows: what kind of value the state is, and when the next state began. */
  'kind',
  'until',
  /** 1 if it may have begun before what is known: it is not emitted. */
  'partial',
] as const;

/** By so much of the time that a segment may be revised it may be held longer. */
const HELD_LONGER = 8;

/**
 * Windows that follow from the samples themselves: sessions, counts, states. They cut a series' samples into segments, one
 * after the other; where a segment begins, what came before no longer matters. So a late sample or a correction that changes
 * where segments begin is put right by cutting again from the segment that it falls into, until one begins where one began
 * before. Where none begins any more, what was sent is taken back.
 */
export class Segments extends EventTimeWindows {
  readonly #table: RowTable<(typeof segmentFields)[number]>;
  readonly #cuts: Cuts;
  readonly #states: States;
  /** Of each series, the time before which nothing is cut again: those segments are forgotten. */
  readonly #settled: SeriesColumn;
  readonly #nextForget: SeriesColumn;
  readonly #whileHeld: number;
  #texts = new Float64Array(0);
  /** The last segment of each series; NONE if it has to be looked for. What follows from the table is no state. */
  #heads = new Int32Array(64).fill(NONE);

  constructor(context: OperatorContext<WindowConfig>) {
    const { config, state } = context;
    const table = state.rows('windows', segmentFields);
    super(context, table);
    this.#table = table;
    this.#cuts = new Cuts(config);
    this.#states = new States(state, () => this.#textsInUse());
    this.#settled = state.float64('settled', Number.NEGATIVE_INFINITY);
    this.#nextForget = state.float64('next forget', Number.NEGATIVE_INFINITY);
    this.#whileHeld = revisableOf(config) / HELD_LONGER;
  }

  protected override reserve(series: number): void {
    super.reserve(series);
    this.#settled.reserve(series);
    this.#nextForget.reserve(series);
    if (series < this.#heads.length) return;
    const grown = new Int32Array(2 ** Math.ceil(Math.log2(series + 1))).fill(NONE);
    grown.set(this.#heads);
    this.#heads = grown;
  }

  protected override endOf(row: number): number {
    const { start, count, lastTime, until } = this.#table.columns;
    const { gap, most, isState } = this.#cuts;
    if (count[row] === 0) return start[row];
    if (isState) return until[row];
    if (gap !== Number.POSITIVE_INFINITY) return lastTime[row] + gap;
    return count[row] >= most ? lastTime[row] : Number.POSITIVE_INFINITY;
  }

  protected override rangeEndOf(row: number): number {
    return this.#table.columns.lastTime[row] + 1;
  }

  protected override found(row: number): Found {
    const { count, kind, first, lastTime, until } = this.#table.columns;
    if (count[row] === 0) return () => undefined;
    const end = this.#cuts.isState && until[row] !== Number.POSITIVE_INFINITY ? until[row] : lastTime[row];
    const [mark, value] = [kind[row], first[row]];
    return (aggregate) => {
      if (mark !== 0 && (aggregate === 'first' || aggregate === 'last')) return this.#states.stateOf(mark, value);
      if (isText(mark) && aggregate !== 'count' && aggregate !== 'duration') return undefined;
      return this.windows.found(row, aggregate, end);
    };
  }

  protected override isTold(row: number): boolean {
    return this.#table.columns.partial[row] === 0 && super.isTold(row);
  }

  /**
   * Segments go in order of time, but never the last: what comes next depends on it. There may be many, so this is done once
   * in a while of event time only.
   */
  protected override forget(series: number): void {
    if (this.watermark.values[series] < this.#nextForget.values[series]) return;
    this.#nextForget.values[series] = this.watermark.values[series] + this.#whileHeld;
    const { count } = this.#table.columns;
    const rows = this.#sorted(series, Number.NEGATIVE_INFINITY);
    const segments = rows.filter((row) => count[row] > 0);
    for (const row of rows) if (count[row] === 0 && this.#isDone(series, row)) this.windows.remove(row);
    for (let i = 0; i + 1 < segments.length && this.#isDone(series, segments[i]); i++) {
      // Not as far as the next one: a late sample between two that are far apart may still begin one of its own.
      const row = segments[i];
      const settled = this.#cuts.most === Number.POSITIVE_INFINITY ? this.endOf(row) : this.rangeEndOf(row);
      this.#settled.values[series] = Math.max(this.#settled.values[series], settled);
      this.windows.remove(row);
    }
  }

  protected override discard(row: number): void {
    const series = this.#table.owner[row];
    const settled = this.#table.columns.lastTime[row] + 1;
    this.#settled.values[series] = Math.max(this.#settled.values[series], settled);
    this.#heads[series] = NONE;
    super.discard(row);
  }

  /** Beside what the base says, the rows go on the series' last segment. */
  protected override foldRising(batch: SampleBatch, from: number, end: number, greatest: number): number {
    const { time, value, quality, horizon } = batch;
    const id = batch.series[from];
    const head = this.#head(id);
    const c = this.#table.columns;
    if (head === NONE || c.closed[head] === 1) return from;
    const { gap, most, isState } = this.#cuts;
    if (isState && !this.#states.isAt(batch, from, { kind: c.kind[head], value: c.last[head] })) return from;
    // What goes on the last segment moves its end.
    const isAlone = this.isOnlyOpen(id);
    const due = isAlone ? Number.POSITIVE_INFINITY : this.due.values[id];
    const room = most === Number.POSITIVE_INFINITY ? end : Math.min(end, from + most - c.count[head]);
    const limit = Math.min(due, horizon + 1);
    const stateEnd = isState ? endOfSame(batch, from, room) : room;
    let newest = greatest;
    let last = c.lastTime[head];
    let to = from;
    for (; to < stateEnd; to++) {
      const t = time[to];
      if (!(t > newest) || t >= limit || t - last >= gap || quality[to] !== Quality.good) break;
      if (!isState && Number.isNaN(value[to])) break;
      newest = t;
      last = t;
    }
    if (to === from) return from;
    const rows = isText(c.kind[head]) ? { ...batch, value: this.#numbers(c.last[head], from, to) } : batch;
    this.windows.foldRows(head, rows, from, to);
    this.watermark.values[id] = Math.max(this.watermark.values[id], newest);
    this.idle.see(id);
    this.recent.append(id, time, rows.value, from, to);
    this.marks.append(id, time, { from, to, mark: c.kind[head] });
    if (isAlone) this.due.values[id] = Number.POSITIVE_INFINITY;
    // A state ends with another one only.
    if (!isState) this.#settle(id, head);
    return to;
  }

  /** At [from, to) the number of a text. */
  #numbers(text: number, from: number, to: number): Float64Array {
    if (this.#texts.length < to) this.#texts = new Float64Array(2 ** Math.ceil(Math.log2(to)));
    return this.#texts.fill(text, from, to);
  }

  protected override foldOne(batch: SampleBatch, at: number): void {
    const id = batch.series[at];
    const time = batch.time[at];
    if (time > batch.horizon) return this.context.count('window: beyond horizon', 1);
    this.advance(id, time);
    this.idle.see(id);
    const sample = this.#sampleAt(batch, at);
    if (!sample) return this.context.count('window: no room for state', 1);
    if (time < this.#settled.values[id]) return this.context.count('window: late', 1);
    if (time > this.recent.greatest(id)) this.#append(id, sample);
    else this.#insert(id, sample);
  }

  /** Undefined for a text for which there is no room. */
  #sampleAt(batch: SampleBatch, at: number): Marked | undefined {
    const time = batch.time[at];
    const isState = this.#cuts.isState && batch.quality[at] !== Quality.bad;
    const read = isState ? this.#states.read(batch, at) : { value: numberAt(this.context, batch, at), mark: 0 };
    if (!read) return undefined;
    if (Number.isNaN(read.value)) {
      if (isState) this.context.count('window: not a number', 1);
      return { time, value: Number.NaN, mark: 0 };
    }
    const mark = read.mark | (batch.quality[at] === Quality.uncertain ? 1 : 0);
    return { time, value: read.value, mark };
  }

  /** A sample that is later than all that are remembered. */
  #append(id: number, sample: Marked): void {
    // Only where no segment is held it matters.
    const isKnown = this.#head(id) !== NONE || this.#beginsWith(id, sample.time);
    this.#remember(id, sample);
    if (!Number.isNaN(sample.value)) this.#goOn(id, sample, { isKnown, takenBack: NONE });
  }

  /**
   * A sample that is later than all that are in segments: it goes on the last one, or begins one, which is `takenBack` if one once
   * began there.
   */
  #goOn(id: number, sample: Marked, { isKnown, takenBack }: { isKnown: boolean; takenBack: number }): void {
    const head = this.#head(id);
    if (head !== NONE && this.#continues(head, sample)) {
      this.#fold(head, sample);
      this.change(head);
      return this.#settle(id, head);
    }
    if (head !== NONE) {
      this.#endAt(head, sample.time);
      this.#settle(id, head);
    }
    const row = takenBack === NONE ? this.open(id, sample.time) : takenBack;
    this.#begin(row, sample);
    this.change(row);
    if (head === NONE && !isKnown) this.#table.columns.partial[row] = 1;
    this.#heads[id] = row;
    this.#settle(id, row);
  }

  /** A sample in the midst of those that are remembered, or before them. */
  #insert(id: number, sample: Marked): void {
    const { time, value } = sample;
    const before = this.#rememberedAt(id, time);
    const outcome = this.#remember(id, sample);
    if (outcome === 'repeat') return;
    if (outcome === 'older') return this.context.count('window: late', 1);
    if (Number.isNaN(value) && !before) return;
    const { start, lastTime } = this.#table.columns;
    const segment = this.#lastBefore(id, time + 1);
    if (segment === NONE) {
      const isSettled = this.#settled.values[id] !== Number.NEGATIVE_INFINITY;
      const begins = isSettled ? !this.#cuts.isState && this.#beginsWith(id, time) : this.recent.reaches(id, time);
      if (begins) this.#cut(id, { from: time, time, after: NONE });
      else this.context.count('window: late', 1);
      return;
    }
    if (time > lastTime[segment] && segment === this.#head(id)) {
      return this.#goOn(id, sample, { isKnown: true, takenBack: this.windows.find(id, time) });
    }
    if (this.#foldInPlace(segment, sample, before)) return;
    const isBehind = time > lastTime[segment];
    const from = isBehind ? lastTime[segment] + 1 : start[segment];
    if (!this.recent.reaches(id, from)) return this.context.count('window: late', 1);
    this.#cut(id, { from, time, after: isBehind ? segment : this.#lastBefore(id, from) });
  }

  /** Folds a sample into its segment if that changes no beginning or end of any. */
  #foldInPlace(row: number, sample: Marked, before: Marked | undefined): boolean {
    const c = this.#table.columns;
    const { time, value } = sample;
    if (Number.isNaN(value)) return false;
    const isSame = !this.#cuts.isState || (c.kind[row] === kindOf(sample.mark) && c.last[row] === value);
    const hasRoom = before !== undefined || c.count[row] < this.#cuts.most;
    if (!isSame || !hasRoom || time < c.start[row] || time > c.lastTime[row]) return false;
    if (before && Object.is(before.value, value)) {
      const count = c.uncertain[row];
      c.uncertain[row] += foldedOf(sample).uncertain - foldedOf(before).uncertain;
      if (count > 0 !== c.uncertain[row] > 0) this.change(row);
      return true;
    }
    if (before) {
      this.windows.unfold(row, foldedOf(before));
      c.stale[row] = 2;
      if (time === c.firstTime[row]) c.first[row] = value;
      if (time === c.lastTime[row]) c.last[row] = value;
    } else {
      c.stale[row] = Math.max(c.stale[row], this.windows.unordered);
    }
    this.#fold(row, sample);
    this.change(row);
    return true;
  }

  /**
   * Cuts the samples from `from` on into segments again, those at `time` having changed; `after` is the segment before them, which
   * they may go on. All of them must be remembered.
   */
  #cut(id: number, { from, time, after }: { from: number; time: number; after: number }): void {
    const { columns } = this.#table;
    const existing = this.#sorted(id, from);
    const bounds = existing.filter((row) => columns.count[row] > 0).map((row) => columns.start[row]);
    const cut = this.#cuts.cut(
      {
        from,
        after: after === NONE ? undefined : this.#segmentOf(after),
        bounds: bounds.filter((start) => start > time),
      },
      (from, to) => this.#samples(id, from, to),
    );
    for (const sample of cut.joined) this.#fold(after, sample);
    if (cut.joined.length > 0) this.change(after);
    const isPartial = after === NONE && existing.some((row) => columns.partial[row] === 1);
    this.#replace(id, existing, { ...cut, time });
    this.countAgain(id);
    const rows = cut.segments.map(({ start }) => this.windows.find(id, start));
    if (isPartial && rows.length > 0) columns.partial[rows[0]] = 1;
    [...(after === NONE ? [] : [after]), ...rows].forEach((row, i, all) =>
      this.#endAt(row, i + 1 < all.length ? columns.start[all[i + 1]] : cut.end),
    );
    for (const row of rows) {
      if (columns.closed[row] === 1) continue;
      this.wait(id, row);
      this.change(row);
    }
    this.#heads[id] = NONE;
    this.setDue(id);
    if (this.watermark.values[id] >= this.due.values[id]) this.closeOver(id);
    while (this.#table.size > MAX_WINDOWS) this.forgetOldest();
  }

  /** Makes the rows that exist, up to where the cut ends, those of its segments. */
  #replace(id: number, existing: readonly number[], { segments, end, time }: Cut & { readonly time: number }): void {
    const { columns } = this.#table;
    const begun = new Set(segments.map(({ start }) => start));
    for (const row of existing) {
      if (columns.start[row] < end && !begun.has(columns.start[row])) this.#takeBack(row);
    }
    for (const segment of segments) {
      const { start, lastTime } = segment;
      const known = this.windows.find(id, start);
      if (known !== NONE && lastTime < time && columns.lastTime[known] === lastTime) continue;
      const row = known === NONE ? this.windows.open(id, start) : known;
      columns.kind[row] = segment.kind;
      if (known === NONE) columns.until[row] = Number.POSITIVE_INFINITY;
      columns.lastTime[row] = lastTime;
      this.refold(row);
      this.change(row);
    }
  }

  #takeBack(row: number): void {
    const { columns } = this.#table;
    if (columns.count[row] === 0) return;
    if (columns.emissions[row] === 0) return this.windows.remove(row);
    this.windows.clear(row);
    this.change(row);
  }

  /** The next segment begins, or if it is Infinity none does yet: states last until then. */
  #endAt(row: number, time: number): void {
    const { until } = this.#table.columns;
    if (!this.#cuts.isState || until[row] === time) return;
    until[row] = time;
    this.change(row);
  }

  #begin(row: number, sample: Marked): void {
    const { kind, until } = this.#table.columns;
    kind[row] = kindOf(sample.mark);
    until[row] = Number.POSITIVE_INFINITY;
    this.#fold(row, sample);
  }

  #fold(row: number, sample: Marked): void {
    this.windows.fold(row, foldedOf(sample));
  }

  /** Sees to it that a segment that is open closes in time, which may be now. */
  #settle(id: number, row: number): void {
    if (this.#table.columns.closed[row] === 0) this.keepDue(id, row);
    if (this.watermark.values[id] >= this.due.values[id]) this.closeOver(id);
  }

  #continues(row: number, sample: Marked): boolean {
    return this.#cuts.continues(this.#segmentOf(row), sample);
  }

  #isDone(series: number, row: number): boolean {
    const { closed, dirty } = this.#table.columns;
    return closed[row] === 1 && dirty[row] === 0 && this.isFinal(series, this.endOf(row));
  }

  #segmentOf(row: number): Segment {
    const { count, lastTime, kind, last } = this.#table.columns;
    return { count: count[row], lastTime: lastTime[row], kind: kind[row], value: last[row] };
  }

  /** Rows of the series that start at `from` or later, in order of time, with those that were taken back. */
  #sorted(series: number, from: number): number[] {
    const { start } = this.#table.columns;
    const rows = this.#table.of(series).filter((row) => start[row] >= from);
    return rows.sort((a, b) => start[a] - start[b]);
  }

  /** The last segment that starts before a time. */
  #lastBefore(series: number, time: number): number {
    const { start, count } = this.#table.columns;
    let last = NONE;
    for (const row of this.#table.of(series)) {
      if (count[row] > 0 && start[row] < time && (last === NONE || start[row] > start[last])) last = row;
    }
    return last;
  }

  #head(series: number): number {
    const known = this.#heads[series];
    return known === NONE ? (this.#heads[series] = this.#lastBefore(series, Number.POSITIVE_INFINITY)) : known;
  }

  /** True if a segment that begins at this time, with none before it that is held, cannot have begun earlier. */
  #beginsWith(id: number, time: number): boolean {
    const { gap, most } = this.#cuts;
    if (most !== Number.POSITIVE_INFINITY) return true;
    if (gap === Number.POSITIVE_INFINITY) {
      return this.#settled.values[id] === Number.NEGATIVE_INFINITY && this.recent.reaches(id, -Number.MAX_VALUE);
    }
    return this.recent.reaches(id, time - gap + 1) && this.#samples(id, time - gap + 1, time).length === 0;
  }

  #remember(id: number, { time, value, mark }: Marked): 'new' | 'repeat' | 'correction' | 'older' {
    const outcome = this.recent.add(id, time, value);
    const isMarked = outcome !== 'older' && this.marks.set(id, time, mark);
    return isMarked && outcome === 'repeat' ? 'correction' : outcome;
  }

  #rememberedAt(id: number, time: number): Marked | undefined {
    // Times are whole: nothing else is in [time, time + 1).
    return this.#samples(id, time, time + 1)[0];
  }

  /** Remembered samples that have a value. */
  #samples(id: number, from: number, to: number): Marked[] {
    const markOf = this.marks.of(id, from, to);
    const samples: Marked[] = [];
    this.recent.visit(id, from, to, (time, value) => {
      if (!Number.isNaN(value)) samples.push({ time, value, mark: markOf(time) });
    });
    return samples;
  }

  #textsInUse(): Set<number> {
    const { kind, first } = this.#table.columns;
    const used = new Set<number>();
    for (const row of this.#table) if (isText(kind[row])) used.add(first[row]);
    for (let id = 0; id < this.context.series.size; id++) {
      for (const { value, mark } of this.#samples(id, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)) {
        if (isText(mark)) used.add(value);
      }
    }
    return used;
  }
}

function foldedOf({ time, value, mark }: Marked): Folded {
  return { time, value, uncertain: mark & UNCERTAIN };
}

/** The first row that does not say the same as that at `from`, which has a state; `end` if all do. */
function endOfSame({ kind, value, text }: SampleBatch, from: number, end: number): number {
  const first = kind?.[from];
  const state = value[from];
  let at = from + 1;
  if (first === Kind.text) while (at < end && kind?.[at] === first && text?.[at] === text?.[from]) at++;
  else if (kind) while (at < end && value[at] === state && kind[at] === first) at++;
  else while (at < end && value[at] === state) at++;
  return at;
}
