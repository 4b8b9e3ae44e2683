import { expect, test } from 'vitest';
import { FakeContext } from './fake-context.ts';
import { createSource, sourceConfig, sources } from './index.ts';

test.each([
  { type: 'csv', path: './in.csv', time: 'timestamp', delimiter: ',', series: 'machine/{column}' },
  { type: 'line-protocol', listen: '127.0.0.1:8094' },
  { type: 'line-protocol', http: '[::1]:8086', maxBody: '1MiB' },
  { type: 'mqtt', url: 'mqtt://127.0.0.1:1883', topics: ['plant/#'] },
  { type: 'ndjson', path: './in.ndjson', time: 't', unit: 'ms', series: '{machine}/{column}' },
  { type: 'simulator' },
])('%j is a source', (given) => {
  const { type, config } = sourceConfig.parse(given);
  expect(type).toBe(given.type);
  expect(createSource(type, new FakeContext(config))).toBeDefined();
});

test('every source has a place in the configuration', () => {
  const result = sourceConfig.safeParse({ type: 'none' });
  expect(result.error?.issues).toMatchObject([{ options: sources.map(({ type }) => type) }]);
});

test.each([
  [{ type: 'line-protocol' }, 'needs either "listen: host:port" (TCP) or "http: host:port", not both'],
  [{ type: 'line-protocol', listen: '1.1.1.1:1', http: '1.1.1.1:2' }, 'needs either'],
  [{ type: 'line-protocol', listen: 'nowhere' }, "'nowhere' is not an address"],
  [{ type: 'line-protocol', listen: '127.0.0.1:1', maxlines: 1 }, 'Unrecognized key: "maxlines"'],
  [{ type: 'simulator', rate: 0 }, 'Too small'],
  [{ type: 'ndjson', path: 'a', series: '{column}/x' }, '{column} must be the last level'],
  [{ type: 'csv', path: 'a', delimiter: ',,' }, 'must be one character'],
  [{ type: 'csv', path: 'a', decimal: ',' }, 'are the same character'],
  [{ type: 'csv', path: 'a', zone: 'Europe/Atlantis' }, "'Europe/Atlantis' is no time zone"],
  [{ type: 'csv', path: 'a', series: 'a//{column}' }, 'a level is empty'],
  [{ type: 'csv', path: 'a', series: '{column' }, 'a brace has no other'],
])('%j is refused', (given, reason) => {
  const { error } = sourceConfig.safeParse(given);
  expect(error?.issues.map(({ message }) => message)).toEqual([expect.stringContaining(reason)]);
});

test('a type that is not there is a fault', () => {
  expect(() => createSource('opc', new FakeContext(undefined))).toThrow('no source of the type "opc"');
});
