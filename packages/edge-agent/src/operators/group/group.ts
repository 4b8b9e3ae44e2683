import { bySeries, carrying, type OperatorContext, type RowTable, type SampleBatch } from '@sluis/plugin-sdk';
import type { GroupConfig } from './config.ts';
import { EventTime } from './event-time.ts';
import { LastValues } from './last-values.ts';
import { Members } from './members.ts';
import { GroupResults, Tally } from './results.ts';
import { Spans } from './spans.ts';

const NONE = -1;

/** Of each series the last sample of a window, put together with those of the others. */
export class Group {
  readonly #context: OperatorContext<GroupConfig>;
  readonly #spans: Spans;
  readonly #members: Members;
  readonly #time: EventTime;
  readonly #values: LastValues;
  readonly #results: GroupResults;
  /** By group. `due`: the idle clock when it closes whoever is missing, or NONE while nobody has come to its end. */
  readonly #windows: RowTable<'start' | 'closed' | 'emissions' | 'dirty' | 'due'>;

  constructor(context: OperatorContext<GroupConfig>) {
    this.#context = context;
    this.#spans = new Spans(context.config);
    this.#members = new Members(context);
    this.#time = new EventTime(context, this.#members, this.#spans);
    this.#values = new LastValues(context, this.#spans);
    this.#results = new GroupResults(context, this.#members);
    this.#windows = context.state.rows('windows', ['start', 'closed', 'emissions', 'dirty', 'due']);
  }

  next(batch: SampleBatch): SampleBatch {
    this.#time.reserve(this.#context.series.size);
    if (this.#time.tick(batch)) this.#onTick();
    bySeries(batch, (id, from, to) => {
      const group = this.#members.groupOf(id);
      if (group === undefined || !this.#members.takes(id, group, to - from)) return;
      this.#time.reserve(this.#context.series.size);
      for (let row = from; row < to;) row = this.#fold(batch, { id, group, from: row, to });
    });
    return carrying(batch, this.#results.take());
  }

  #onTick(): void {
    const { dirty } = this.#windows.columns;
    /** By group how far its first series has come, or the clock if all are silent, and up to where it has waited for long enough. */
    const groups = new Map<number, { readonly first: number; readonly isSilent: boolean; waited: number }>();
    for (const window of this.#windows) {
      const id = this.#windows.owner[window];
      if (dirty[window] === 1) this.#emit(window);
      const group = groups.get(id) ?? { ...this.#time.of(id), waited: Number.NEGATIVE_INFINITY };
      groups.set(id, group);
      if (this.#hasWaited(window, group)) {
        group.waited = Math.max(group.waited, this.#spans.closesAt(this.#windows.columns.start[window]));
      }
    }
    for (const [group, { waited }] of groups) this.#advance(group, waited);
  }

  /** True if the window closes whoever is missing. */
  #hasWaited(window: number, { first, isSilent }: { first: number; isSilent: boolean }): boolean {
    const { start, closed, due } = this.#windows.columns;
    if (closed[window] === 1) return false;
    const { idleClock } = this.#time;
    if (first >= this.#spans.closesAt(start[window])) {
      if (isSilent) return true;
      if (due[window] === NONE) due[window] = idleClock + this.#context.config.wait;
    }
    return due[window] !== NONE && idleClock >= due[window];
  }

  /** Rows from `from` on that fall into one window, whose last is what counts. Returns the row after them. */
  #fold(batch: SampleBatch, rows: { id: number; group: number; from: number; to: number }): number {
    const { id, group, from, to } = rows;
    const { time, horizon } = batch;
    if (time[from] > horizon) {
      this.#context.count('group: beyond horizon', 1);
      return from + 1;
    }
    this.#members.add(id);
    if (this.#time.come(id, group, time[from])) this.#advance(group);
    const start = this.#values.startOf(id, time[from]);
    if (this.#spans.isFinal(start, this.#time.closedTo(group))) {
      this.#context.count('group: late', 1);
      return from + 1;
    }
    const end = Math.min(start + this.#spans.every, this.#time.boundaryOf(id), horizon + 1);
    const { next, greatest, isChanged } = this.#values.fold(batch, { id, start, end, from, to });
    this.#time.follow(id, greatest);
    if (isChanged) this.#change(group, start);
    return next;
  }

  /** A window has another value: a closed one is emitted again with the next tick. */
  #change(group: number, start: number): void {
    let window = this.#find(group, start);
    const { columns } = this.#windows;
    if (window === NONE) {
      window = this.#windows.add(group);
      columns.start[window] = start;
      columns.closed[window] = this.#spans.isClosed(start, this.#time.closedTo(group)) ? 1 : 0;
      columns.due[window] = NONE;
    }
    if (columns.closed[window] === 1) columns.dirty[window] = 1;
  }

  /** The newest are looked at first, for they are what is asked for. */
  #find(group: number, start: number): number {
    const rows = this.#windows.of(group);
    for (let i = rows.length - 1; i >= 0; i--) if (this.#windows.columns.start[rows[i]] === start) return rows[i];
    return NONE;
  }

  /** Closes the windows that nobody is waited for any more, and forgets those that are revised no more. */
  #advance(group: number, atLeast = Number.NEGATIVE_INFINITY): void {
    if (!this.#time.advance(group, atLeast)) return;
    const time = this.#time.closedTo(group);
    const { start, closed, dirty } = this.#windows.columns;
    const windows = this.#windows.of(group).toSorted((a, b) => start[a] - start[b]);
    for (const window of windows) {
      if (closed[window] === 1 || !this.#spans.isClosed(start[window], time)) continue;
      closed[window] = 1;
      this.#emit(window);
    }
    for (const window of windows) {
      if (closed[window] === 0 || dirty[window] === 1 || !this.#spans.isFinal(start[window], time)) continue;
      for (const id of this.#members.of(group)) this.#values.remove(id, start[window]);
      this.#windows.remove(window);
    }
  }

  #emit(window: number): void {
    const { columns, owner } = this.#windows;
    const group = owner[window];
    columns.dirty[window] = 0;
    const tally = new Tally();
    for (const id of this.#members.of(group)) {
      this.#values.visit(id, columns.start[window], (value, uncertain) => tally.add(value, uncertain));
    }
    if (tally.count === 0 && columns.emissions[window] === 0) return;
    this.#results.add(group, columns.start[window], tally, columns.emissions[window]++);
  }
}
