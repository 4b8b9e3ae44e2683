import { expect, test } from 'vitest';
import { weekdays } from '../uplink/bandwidth.ts';
import { agentSchema } from './schema.ts';

const base = { agent: { id: 'a', site: 's' } };
const url = 'grpc://127.0.0.1:7443';

test('limits of the uplink are bytes per second, times of day minutes, and every day is meant where none is named', () => {
  const schedule = [
    { from: '18:00', to: '06:30', limit: '10MiB', days: ['fri', 'sat'] },
    { from: '00:00', to: '23:59', limit: '0B' },
  ];
  const { hub } = agentSchema.parse({ ...base, hub: { url, limit: '1MiB', schedule, zone: 'Europe/Amsterdam' } });
  expect(hub).toEqual({
    url,
    limit: 1 << 20,
    schedule: [
      { from: 18 * 60, to: 6 * 60 + 30, limit: 10 << 20, days: ['fri', 'sat'] },
      { from: 0, to: 24 * 60 - 1, limit: 0, days: weekdays },
    ],
    zone: 'Europe/Amsterdam',
  });
  expect(agentSchema.parse({ ...base, hub: { url } }).hub).toEqual({ url, schedule: [], zone: 'UTC' });
});

test.each([
  ['a time of day', { schedule: [{ from: '24:00', to: '06:00', limit: '1MiB' }] }],
  ['a time of day', { schedule: [{ from: '8:00', to: '06:00', limit: '1MiB' }] }],
  ['no time zone', { zone: 'Mars/Olympus' }],
  ['is not a size', { limit: 1000 }],
])('it says what is wrong with the hub: %s', (message, hub) => {
  const parsed = agentSchema.safeParse({ ...base, hub: { url, ...hub } });
  expect(parsed.error?.issues.map((issue) => issue.message).join()).toContain(message);
});
