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
  await expect.poll(() => supervisor.current).toBe(undefined);
  expect(await supervisor.ready()).toBe(2);
  expect({ starts, restarts: supervisor.restarts, failure: supervisor.failure }).toEqual({
    starts: 3,
    restarts: 2,
    failure: 'cannot start',
  });
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
