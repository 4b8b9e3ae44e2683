import { BatchBuilder, type Columns } from '@sluis/protocol';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineSource, SeriesLimitError, type SourceContext, UnavailableError } from '../source.ts';
import { EPOCH, FakeContext, sourceConformance, until } from '../testing/index.ts';
import { EndOfInputError, InvalidInputError, NotConnectedError, type Reader, type Reading } from './reader.ts';
import { reading } from './reading.ts';

type Answer = Reading | Error;

/** Reads what a test has written down, and then waits for more, or for its end. */
class ScriptedReader implements Reader {
  readonly from = 'a script';
  /** Errors of the next calls of `connect`. */
  readonly refusals: Error[] = [];
  readonly answers: Answer[];
  readonly calls: string[] = [];
  /** What becomes of the answers when they are at their end. */
  fallback: (() => Answer) | undefined;
  reads = 0;
  #more = Promise.withResolvers<void>();

  constructor(answers: Answer[] = []) {
    this.answers = answers;
  }

  answer(...answers: Answer[]): void {
    this.answers.push(...answers);
    this.#more.resolve();
    this.#more = Promise.withResolvers();
  }

  async connect(): Promise<void> {
    this.calls.push('connect');
    const refusal = this.refusals.shift();
    if (refusal) throw refusal;
  }

  async read(signal: AbortSignal): Promise<Reading> {
    this.reads++;
    while (this.answers.length === 0 && !this.fallback) {
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      await Promise.race([this.#more.promise, aborted]);
      signal.throwIfAborted();
    }
    const answer = this.answers.shift() ?? this.fallback?.() ?? expect.fail();
    if (answer instanceof Error) throw answer;
    return answer;
  }

  async close(): Promise<void> {
    this.calls.push('close');
  }

  /** A row of a series, told from others by its time, whose acknowledgement is a call. */
  acknowledged(time: number): Reading {
    return { rows: row(time), acknowledge: (kept) => void this.calls.push(`${kept ? 'kept' : 'refused'} ${time}`) };
  }
}

function row(time: number, length = 1): Columns {
  const builder = new BatchBuilder();
  for (let i = 0; i < length; i++) builder.double(0, EPOCH + time, 0);
  return builder.take();
}

async function started(reader: Reader) {
  const context = new FakeContext(undefined);
  context.series.intern('lab/a');
  const source = reading(context, reader);
  await source.start();
  const states = () => context.states.map(({ state }) => state);
  return { context, source, states, times: () => context.samples.map(({ time }) => time) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what is read is kept and acknowledged in order, and the source stops at the end of the input', async () => {
  const reader = new ScriptedReader();
  reader.answer(...[1, 2, 3].map((time) => reader.acknowledged(time)), new EndOfInputError());
  const { context, source, states, times } = await started(reader);
  await using _ = source;
  await until('stopped', () => states().includes('stopped'));
  expect(times()).toEqual([1, 2, 3]);
  expect(reader.calls).toEqual(['connect', 'kept 1', 'kept 2', 'kept 3', 'close']);
  expect(context.states).toEqual([
    { state: 'running', detail: 'reading a script' },
    { state: 'stopped', detail: 'the input has ended' },
  ]);
});

test('nothing is acknowledged before it and all before it is durable', async () => {
  const reader = new ScriptedReader();
  const { context, source } = await started(reader);
  await using _ = source;
  context.hold = true;
  reader.answer(reader.acknowledged(1), { rows: row(2) }, reader.acknowledged(3), new EndOfInputError());
  await until('all are under way', () => context.held.length === 3);
  for (const write of context.held.splice(1)) write.resolve();
  await turn();
  expect(reader.calls).toEqual(['connect']);
  context.release();
  await until('closed', () => reader.calls.includes('close'));
  expect(reader.calls).toEqual(['connect', 'kept 1', 'kept 3', 'close']);
});

test('what the journal refuses goes back to a machine that can repeat it, and is kept for one that cannot', async () => {
  const reader = new ScriptedReader();
  const { context, source, states, times } = await started(reader);
  await using _ = source;
  context.refusal = new UnavailableError('full');
  reader.answer(reader.acknowledged(1), { rows: row(2) });
  await until('given back', () => reader.calls.includes('refused 1'));
  context.refusal = undefined;
  reader.answer(reader.acknowledged(1));
  await until('kept', () => reader.calls.includes('kept 1'));
  expect(times()).toEqual([2, 1]);
  expect(states()).toEqual(['running', 'degraded', 'running']);
});

test('readings with a cursor go one after the other, so that it never goes back', async () => {
  const reader = new ScriptedReader();
  const { context, source, times } = await started(reader);
  await using _ = source;
  context.hold = true;
  const at = (time: number): Reading => ({ rows: row(time), cursor: { at: String(time) } });
  reader.answer({ rows: row(0) }, at(1), at(2), { rows: row(3) }, new EndOfInputError());
  for (const [i, awaited] of [false, true, true, false].entries()) {
    await until(`write ${i}`, () => context.held.length === 1 && (i === 0 || reader.reads === 5));
    await turn();
    expect(context.held).toMatchObject([{ awaited }]);
    if (i === 1) context.held.splice(0)[0].reject(new UnavailableError('full'));
    else context.held.splice(0)[0].resolve();
    if (i === 1) {
      await until('again', () => context.held.length === 1);
      context.held.splice(0)[0].resolve();
    }
  }
  await until('closed', () => reader.calls.includes('close'));
  expect(times()).toEqual([0, 1, 2, 3]);
  expect([...context.cursors]).toEqual([['at', '2']]);
});

test('a machine that is not there is waited for; one that goes away is connected again', async () => {
  const reader = new ScriptedReader([{ rows: row(1) }, new NotConnectedError('the plug is out'), { rows: row(2) }]);
  reader.refusals.push(new NotConnectedError('nobody answers'));
  const { context, source, times } = await started(reader);
  await using _ = source;
  await until('all is read', () => times().length === 2);
  const tried = 'tried again until it works, at least every 30 s';
  expect(context.states).toEqual([
    { state: 'waiting', detail: `nobody answers, ${tried}` },
    { state: 'running', detail: 'reading a script' },
    { state: 'degraded', detail: `the plug is out, ${tried}` },
    { state: 'running', detail: 'reading a script' },
  ]);
  expect(reader.calls).toEqual(['connect', 'close', 'connect', 'close', 'connect']);
});

test('a fault of the reader, or an acknowledgement that fails, ends the connection and not the source', async () => {
  const reader = new ScriptedReader([new TypeError('a fault of ours')]);
  const { source, states, times } = await started(reader);
  await using _ = source;
  await until('degraded', () => states().includes('degraded'));
  const fails = { rows: row(1), acknowledge: () => Promise.reject(new NotConnectedError('gone')) };
  reader.answer(fails, reader.acknowledged(2));
  await until('connected a third time', () => reader.calls.filter((call) => call === 'connect').length === 3);
  reader.answer(reader.acknowledged(3));
  await until('read', () => reader.calls.includes('kept 3'));
  // Whether 2 was read before the connection ended or after: it is kept, once.
  expect(times()).toEqual([1, 2, 3]);
});

test('what is no sample is counted, and reading goes on', async () => {
  const invalid = new InvalidInputError('no number', { count: 3, example: 'temperature=hot' });
  const limit = new SeriesLimitError('one more');
  const reader = new ScriptedReader([
    invalid,
    { rows: row(1) },
    new InvalidInputError('no time'),
    limit,
    { rows: row(2) },
  ]);
  const { context, source, states, times } = await started(reader);
  await using _ = source;
  await until('read', () => times().length === 2);
  expect(context.rejected).toEqual([
    { reason: 'no number', count: 3, example: 'temperature=hot' },
    { reason: 'no time', count: 1 },
    { reason: 'series limit', count: 1, example: 'one more' },
  ]);
  expect(states()).toEqual(['running']);
});

test('a reader that always has something lets others have their turn, and waits for a journal that does not go on', async () => {
  const reader = new ScriptedReader();
  const { context, source } = await started(reader);
  context.hold = true;
  const ROWS = 50_000;
  reader.fallback = () => ({ rows: row(1, ROWS) });
  await until('full', () => context.writes >= 16);
  await turn();
  expect(reader.reads).toBe(16);
  context.refusal = undefined;
  await source[Symbol.asyncDispose]();
  expect(context.rejected).toEqual([{ reason: 'stopped before durable', count: 16 * ROWS }]);
});

test('a source that stops acknowledges what is kept before it closes', async () => {
  const reader = new ScriptedReader();
  const { context, source, states } = await started(reader);
  context.hold = true;
  reader.answer(reader.acknowledged(1));
  await until('under way', () => context.held.length === 1);
  const stopped = source[Symbol.asyncDispose]();
  await turn();
  expect(reader.calls).toEqual(['connect']);
  context.release();
  await stopped;
  expect(reader.calls).toEqual(['connect', 'kept 1', 'close']);
  expect(states()).toEqual(['running', 'stopped']);
  expect(context.rejected).toEqual([]);
});

/** Repeats what was not acknowledged as kept, at once or when it is connected again. */
class Device {
  isThere = false;
  sent = 0;
  acknowledged = 0;
  readonly queue: number[] = [];
  changed = Promise.withResolvers<void>();

  send(...numbers: number[]): void {
    this.queue.push(...numbers);
    this.changed.resolve();
    this.changed = Promise.withResolvers();
  }
}

const devices: Device[] = [];
const MOST_AT_ONCE = 3;

class DeviceReader implements Reader {
  readonly #context: SourceContext<number>;
  readonly #device: Device;
  readonly #unacknowledged = new Set<number>();

  constructor(context: SourceContext<number>) {
    this.#context = context;
    this.#device = devices[context.config];
  }

  async connect(): Promise<void> {
    if (!this.#device.isThere) throw new NotConnectedError('no device');
  }

  async read(signal: AbortSignal): Promise<Reading> {
    const { queue } = this.#device;
    while (queue.length === 0) {
      await this.#device.changed.promise;
      signal.throwIfAborted();
    }
    const numbers = queue.splice(0, MOST_AT_ONCE);
    for (const number of numbers) this.#unacknowledged.add(number);
    const rows = new BatchBuilder();
    const id = this.#context.series.intern('lab/device');
    for (const number of numbers) rows.double(id, EPOCH + number, number);
    return { rows: rows.take(), acknowledge: (kept) => this.#settle(numbers, kept) };
  }

  async close(): Promise<void> {
    this.#device.send(...this.#unacknowledged);
    this.#unacknowledged.clear();
  }

  #settle(numbers: readonly number[], kept: boolean): void {
    for (const number of numbers) this.#unacknowledged.delete(number);
    if (kept) this.#device.acknowledged += numbers.length;
    else this.#device.send(...numbers);
  }
}

sourceConformance(
  defineSource({
    type: 'device',
    version: 1,
    summary: 'Numbers of a device.',
    config: z.number(),
    create: (context) => reading(context, new DeviceReader(context)),
  }),
  {
    async arrange() {
      const device = new Device();
      return {
        config: devices.push(device) - 1,
        appear: async () => void (device.isThere = true),
        send: async (count) => device.send(...Array.from({ length: count }, () => device.sent++)),
        acknowledged: () => device.acknowledged,
        [Symbol.asyncDispose]: async () => undefined,
      };
    },
  },
);
