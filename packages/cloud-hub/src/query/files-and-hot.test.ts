import { DuckDBInstance } from '@duckdb/node-api';
import { encodeSegment, type SeriesDefinition } from '@sluis/protocol';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnsOf, type Row } from '../../test/test-agent.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { retentionClock } from '../store/retention-plan.ts';
import { type FileView, NO_FLOOR, type RetentionRule, type SampleFile, type WriteJob } from '../store/sample-files.ts';
import { answerAggregate } from './aggregate-answer.ts';
import type { Pieces, Sources } from './planned.ts';
import { answerSamples } from './samples-answer.ts';
import { answerSeries } from './series-answer.ts';
import { Cuts } from './cuts.ts';
import { DuckDBRun } from './duckdb-run.ts';
import { FileClient } from './file-client.ts';
import { encodeFrame, type LoadFrame } from './load-frames.ts';
import { createQueryParts, type QueryParts } from './query-parts.ts';
import { SeriesIndex } from './series-index.ts';
import type { ViewReader } from './view.ts';

/** In an order that UTF-16 has the other way round. */
const paths = ['lab/a', 'lab/b/c', 'lab/\u{FF5E}', 'lab/\u{1F600}'];
const definitions: SeriesDefinition[] = paths.map((path) => ({ path, unit: '' }));
const ids = new Map(paths.map((path, i) => [path, i]));
const never = new AbortController().signal;
const EVERY = 5;
/** One for all lives: it keeps nothing of any. */
const fileThread = new FileClient({ duckdbMiB: 64 });

/** A sample with its place in the log: what of equals wins is later in it. */
interface Placed extends Row {
  readonly lane: number;
  readonly sequence: number;
}

interface Segment {
  readonly id: number;
  readonly lane: number;
  readonly rows: readonly Row[];
}

type Step =
  | { readonly kind: 'load'; readonly lane: number; readonly rows: readonly Row[] }
  | { readonly kind: 'compact' }
  | { readonly kind: 'merge'; readonly from: number; readonly count: number }
  | { readonly kind: 'rewrite'; readonly file: number }
  | { readonly kind: 'raise'; readonly floor: number }
  | { readonly kind: 'wait'; readonly time: number }
  | { readonly kind: 'ask' }
  | { readonly kind: 'restart' };

const value = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -9, max: 9 }) },
  fc.constantFrom('text', true, 2n ** 60n, Number.NaN),
);
const row = fc.record({
  path: fc.constantFrom(...paths),
  time: fc.nat(30),
  value,
  revision: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.nat(2)),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('load' as const),
      lane: fc.constantFrom(1, 2),
      rows: fc.array(row, { minLength: 1, maxLength: 12 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('compact' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('merge' as const),
      from: fc.nat(3),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rewrite' as const), file: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('raise' as const), floor: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), time: fc.nat(10) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('ask' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

const retention: readonly RetentionRule[] = [
  { match: 'lab/*', keep: 20 },
  { match: '**', keep: 28 },
];

/** What the store does with the query process, in memory, and beside it all rows that ever came. */
class TestHub {
  readonly #folder: string;
  readonly instance: DuckDBInstance;
  #parts: QueryParts | undefined;
  #view: FileView = { generation: 1, files: [], through: 0, floor: NO_FLOOR };
  #now = 20;
  readonly cuts = new Cuts({ retention, now: () => this.#now });
  readonly #rows: Placed[] = [];
  #segments: Segment[] = [];
  #groups: number[] = [];
  #lastSegment = 0;
  #lastFile = 0;
  #jobs = 0;

  constructor(options: { folder: string; instance: DuckDBInstance }) {
    this.#folder = options.folder;
    this.instance = options.instance;
  }

  get parts(): QueryParts {
    if (!this.#parts) throw new Error('it is not started');
    return this.#parts;
  }

  /**
   * The reference: of each identity what wins of all that ever came, and then what has not expired. Whatever was removed
   * from which file, and in which order, does not show.
   */
  get rows(): Placed[] {
    const { files, floor } = this.#view;
    const clock = Math.min(this.#now, Math.max(0, ...files.map(({ lastTime }) => lastTime)));
    return winners(this.#rows).filter(
      ({ path, time }) => time >= Math.max(floor, clock - (path === 'lab/b/c' ? 28 : 20)),
    );
  }

  async start(): Promise<void> {
    await (await this.instance.connect()).run('DETACH DATABASE IF EXISTS hot');
    this.#parts = await createQueryParts({
      instance: this.instance,
      index: new SeriesIndex(),
      rowsPerTable: 8,
      fileThread,
      loadedRows: () => undefined,
    });
    await this.#load([this.#viewFrame()]);
    await this.#load([{ type: 'series', first: 1, series: definitions }]);
    await this.#load([{ type: 'map', epoch: 1, first: 0, series: paths.map((_, i) => i + 1) }]);
    for (const segment of this.#segments) await this.#load([frameOf(segment)]);
  }

  async take(next: Step): Promise<void> {
    switch (next.kind) {
      case 'load': {
        const segment = { ...next, id: ++this.#lastSegment };
        this.#segments.push(segment);
        this.#rows.push(...placed(segment));
        return this.#load([frameOf(segment)]);
      }
      case 'compact':
        return this.#compact();
      case 'merge':
        return this.#merge(next);
      case 'rewrite':
        return this.#rewrite(next);
      case 'raise':
        return this.#raise(next.floor);
      case 'wait':
        this.#now += next.time;
        return;
      case 'ask':
        await seriesOf(this);
        return;
      case 'restart':
        return this.start();
    }
  }

  async #compact(): Promise<void> {
    await this.#load([{ type: 'seal' }]);
    const [through] = this.parts.tables.full;
    if (through === undefined) return;
    const added = await this.#write({ kind: 'hot', through }, through);
    this.#segments = this.#segments.filter(({ id }) => id > through);
    this.#groups.push(through);
    await this.#publish({ files: [...this.#view.files, ...added], through });
  }

  async #merge({ from, count }: Step & { kind: 'merge' }): Promise<void> {
    const merged = this.#groups.slice(from, from + count);
    const files = this.#view.files.filter(({ group }) => merged.includes(group));
    if (files.length === 0) return;
    const number = merged[merged.length - 1];
    const added = await this.#write(this.#job(files), number);
    this.#groups.splice(from, merged.length, number);
    const others = this.#view.files.filter(({ group }) => !merged.includes(group));
    await this.#publish({ files: [...added, ...others] });
  }

  /** One file of a group, perhaps of several, without what has expired. */
  async #rewrite({ file: at }: Step & { kind: 'rewrite' }): Promise<void> {
    const { files } = this.#view;
    if (files.length === 0) return;
    const file = files[at % files.length];
    const added = await this.#write(this.#job([file]), file.group);
    await this.#publish({ files: [...files.filter(({ id }) => id !== file.id), ...added] });
  }

  #job(files: readonly SampleFile[]): Omit<WriteJob & { kind: 'merge' }, 'target'> {
    const now = retentionClock(this.#view.files, this.#now);
    return { kind: 'merge', files: files.map(({ id }) => id), retention, now, dropBefore: this.#view.floor };
  }

  /** What lies below goes as a whole, at once. */
  #raise(by: number): Promise<void> {
    const floor = Math.max(0, this.#view.floor) + by;
    return this.#publish({ floor, files: this.#view.files.filter(({ lastTime }) => lastTime >= floor) });
  }

  async #write(
    job: Omit<WriteJob & { kind: 'hot' }, 'target'> | Omit<WriteJob & { kind: 'merge' }, 'target'>,
    group: number,
  ): Promise<SampleFile[]> {
    const target = { folder: this.#folder, prefix: `job-${++this.#jobs}`, maxRows: 7 };
    const { files } = await this.parts.writer.write({ ...job, target }, never);
    return files.map((file) => ({ ...file, id: ++this.#lastFile, group }));
  }

  #publish(change: Partial<FileView>): Promise<void> {
    this.#view = { ...this.#view, ...change, generation: this.#view.generation + 1 };
    return this.#load([this.#viewFrame()]);
  }

  #viewFrame(): LoadFrame {
    return { type: 'view', ...this.#view, seriesCount: paths.length };
  }

  #load(frames: LoadFrame[]): Promise<void> {
    return this.parts.loader.load(Buffer.concat(frames.flatMap(encodeFrame)));
  }
}

function frameOf({ id, lane, rows }: Segment): LoadFrame {
  const grouped = rows.toSorted((a, b) => (ids.get(a.path) ?? 0) - (ids.get(b.path) ?? 0));
  const { bytes } = encodeSegment(columnsOf(grouped, ids), { effort: 'fast' });
  return { type: 'segment', id, epoch: 1, lane: lane as 1, from: id, to: id + 1, bytes };
}

function placed({ id, lane, rows }: Segment): Placed[] {
  return rows.map((one) => ({ ...one, lane, sequence: id }));
}

/** Sorted, of each identity the highest revision, then what is latest in the log. */
function winners(rows: readonly Placed[]): Placed[] {
  const rank = (one: Placed): number[] => [one.revision ?? 0, one.lane, one.sequence];
  const won = new Map<string, Placed>();
  for (const one of rows) {
    const rival = won.get(`${one.path} ${one.time}`);
    const [mine, its] = [rank(one), rival ? rank(rival) : [-1]];
    const at = mine.findIndex((part, i) => part !== its[i]);
    if (at < 0 || mine[at] > its[at]) won.set(`${one.path} ${one.time}`, one);
  }
  return [...won.values()].sort((a, b) => a.time - b.time);
}

async function answered(hub: TestHub, answer: (sources: Sources, run: DuckDBRun) => Promise<Pieces>): Promise<string> {
  const { views, index, files, tables } = hub.parts;
  using taken = new DisposableStack();
  using run = await DuckDBRun.begin({ instance: hub.instance, signal: never });
  const take = (): ViewReader['view'] => taken.use(views.take()).view;
  const sources: Sources = { index, files, cuts: hub.cuts, take, fill: (hot) => tables.fill(hot) };
  let text = '';
  for await (const piece of await answer(sources, run)) text += piece;
  return text;
}

interface Listed {
  readonly path: string;
  readonly samples: number;
  readonly first: number | null;
  readonly last: number | null;
}

async function seriesOf(hub: TestHub): Promise<Listed[]> {
  const text = await answered(hub, (sources, run) =>
    answerSeries({ kind: 'series', match: undefined, after: 0 }, sources, run),
  );
  const { series } = JSON.parse(text) as { series: Listed[] };
  return series.map(({ path, samples, first, last }) => ({ path, samples, first, last }));
}

function csvValue(one: Row): string {
  if (typeof one.value === 'string') return `"${one.value}"`;
  return Object.is(one.value, -0) ? '-0' : String(one.value);
}

async function check(hub: TestHub, { from, to }: { from: number; to: number }): Promise<void> {
  const expected = Map.groupBy(hub.rows, ({ path }) => path);
  // Twice: what was counted is remembered.
  for (let i = 0; i < 2; i++) {
    expect(await seriesOf(hub)).toEqual(
      paths.map((path) => {
        const rows = expected.get(path) ?? [];
        return { path, samples: rows.length, first: rows.at(0)?.time ?? null, last: rows.at(-1)?.time ?? null };
      }),
    );
  }
  for (const path of paths) {
    const rows = (expected.get(path) ?? []).filter(({ time }) => time >= from && time < to);
    const selection = { series: path, from, to, after: 0, format: 'csv' } as const;
    const samples = await answered(hub, (sources, run) =>
      answerSamples({ kind: 'samples', ...selection, gaps: [] }, sources, run),
    );
    expect(samples).toBe(
      ['time,value,quality', ...rows.map((one) => `${one.time},${csvValue(one)},good`), ''].join('\n'),
    );
    const windows = Map.groupBy(
      rows.filter((one) => typeof one.value !== 'string' && !Number.isNaN(one.value)),
      ({ time }) => time - (time % EVERY),
    );
    const counts = await answered(hub, (sources, run) =>
      answerAggregate({ kind: 'aggregate', ...selection, every: EVERY, functions: ['count', 'last'] }, sources, run),
    );
    expect(counts).toBe(
      ['time,count,last', ...[...windows].map(([start, of]) => `${start},${of.length},${number(of.at(-1))}`), ''].join(
        '\n',
      ),
    );
  }
}

function number(one: Row | undefined): string {
  const asNumber = Number(one?.value);
  return Object.is(asNumber, -0) ? '-0' : String(asNumber);
}

test('files and hot rows answer as one sorted set would: highest revision, then latest in the log', async () => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '256MiB' });
  const window = fc.record({ from: fc.integer({ min: -1, max: 31 }), to: fc.integer({ min: 0, max: 32 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), window, async (steps, { from, to }) => {
      using folder = temporaryFolder();
      const hub = new TestHub({ folder: folder.path, instance });
      await hub.start();
      for (const next of steps) await hub.take(next);
      await check(hub, { from, to });
      await check(hub, { from: 0, to: 40 });
      await hub.take({ kind: 'restart' });
      await check(hub, { from: 0, to: 40 });
    }),
    { numRuns: 10 },
  );
  instance.closeSync();
});

test('a file that is written again keeps its place among those that its group was cut into', async () => {
  using folder = temporaryFolder();
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '256MiB' });
  const hub = new TestHub({ folder: folder.path, instance });
  await hub.start();
  const rows = Array.from({ length: 30 }, (_, time) => ({ path: 'lab/a', time, value: time }));
  await hub.take({ kind: 'load', lane: 1, rows });
  await hub.take({ kind: 'compact' });
  await hub.take({ kind: 'raise', floor: 2 });
  await hub.take({ kind: 'rewrite', file: 0 });
  await check(hub, { from: 0, to: 40 });
  await hub.take({ kind: 'restart' });
  await check(hub, { from: 0, to: 40 });
  instance.closeSync();
});
