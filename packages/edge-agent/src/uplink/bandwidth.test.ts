import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bandwidth, isTimeZone, weekdays } from './bandwidth.ts';

const at = (iso: string): number => Date.parse(iso) * 1000;
const everyDay = [...weekdays];

describe('the limit in force', () => {
  const night = { from: 18 * 60, to: 6 * 60, days: everyDay, limit: 10 };

  test('is that of the first entry that holds, else the usual one, else none', () => {
    const bandwidth = new Bandwidth({
      limit: 1,
      schedule: [night, { ...night, from: 0, to: 24 * 60 - 1, limit: 5 }],
      zone: 'UTC',
    });
    expect(bandwidth.limit(at('2026-03-02T17:59:59Z'))).toBe(5);
    expect(bandwidth.limit(at('2026-03-02T18:00:00Z'))).toBe(10);
    expect(bandwidth.limit(at('2026-03-03T05:59:00Z'))).toBe(10);
    expect(bandwidth.limit(at('2026-03-03T06:00:00Z'))).toBe(5);
    expect(new Bandwidth({ limit: 1, schedule: [night], zone: 'UTC' }).limit(at('2026-03-02T12:00:00Z'))).toBe(1);
    expect(new Bandwidth({ schedule: [night], zone: 'UTC' }).limit(at('2026-03-02T12:00:00Z'))).toBe(Infinity);
  });

  test('of a night belongs to the day on which it begins', () => {
    const bandwidth = new Bandwidth({ schedule: [{ ...night, days: ['fri'] }], zone: 'UTC' });
    // 2026-03-06 is a Friday.
    expect(bandwidth.limit(at('2026-03-06T05:00:00Z'))).toBe(Infinity);
    expect(bandwidth.limit(at('2026-03-06T19:00:00Z'))).toBe(10);
    expect(bandwidth.limit(at('2026-03-07T05:00:00Z'))).toBe(10);
    expect(bandwidth.limit(at('2026-03-07T19:00:00Z'))).toBe(Infinity);
  });

  test('from a time to the same time is a whole day', () => {
    const bandwidth = new Bandwidth({ schedule: [{ ...night, from: 60, to: 60, days: ['mon'] }], zone: 'UTC' });
    expect(bandwidth.limit(at('2026-03-02T00:59:00Z'))).toBe(Infinity);
    expect(bandwidth.limit(at('2026-03-02T01:00:00Z'))).toBe(10);
    expect(bandwidth.limit(at('2026-03-03T00:59:00Z'))).toBe(10);
    expect(bandwidth.limit(at('2026-03-03T01:00:00Z'))).toBe(Infinity);
  });

  test('is in the zone that the schedule names, with its summer time', () => {
    const bandwidth = new Bandwidth({ schedule: [night], zone: 'Europe/Amsterdam' });
    expect(bandwidth.limit(at('2026-01-15T16:59:00Z'))).toBe(Infinity);
    expect(bandwidth.limit(at('2026-01-15T17:00:00Z'))).toBe(10);
    expect(bandwidth.limit(at('2026-07-15T16:00:00Z'))).toBe(10);
    expect(isTimeZone('Europe/Amsterdam')).toBe(true);
    expect(isTimeZone('Mars/Olympus')).toBe(false);
  });
});

test('over any time no more is sent than the limit allows, and one message', () => {
  const steps = fc.array(fc.record({ afterMs: fc.nat(2000), bytes: fc.integer({ min: 1, max: 5000 }) }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(steps, (messages) => {
      const bandwidth = new Bandwidth({ limit: 1000, schedule: [], zone: 'UTC' });
      const begin = at('2026-03-02T12:00:00Z');
      let now = begin;
      let sent = 0;
      for (const { afterMs, bytes } of messages) {
        now += afterMs * 1000;
        if (bandwidth.waitMs(now) > 0) continue;
        expect(sent).toBeLessThan(1000 * (1 + (now - begin) / 1e6));
        bandwidth.sent(bytes);
        sent += bytes;
      }
    }),
  );
});

test('after the wait that it tells, something may be sent', () => {
  const bandwidth = new Bandwidth({ limit: 1000, schedule: [], zone: 'UTC' });
  expect(bandwidth.waitMs(0)).toBe(0);
  bandwidth.sent(3000);
  const wait = bandwidth.waitMs(0);
  expect(wait).toBeGreaterThan(1999);
  expect(bandwidth.waitMs(wait * 1000 - 10_000)).toBeGreaterThan(0);
  expect(bandwidth.waitMs(wait * 1000)).toBeLessThan(1e-6);
});

test('at no bytes a second it waits for another limit', () => {
  const bandwidth = new Bandwidth({ limit: 0, schedule: [], zone: 'UTC' });
  expect(bandwidth.waitMs(0)).toBe(Infinity);
  expect(bandwidth.waitMs(1e12)).toBe(Infinity);
});
