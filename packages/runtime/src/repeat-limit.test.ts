import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LogRecord, RepeatLimit } from './repeat-limit.ts';

const line = (msg: string, fields: object = {}): LogRecord => ({ level: 40, msg, ...fields });

test('the first is written at once, the rest of the minute as one line with their number', () => {
  const limit = new RepeatLimit({ intervalMs: 60 });
  expect(limit.admit(line('lost', { at: 1 }), 0)).toEqual([line('lost', { at: 1 })]);
  expect(limit.nextDue).toBeUndefined();
  for (let at = 2; at <= 5; at++) expect(limit.admit(line('lost', { at }), at)).toEqual([]);
  expect(limit.nextDue).toBe(60);
  expect(limit.due(59)).toEqual([]);
  expect(limit.due(60)).toEqual([line('lost', { at: 5, repeated: 4 })]);
  // It goes on: counted in the next minute, too, and after a quiet one it is news again.
  expect(limit.admit(line('lost', { at: 6 }), 61)).toEqual([]);
  expect(limit.due(120)).toEqual([line('lost', { at: 6, repeated: 1 })]);
  expect(limit.due(180)).toEqual([]);
  expect(limit.admit(line('lost', { at: 7 }), 181)).toEqual([line('lost', { at: 7 })]);
});

test('other words, another level, another part or another agent are another thing', () => {
  const limit = new RepeatLimit();
  const lines = [
    line('lost'),
    line('found'),
    line('lost', { level: 50 }),
    line('lost', { source: 'mqtt' }),
    line('lost', { source: 'tcp' }),
    line('lost', { part: 'storage' }),
    line('lost', { stream: 'tcp' }),
    line('lost', { agent: 'press-1' }),
    line('lost', { agent: 'press-2' }),
    line('lost', { agent: 'press-2', epoch: 'second' }),
  ];
  for (const each of lines) expect(limit.admit(each, 0)).toEqual([each]);
  for (const each of lines) expect(limit.admit(each, 1)).toEqual([]);
});

test('the kinds that are remembered are bounded; what is forgotten is told first', () => {
  const limit = new RepeatLimit({ maxKinds: 2 });
  limit.admit(line('a'), 0);
  limit.admit(line('a'), 1);
  limit.admit(line('b'), 2);
  expect(limit.admit(line('c'), 3)).toEqual([line('a', { repeated: 1 }), line('c')]);
  expect(limit.admit(line('a'), 4)).toEqual([line('a')]);
});

test('every line is written or counted, and of each kind no two are written within an interval', () => {
  const intervalMs = 100;
  const events = fc.array(fc.record({ wait: fc.nat(60), msg: fc.constantFrom('a', 'b', 'c', 'd') }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(events, (steps) => {
      const limit = new RepeatLimit({ intervalMs });
      const given = new Map<unknown, number>();
      const told = new Map<unknown, number>();
      const last = new Map<unknown, number>();
      let now = 0;
      const tell = (lines: readonly LogRecord[], spaced: boolean) => {
        for (const { msg, repeated = 1 } of lines) {
          if (spaced) expect(now - (last.get(msg) ?? -intervalMs)).toBeGreaterThanOrEqual(intervalMs);
          last.set(msg, now);
          told.set(msg, (told.get(msg) ?? 0) + Number(repeated));
        }
      };
      for (const { wait, msg } of steps) {
        now += wait;
        given.set(msg, (given.get(msg) ?? 0) + 1);
        tell(limit.admit(line(msg), now), true);
      }
      tell(limit.drain(), false);
      expect(told).toEqual(given);
    }),
  );
});
