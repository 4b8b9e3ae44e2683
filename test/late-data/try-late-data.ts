import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openDatabase, samplesFolder } from '../../packages/cloud-hub/src/store/database.ts';
import type { AgentSegment, StoreOutcome } from '../../packages/cloud-hub/src/store/ingest-store.ts';
import { SamplesFolder } from '../../packages/cloud-hub/src/store/samples-folder.ts';
import { Store } from '../../packages/cloud-hub/src/store/store.ts';
import { storeStatus, type StoreStatus } from '../../packages/cloud-hub/src/store/store-status.ts';
import { ingestOf } from '../../packages/cloud-hub/test/ingest-of.ts';
import { TestAgent } from '../../packages/cloud-hub/test/test-agent.ts';
import { temporaryFolder } from '../../packages/cloud-hub/test/temporary-folder.ts';
import { type TemporaryStore, temporaryStore, until } from '../../packages/cloud-hub/test/temporary-store.ts';
import { Random } from '../e2e/random.ts';
import { type InputRow, inputRows } from './input.ts';
import { Reference } from './reference.ts';

export interface LateDataOptions {
  readonly samples: number;
  readonly series: number;
  readonly seed: number;
  /** Hot tables that become files. */
  readonly tables: number;
  /** What was found, as it is. */
  readonly said?: (text: string) => void;
}

export interface LateDataOutcome {
  /** Rows that were sent, and how many of them count. */
  readonly sent: number;
  readonly kept: number;
  readonly segments: number;
  /** Before all is compacted into one. */
  readonly status: StoreStatus;
}

const FAN_IN = 8;
/** Of each hot table. */
const SEGMENTS_PER_TABLE = 3;
const MAX_SEGMENT_ROWS = 50_000;
/** Of the segments: so many are held back, for at most so many others, and so many are sent again. */
const HELD_BACK = 0.2;
const LONGEST_HOLD = 20;
const SENT_AGAIN = 0.05;
/** Segments on their way at a time. */
const UNDER_WAY = 16;
const WINDOW_US = 3_600_000_000;

/**
 * Sends late, repeated and corrected samples through a store in two epochs of an agent, segments out of order and some
 * twice, while hot tables become files and files are merged; query process and store end in between. Then all that the
 * store answers is compared with the {@link Reference}: as it lies, after a restart, and as one group of files.
 * @throws AssertionError at the first difference
 */
export async function tryLateData({
  samples,
  series,
  seed,
  tables,
  said = () => undefined,
}: LateDataOptions): Promise<LateDataOutcome> {
  const random = new Random(seed);
  const rowsPerTable = Math.ceil(samples / tables);
  const segmentRows = Math.min(MAX_SEGMENT_ROWS, Math.ceil(rowsPerTable / SEGMENTS_PER_TABLE));
  using folder = temporaryFolder();
  using reference = new Reference(join(folder.path, 'reference.sqlite'));
  await using hub = new RestartedHub({ directory: join(folder.path, 'hub'), rowsPerTable });
  await hub.start();

  const ingest = ingestOf(() => hub.store);
  const epochs = ['a', 'b'].map((digit) => new TestAgent({ ingest, epoch: digit.repeat(32) }));
  const expected = Math.ceil(samples / segmentRows);
  /** After so many segments of so many. */
  const events = new Map<number, () => Promise<unknown>>([
    [Math.floor(expected * 0.2), () => hub.killQueryProcess()],
    [Math.floor(expected * 0.4), () => hub.start()],
    [Math.floor(expected * 0.5), () => epochs[1].open()],
    [Math.floor(expected * 0.6), () => hub.killQueryProcess()],
    [Math.floor(expected * 0.8), () => hub.start()],
  ]);
  await epochs[0].open();

  const delivery = new Delivery(random);
  let underWay: Promise<StoreOutcome>[] = [];
  const settled = async (): Promise<void> => {
    const outcomes = await Promise.all(underWay);
    underWay = [];
    assert.ok(
      outcomes.every((outcome) => outcome === 'stored' || outcome === 'repeat'),
      JSON.stringify(outcomes),
    );
  };
  const store = async (due: readonly AgentSegment[]): Promise<void> => {
    for (const segment of due) underWay.push(ingest.store(segment));
    if (underWay.length >= UNDER_WAY) await settled();
  };
  const began = performance.now();
  let segments = 0;
  for (const rows of batches(inputRows({ samples, series, random }), segmentRows)) {
    const event = events.get(segments);
    if (event) {
      await settled();
      await event();
    }
    const epoch = segments < Math.floor(expected * 0.5) ? 0 : 1;
    const segment = await epochs[epoch].segment(rows.map((row) => ({ ...row, path: pathOf(row.series) })));
    reference.add(rows, { epoch, sequence: segment.from });
    await store(delivery.next(segment));
    segments++;
  }
  await store(delivery.rest());
  await settled();
  said(`${segments} segments are stored after ${seconds(began)}`);

  const { sent, kept } = reference.settle();
  said(`${sent} rows were sent, ${kept} of them count`);
  await compare(hub.store, reference);
  said(`as it lies all is as it should be, after ${seconds(began)}`);
  // Files and merges come when there is time for them.
  const { store: running } = hub.store;
  await until(() => running.hotRows <= rowsPerTable * 2 && running.news.tiers.some(({ tier }) => tier > 0));
  const status = await hub.status();
  await hub.start();
  await compare(hub.store, reference);
  said(`after a restart, too, after ${seconds(began)}`);
  await hub.store.store.compactAll();
  assert.equal(hub.store.store.files.rows, kept);
  await compare(hub.store, reference);
  said(`as one group of files, too, after ${seconds(began)}`);
  return { sent, kept, segments, status };
}

function pathOf(series: number): string {
  return `lab/machine-${series % 10}/${series}`;
}

function seconds(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

function* batches(rows: Iterable<InputRow>, size: number): Generator<InputRow[]> {
  let batch: InputRow[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** In which order segments come: some later than others that were made after them, some twice. */
class Delivery {
  readonly #random: Random;
  #held: { readonly segment: AgentSegment; readonly due: number }[] = [];
  #made = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** What is to be sent once `segment` is made. */
  next(segment: AgentSegment): AgentSegment[] {
    const at = this.#made++;
    const hold = (): unknown => this.#held.push({ segment, due: at + this.#random.whole(1, LONGEST_HOLD + 1) });
    if (this.#random.next() < SENT_AGAIN) hold();
    if (this.#random.next() < HELD_BACK) hold();
    else this.#held.push({ segment, due: at });
    const due = this.#held.filter((held) => held.due <= at);
    this.#held = this.#held.filter((held) => held.due > at);
    return due.map((held) => held.segment);
  }

  rest(): AgentSegment[] {
    return this.#random.shuffled(this.#held.map(({ segment }) => segment));
  }
}

/** A store on one folder, ended and started again. */
class RestartedHub implements AsyncDisposable {
  readonly #options: { readonly directory: string; readonly rowsPerTable: number };
  #store: TemporaryStore | undefined;

  constructor(options: { directory: string; rowsPerTable: number }) {
    this.#options = options;
  }

  get store(): TemporaryStore {
    if (!this.#store) throw new Error('it is not started');
    return this.#store;
  }

  async start(): Promise<void> {
    await this[Symbol.asyncDispose]();
    const { directory, rowsPerTable } = this.#options;
    this.#store = await temporaryStore({ directory, limits: { rowsPerTable } });
  }

  async killQueryProcess(): Promise<void> {
    const { queries } = this.store;
    const { pid } = queries;
    if (pid === undefined) return;
    process.kill(pid, 'SIGKILL');
    await until(() => queries.pid !== undefined && queries.pid !== pid);
  }

  /** Ends it, to look. */
  async status(): Promise<StoreStatus> {
    await this[Symbol.asyncDispose]();
    const { directory, rowsPerTable } = this.#options;
    using store = new Store({ database: openDatabase(directory), maxSeries: 1 });
    const rules = { hotRows: rowsPerTable, fanIn: FAN_IN, maxGroupRows: Infinity };
    return await storeStatus(store, new SamplesFolder(samplesFolder(directory)), rules);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    await store?.[Symbol.asyncDispose]();
  }
}

/** Every row of every series, how many there are, and what windows make of them. */
async function compare(hub: TemporaryStore, reference: Reference): Promise<void> {
  const get = async (target: string): Promise<string> => {
    const response = await hub.get(target);
    const text = await response.text();
    assert.equal(response.status, 200, `${target}: ${text.slice(0, 500)}`);
    return text;
  };
  const { series } = JSON.parse(await get('/api/v1/series')) as { series: { path: string }[] };
  const summary = ({ path, samples, first, last }: Record<string, unknown>) => ({ path, samples, first, last });
  const byPath = (a: { path: unknown }, b: { path: unknown }): number => (String(a.path) < String(b.path) ? -1 : 1);
  const summaries = reference.series();
  assert.deepEqual(
    series.map(summary).sort(byPath),
    summaries.map((one) => summary({ ...one, path: pathOf(one.series) })).sort(byPath),
  );
  for (const { series: id } of summaries) {
    const path = encodeURIComponent(pathOf(id));
    requireSame(path, await get(`/api/v1/samples?series=${path}&format=csv`), reference.samplesCsv(id));
    const windows = `/api/v1/aggregate?series=${path}&every=${WINDOW_US}us&fn=count,sum,mean,min,max,first,last&format=csv`;
    requireSame(windows, await get(windows), reference.windowsCsv(id, WINDOW_US));
  }
}

/** Says the first line that differs: the texts have megabytes. */
function requireSame(what: string, found: string, expected: string): void {
  if (found === expected) return;
  const [some, others] = [found.split('\n'), expected.split('\n')];
  const at = others.findIndex((line, i) => line !== some[i]);
  assert.fail(
    `${what}: line ${at} is ${some[at]} and should be ${others[at]} (${some.length}, ${others.length} lines)`,
  );
}
