import { type Columns, noRows } from '@sluis/protocol';
import { expect, test } from 'vitest';
import { UnavailableError } from '../source.ts';
import { EPOCH, FakeContext, until } from '../testing/index.ts';
import { HandOver } from './hand-over.ts';

/** One row, told from others by its time. */
function row(time: number): Columns {
  return {
    length: 1,
    series: Uint32Array.of(0),
    time: Float64Array.of(EPOCH + time),
    value: Float64Array.of(0),
    quality: Uint8Array.of(0),
  };
}

function newHandOver() {
  const context = new FakeContext(undefined);
  context.series.intern('lab/a');
  let recoveries = 0;
  const handOver = new HandOver({ context, recovered: () => void recoveries++ });
  const durable: number[] = [];
  const add = (time: number, bytes = 21) => {
    void handOver.add(row(time), { bytes, awaited: false }).then(() => durable.push(time));
  };
  return { context, handOver, add, durable, recoveries: () => recoveries };
}

const times = (context: FakeContext<undefined>) => context.samples.map(({ time }) => time);

test('batches are under way together, and reported durable in order', async () => {
  const { context, handOver, add, durable } = newHandOver();
  using _ = handOver;
  context.hold = true;
  for (let i = 0; i < 5; i++) add(i);
  expect(context.held.length).toBe(5);
  for (const write of context.held.splice(1)) write.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(durable).toEqual([]);
  context.release();
  await until('durable', () => durable.length === 5);
  expect(durable).toEqual([0, 1, 2, 3, 4]);
});

test('a batch without rows waits for those before it', async () => {
  const { context, handOver, add, durable } = newHandOver();
  using _ = handOver;
  context.hold = true;
  add(1);
  void handOver.add(noRows, { bytes: 0, awaited: true }).then(() => durable.push(2));
  await new Promise((resolve) => setImmediate(resolve));
  expect(durable).toEqual([]);
  context.release();
  await until('durable', () => durable.length === 2);
});

test('several batches may be a cursor without rows', async () => {
  const { context, handOver } = newHandOver();
  using _ = handOver;
  for (const at of ['1', '2']) await handOver.add(noRows, { bytes: 0, awaited: false, cursor: { at } });
  expect([context.cursors.get('at'), context.writes, context.states]).toEqual(['2', 2, []]);
});

test('refused batches go again in order, before later ones; nothing is lost or stored twice', async () => {
  const { context, handOver, add, durable, recoveries } = newHandOver();
  using _ = handOver;
  context.hold = true;
  for (let i = 0; i < 4; i++) add(i);
  context.held[1].reject(new UnavailableError('full'));
  context.held[2].reject(new UnavailableError('full'));
  context.held[0].resolve();
  await new Promise((resolve) => setImmediate(resolve));
  // Number 3 is still under way: the refused ones wait for it, and what comes now waits behind them.
  add(4);
  expect(context.writes).toBe(4);
  context.held[3].resolve();
  context.held.length = 0;
  context.hold = false;
  await until('durable', () => durable.length === 5);
  expect(times(context)).toEqual([0, 3, 1, 2, 4]);
  expect(durable).toEqual([0, 1, 2, 3, 4]);
  expect(context.states.map(({ state }) => state)).toEqual(['degraded']);
  expect(recoveries()).toBe(1);
});

test('an unexpected fault is kept and tried again too', async () => {
  const { context, handOver, add, durable } = newHandOver();
  using _ = handOver;
  context.refusal = new TypeError('a fault of ours');
  add(1);
  await until('degraded', () => context.states.length === 1);
  context.refusal = undefined;
  await until('durable', () => durable.length === 1);
});

test('there is room until the bound, and again below it; commits are asked for when it is near', async () => {
  const { context, handOver, add } = newHandOver();
  using _ = handOver;
  context.hold = true;
  add(0, 1 << 20);
  expect([handOver.full, context.held[0].awaited]).toEqual([false, false]);
  await handOver.room();
  add(1, 15 << 20);
  expect([handOver.full, context.held[1].awaited]).toEqual([true, true]);
  let room = false;
  void handOver.room().then(() => (room = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(room).toBe(false);
  context.release();
  await until('room', () => room);
});

test('a drain ends at its deadline and says how many rows were given up', async () => {
  const { context, handOver, add } = newHandOver();
  context.hold = true;
  for (let i = 0; i < 3; i++) add(i);
  context.held[0].resolve();
  expect(await handOver.drain(10)).toBe(2);
});

test("a batch's memory is given back once it is durable, and not while it may have to go again", async () => {
  const { context, handOver } = newHandOver();
  using _ = handOver;
  context.refusal = new UnavailableError('not now');
  const batch = row(1);
  const added = handOver.add(batch, { bytes: 21, awaited: false });
  await until('refused', () => context.writes === 1);
  expect([...batch.time]).toEqual([EPOCH + 1]);
  context.refusal = undefined;
  await added;
  expect(times(context)).toEqual([1]);
  expect(batch.time.byteLength).toBe(0);
});

test('what is refused and was offered once is given back, and not tried again', async () => {
  const { context, handOver, recoveries } = newHandOver();
  using _ = handOver;
  context.refusal = new UnavailableError('full');
  const settled: [number, boolean][] = [];
  const offer = (time: number) =>
    handOver.offer(row(time), { bytes: 21, awaited: true }).then((kept) => settled.push([time, kept]));
  const first = offer(1);
  await first;
  context.refusal = undefined;
  await offer(2);
  expect(settled).toEqual([
    [1, false],
    [2, true],
  ]);
  expect([times(context), context.writes, recoveries()]).toEqual([[2], 2, 1]);
});

/** A journal that takes its time, and refuses a few writes: as a seed says. */
class Moody extends FakeContext<undefined> {
  readonly #random: () => number;
  #refusals = 3;
  underWay = 0;
  mostUnderWay = 0;
  hasMetAlone = false;
  /** Of the cursor. */
  readonly moves: number[] = [];
  #isAlone = false;

  constructor(random: () => number) {
    super(undefined);
    this.#random = random;
    this.series.intern('lab/a');
  }

  override async write(
    rows: Columns,
    options: { cursor?: Readonly<Record<string, string | null>> } = {},
  ): Promise<void> {
    const isAlone = options.cursor !== undefined;
    this.hasMetAlone ||= this.underWay > 0 && (isAlone || this.#isAlone);
    this.#isAlone = isAlone;
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    for (let turns = this.#random() * 5; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
    this.underWay--;
    if (this.#refusals > 0 && this.#random() < 0.1) {
      this.#refusals--;
      throw new UnavailableError('full');
    }
    if (options.cursor) this.moves.push(Number(options.cursor.at));
    await super.write(rows, options);
  }
}

test.concurrent.each(Array.from({ length: 8 }, (_, seed) => seed))(
  'whatever is refused, each batch is kept once or given back, in order (seed %d)',
  async (seed) => {
    const random = generator(seed);
    const context = new Moody(random);
    using handOver = new HandOver({ context, recovered: () => undefined });
    const kept: number[] = [];
    const offered: number[] = [];
    const given: number[] = [];
    const all = Array.from({ length: 60 }, async (_, time) => {
      const [isOnce, isAlone] = [random() < 0.3, random() < 0.3];
      const batch = { bytes: 21, awaited: false, ...(isAlone && { cursor: { at: String(time) }, alone: true }) };
      if (isOnce) {
        if (!(await handOver.offer(row(time), batch))) given.push(time);
        offered.push(time);
      } else {
        await handOver.add(row(time), batch);
        kept.push(time);
      }
    });
    await Promise.all(all);
    for (const times of [kept, offered]) expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect([kept.length, offered.length].every((count) => count > 0)).toBe(true);
    expect([...times(context), ...given].toSorted((a, b) => a - b)).toEqual([...all.keys()]);
    expect([context.hasMetAlone, context.mostUnderWay > 1]).toEqual([false, true]);
    expect(Number(context.cursors.get('at'))).toBe(Math.max(...context.moves));
    expect(context.moves).toEqual(context.moves.toSorted((a, b) => a - b));
  },
);

/** The same numbers in each run: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
