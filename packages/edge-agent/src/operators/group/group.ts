import {
  BatchBuilder,
  bySeries,
  carrying,
  Kind,
  noRows,
  type OperatorContext,
  Quality,
  resultPath,
  type RowTable,
  type SampleBatch,
  type Scalar,
  type SeriesColumn,
} from '@sluis/plugin-sdk';
import type { GroupAggregate, GroupConfig } from './config.ts';
import { Members } from './members.ts';

/** Values held at once: the last of a series in a window. About 64 bytes each. */
const MAX_VALUES = 2 ** 18;
/** Unless configured, a closed window may be revised for its own length, or this long in event time (µs) if that is more. */
const LEAST_REVISABLE = 60_000_000;
/** What one tick counts for at most (µs) where a series waits for samples: a stopped agent has not waited. */
const LONGEST_STEP = 2_000_000;
const MAX_REVISION = 0xffff;
const NONE = -1;

/** Of each series the last sample of a window, put together with those of the others. */
export class Group {
  readonly #context: OperatorContext<GroupConfig>;
  readonly #members: Members;
  readonly #revise: number;
  /** By series and window. A value that was taken back is NaN. */
  readonly #values: RowTable<'start' | 'time' | 'value' | 'uncertain'>;
  /** By group. */
  readonly #windows: RowTable<'start' | 'closed' | 'emissions' | 'dirty'>;
  /** How far event time of each series has come, and the idle clock when it last had a sample. */
  readonly #watermark: SeriesColumn;
  readonly #seen: SeriesColumn;
  /** Event time of each group, up to which windows are closed. */
  readonly #time: SeriesColumn;
  #reserved = -1;
  /** By series what follows from the rest: the value that was folded into last, and the time at which its next window closes. */
  readonly #hints: number[] = [];
  readonly #boundaries: number[] = [];
  /** By group, of its series the one that was last when it was looked for: as long as that stays, nothing closes. */
  readonly #blockers: number[] = [];
  readonly #idleClock: Scalar;
  readonly #tick: Scalar;
  readonly #results: readonly { readonly aggregate: GroupAggregate; readonly ids: number[] }[];
  readonly #rows = new BatchBuilder();

  constructor(context: OperatorContext<GroupConfig>) {
    const { config, state } = context;
    this.#context = context;
    this.#members = new Members(context);
    this.#values = state.rows('values', ['start', 'time', 'value', 'uncertain']);
    this.#windows = state.rows('windows', ['start', 'closed', 'emissions', 'dirty']);
    this.#watermark = state.float64('watermark', Number.NEGATIVE_INFINITY);
    this.#seen = state.float64('seen', 0);
    this.#time = state.float64('time', Number.NEGATIVE_INFINITY);
    this.#idleClock = state.scalar('idle clock', 0);
    this.#tick = state.scalar('tick', Number.NEGATIVE_INFINITY);
    this.#revise = config.revise ?? Math.max(config.every, LEAST_REVISABLE);
    this.#results = config.aggregate.map((aggregate) => ({ aggregate, ids: [] }));
  }

  next(batch: SampleBatch): SampleBatch {
    this.#reserve();
    if (batch.tick > this.#tick.value) this.#onTick(batch);
    bySeries(batch, (id, from, to) => {
      const group = this.#members.groupOf(id);
      if (group === undefined) return;
      this.#reserve();
      for (let row = from; row < to;) row = this.#fold(batch, id, group, row, to);
    });
    return carrying(batch, this.#rows.length === 0 ? noRows : this.#rows.take());
  }

  #reserve(): void {
    const { size } = this.#context.series;
    if (size === this.#reserved) return;
    this.#reserved = size;
    for (let id = this.#hints.length; id < size; id++) {
      this.#hints.push(NONE);
      this.#boundaries.push(Number.NEGATIVE_INFINITY);
    }
    for (const column of [this.#watermark, this.#seen, this.#time]) column.reserve(size);
  }

  #onTick({ tick, watermarks }: SampleBatch): void {
    if (this.#tick.value !== Number.NEGATIVE_INFINITY) {
      this.#idleClock.value += Math.min(tick - this.#tick.value, LONGEST_STEP);
    }
    this.#tick.value = tick;
    watermarks.series.forEach((id, i) => {
      if (!(watermarks.time[i] > this.#watermark.values[id])) return;
      this.#watermark.values[id] = watermarks.time[i];
      this.#seen.values[id] = this.#idleClock.value;
    });
    const { columns, owner } = this.#windows;
    const groups = new Set<number>();
    for (const window of this.#windows) {
      groups.add(owner[window]);
      if (columns.dirty[window] === 1) this.#emit(window);
    }
    for (const group of groups) this.#advance(group);
  }

  /** Rows from `from` on that fall into one window, whose last is what counts. Returns the row after them. */
  #fold(batch: SampleBatch, id: number, group: number, from: number, to: number): number {
    const { time, value, quality, kind, horizon } = batch;
    if (time[from] > horizon) {
      this.#context.count('group: beyond horizon', 1);
      return from + 1;
    }
    this.#members.add(id);
    this.#seen.values[id] = this.#idleClock.value;
    const first = time[from];
    this.#come(id, group, first);
    const { every } = this.#context.config;
    const { columns, owner } = this.#values;
    const hint = this.#hints[id];
    const isHinted =
      hint !== NONE && owner[hint] === id && first >= columns.start[hint] && first < columns.start[hint] + every;
    const start = isHinted ? columns.start[hint] : this.#startOf(first);
    if (this.#isFinal(group, start)) {
      this.#context.count('group: late', 1);
      return from + 1;
    }
    const end = Math.min(start + every, this.#boundaryOf(id), horizon + 1);
    let at = isHinted ? hint : this.#find(this.#values, id, start);
    let last = at === NONE ? Number.NEGATIVE_INFINITY : this.#values.columns.time[at];
    let isChanged = false;
    let row = this.#rising(batch, from, to, Math.max(start, last), end);
    if (row > from) {
      if (at === NONE) at = this.#open(id, group, start);
      last = time[row - 1];
      this.#watermark.values[id] = Math.max(this.#watermark.values[id], last);
      if (at === NONE) {
        // All others of these, too: it was one that was refused.
        if (row - from > 1) this.#context.count('group: too many values', row - from - 1);
      } else {
        columns.time[at] = last;
        columns.value[at] = value[row - 1];
        columns.uncertain[at] = quality[row - 1] === Quality.uncertain ? 1 : 0;
        isChanged = true;
      }
    }
    for (; row < to && time[row] >= start && time[row] < end; row++) {
      if (time[row] > this.#watermark.values[id]) this.#watermark.values[id] = time[row];
      const isText = kind !== undefined && kind[row] === Kind.text;
      const isNumber = !isText && quality[row] !== Quality.bad && !Number.isNaN(value[row]);
      if (!isNumber) {
        const reason = isText ? 'text' : quality[row] === Quality.bad ? 'bad quality' : 'not a number';
        this.#context.count(`group: ${reason}`, 1);
      }
      // What has no number takes back what it corrects, and is not the last of its window otherwise.
      if (isNumber ? time[row] < last : time[row] !== last) continue;
      if (at === NONE) at = this.#open(id, group, start);
      if (at === NONE) continue;
      last = time[row];
      columns.time[at] = last;
      columns.value[at] = isNumber ? value[row] : Number.NaN;
      columns.uncertain[at] = quality[row] === Quality.uncertain ? 1 : 0;
      isChanged = true;
    }
    this.#hints[id] = at;
    if (isChanged && this.#isClosed(group, start)) this.#change(group, start);
    return row;
  }

  /** The row after those from `from` on that have numbers and rise in time: of these the last counts. The fast path. */
  #rising({ time, value, quality }: SampleBatch, from: number, to: number, after: number, end: number): number {
    let row = from;
    let last = after;
    // The number of a text is NaN.
    for (; row < to; row++) {
      const t = time[row];
      if (!(t >= last && t < end) || quality[row] === Quality.bad || Number.isNaN(value[row])) break;
      last = t;
    }
    return row;
  }

  /** Event time of a series goes on: it matters where another window begins. */
  #come(id: number, group: number, time: number): void {
    const before = this.#watermark.values[id];
    if (!(time > before)) return;
    const isSameWindow = before !== Number.NEGATIVE_INFINITY && time < this.#boundaryOf(id);
    this.#watermark.values[id] = time;
    if (!isSameWindow && !this.#isBlocked(group)) this.#advance(group);
  }

  /** The first time after a series' event time at which a window closes. */
  #boundaryOf(id: number): number {
    const time = this.#watermark.values[id];
    if (!(this.#boundaries[id] > time)) this.#boundaries[id] = this.#closingTime(time) + this.#context.config.every;
    return this.#boundaries[id];
  }

  #isBlocked(group: number): boolean {
    const blocker = this.#blockers.at(group) ?? NONE;
    if (blocker === NONE || this.#isSilent(blocker)) return false;
    return this.#closingTime(this.#watermark.values[blocker]) === this.#time.values[group];
  }

  #open(id: number, group: number, start: number): number {
    if (this.#values.size >= MAX_VALUES) {
      this.#context.count('group: too many values', 1);
      return NONE;
    }
    const row = this.#values.add(id);
    this.#values.columns.start[row] = start;
    if (this.#find(this.#windows, group, start) === NONE) {
      const window = this.#windows.add(group);
      this.#windows.columns.start[window] = start;
      this.#windows.columns.closed[window] = this.#isClosed(group, start) ? 1 : 0;
    }
    return row;
  }

  /** A closed window is emitted again with the next tick. */
  #change(group: number, start: number): void {
    const window = this.#find(this.#windows, group, start);
    if (window !== NONE && this.#windows.columns.closed[window] === 1) this.#windows.columns.dirty[window] = 1;
  }

  /** The newest are looked at first, for they are what is asked for. */
  #find(table: RowTable<'start'>, owner: number, start: number): number {
    const rows = table.of(owner);
    for (let i = rows.length - 1; i >= 0; i--) if (table.columns.start[rows[i]] === start) return rows[i];
    return NONE;
  }

  /** Closes the windows that all series but silent ones have gone beyond, and forgets those that are revised no more. */
  #advance(group: number): void {
    const time = this.#closingTime(this.#eventTime(group));
    if (!(time > this.#time.values[group])) return;
    this.#time.values[group] = time;
    const { start, closed, dirty } = this.#windows.columns;
    const windows = this.#windows.of(group).toSorted((a, b) => start[a] - start[b]);
    for (const window of windows) {
      if (closed[window] === 1 || !this.#isClosed(group, start[window])) continue;
      closed[window] = 1;
      this.#emit(window);
    }
    for (const window of windows) {
      if (closed[window] === 0 || dirty[window] === 1 || !this.#isFinal(group, start[window])) continue;
      for (const id of this.#members.of(group)) {
        const value = this.#find(this.#values, id, start[window]);
        if (value !== NONE) this.#values.remove(value);
      }
      this.#windows.remove(window);
    }
  }

  /** The least event time of the series that are not silent; the greatest where all are. */
  #eventTime(group: number): number {
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    let blocker = NONE;
    for (const id of this.#members.of(group)) {
      const time = this.#watermark.values[id];
      greatest = Math.max(greatest, time);
      if (this.#isSilent(id) || time >= least) continue;
      least = time;
      blocker = id;
    }
    while (this.#blockers.length <= group) this.#blockers.push(NONE);
    this.#blockers[group] = blocker;
    return blocker === NONE ? greatest : least;
  }

  #isSilent(id: number): boolean {
    return this.#idleClock.value - this.#seen.values[id] >= this.#context.config.wait;
  }

  /** The last time not after `time` at which a window closes. */
  #closingTime(time: number): number {
    const { lateness } = this.#context.config;
    return this.#startOf(time - lateness) + lateness;
  }

  #emit(window: number): void {
    const { columns, owner } = this.#windows;
    const group = owner[window];
    const start = columns.start[window];
    columns.dirty[window] = 0;
    let count = 0;
    let sum = 0;
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let quality: Quality = Quality.good;
    for (const id of this.#members.of(group)) {
      const row = this.#find(this.#values, id, start);
      const value = row === NONE ? Number.NaN : this.#values.columns.value[row];
      if (Number.isNaN(value)) continue;
      count++;
      sum += value;
      min = Math.min(min, value);
      max = Math.max(max, value);
      if (this.#values.columns.uncertain[row] === 1) quality = Quality.uncertain;
    }
    if (count === 0 && columns.emissions[window] === 0) return;
    const found = { count, sum, mean: sum / count, min, max };
    for (const { aggregate, ids } of this.#results) {
      const to = (ids[group] ??= this.#resultSeries(group, aggregate));
      const isKnown = count > 0 || aggregate === 'count';
      this.#rows.double(to, start, isKnown ? found[aggregate] : Number.NaN, isKnown ? quality : Quality.bad);
      if (columns.emissions[window] === 0) continue;
      this.#rows.revision ??= new Uint16Array(this.#rows.series.length);
      this.#rows.revision[this.#rows.length - 1] = Math.min(columns.emissions[window], MAX_REVISION);
    }
    columns.emissions[window]++;
  }

  /** With the unit of the series that was there first. */
  #resultSeries(group: number, aggregate: GroupAggregate): number {
    const { series } = this.#context;
    const unit = aggregate === 'count' ? '' : series.definition(this.#members.of(group)[0]).unit;
    return series.intern(resultPath(this.#context, group, aggregate), unit);
  }

  #startOf(time: number): number {
    const { every } = this.#context.config;
    const past = time % every;
    return past < 0 ? time - past - every : time - past;
  }

  #isClosed(group: number, start: number): boolean {
    const { every, lateness } = this.#context.config;
    return start + every + lateness <= this.#time.values[group];
  }

  /** Closed for so long that it is revised no more. */
  #isFinal(group: number, start: number): boolean {
    const { every, lateness } = this.#context.config;
    return start + every + lateness + this.#revise < this.#time.values[group];
  }
}
