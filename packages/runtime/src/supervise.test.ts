import { once } from 'node:events';
import pino from 'pino';
import { expect, test } from 'vitest';
import { type Running, Supervisor } from './supervise.ts';

function life<T>(value: T): Running<T> & { fail(reason: string): void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { value, ended: promise, fail: resolve, stop: async () => resolve('stopped') };
}

test('what ends or cannot start is started again, and whoever waits gets the next life', async () => {
  const lives = [life(1), life(2)];
  let starts = 0;
  await using supervisor = new Supervisor({
    name: 'part',
    log: pino({ level: 'silent' }),
    start: async () => {
      if (++starts === 2) throw new Error('cannot start');
      return lives[starts === 1 ? 0 : 1];
    },
  });
  supervisor.start();
  expect(await supervisor.ready()).toBe(1);
  lives[0].fail('crashed');
  await expect.poll(() => starts).toBe(3);
  expect(await supervisor.ready()).toBe(2);
  expect({ starts, restarts: supervisor.restarts, failure: supervisor.failure }).toEqual({
    starts: 3,
    restarts: 2,
    failure: 'cannot start',
  });
});

test('pauses between lives that end at once grow as far as they may', async () => {
  await using supervisor = new Supervisor({
    name: 'part',
    log: pino({ level: 'silent' }),
    longestPauseMs: 1,
    start: async () => ({ ...life(1), ended: Promise.resolve('crashed') }),
  });
  supervisor.start();
  await expect.poll(() => supervisor.restarts).toBeGreaterThan(20);
});

test('a stop ends the life and starts no other', async () => {
  let starts = 0;
  const supervisor = new Supervisor({
    name: 'part',
    log: pino({ level: 'silent' }),
    start: async () => life(++starts),
  });
  supervisor.start();
  await supervisor.ready();
  await supervisor[Symbol.asyncDispose]();
  expect([starts, supervisor.current]).toEqual([1, undefined]);
});

test('a stop ends a start that would wait for ever, which has said what it waits for', async () => {
  const begun = Promise.withResolvers<void>();
  let starts = 0;
  const supervisor = new Supervisor({
    name: 'part',
    log: pino({ level: 'silent' }),
    async start(signal, waits): Promise<Running<number>> {
      starts++;
      waits('the disk is full');
      begun.resolve();
      await once(signal, 'abort');
      throw signal.reason;
    },
  });
  supervisor.start();
  await begun.promise;
  expect(supervisor.failure).toBe('the disk is full');
  await supervisor[Symbol.asyncDispose]();
  expect([starts, supervisor.restarts]).toEqual([1, 0]);
});

test('who starts it waits for the first life only so long, and not after an abort', async () => {
  await using supervisor = new Supervisor({
    name: 'part',
    log: pino({ level: 'silent' }),
    async start(signal): Promise<Running<number>> {
      await once(signal, 'abort');
      throw signal.reason;
    },
  });
  await supervisor.startWithin(1, new AbortController().signal);
  const stop = new AbortController();
  const started = supervisor.startWithin(60_000, stop.signal);
  stop.abort();
  await expect(started).rejects.toBe(stop.signal.reason);
});
