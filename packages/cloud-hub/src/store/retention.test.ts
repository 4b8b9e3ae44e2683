import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestAgent } from '../../test/test-agent.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { temporaryStore, until } from '../../test/temporary-store.ts';

const SECOND = 1_000_000;

test('what has expired goes, though its table was never full; what rules do not name, or name first, stays', async () => {
  using folder = temporaryFolder();
  const retention = [
    { match: 'lab/debug/kept', keep: 3_600 * SECOND },
    { match: 'lab/debug/**', keep: 20 * SECOND },
  ];
  await using hub = await temporaryStore({ directory: folder.path, limits: { retention } });
  const agent = new TestAgent({ ingest: hub.ingest });
  await agent.open();
  const now = Date.now() * 1_000;
  const samples = async (series: string) => {
    const response = await hub.get(`/api/v1/samples?series=${series}&format=csv`);
    return response.ok ? (await response.text()).trimEnd().split('\n').length - 1 : 0;
  };
  const paths = ['lab/a', 'lab/debug/kept', 'lab/debug/b'];
  const at = (path: string, age: number) => ({ path, time: now - age * SECOND, value: age });
  // However long this takes, the second of each does not come to be too old.
  await agent.send(paths.flatMap((path) => [at(path, 60), at(path, -3_600)]));
  // Its file holds nothing but what has expired.
  await until(() => hub.store.hotRows === 0);
  // The second comes late, so that rows of this series are counted by a query.
  await agent.send([at('lab/debug/c', 60), at('lab/debug/c', 61)]);
  await until(async () => (await samples('lab/debug/b')) === 1 && (await samples('lab/debug/c')) === 0);
  expect([await samples('lab/a'), await samples('lab/debug/kept')]).toEqual([2, 2]);
  // Files that hold such rows follow: that they are gone shows in no answer.
  await until(() => hub.store.files.rows === 5);
  await until(() => readdirSync(join(folder.path, 'samples')).length === 2 * hub.store.files.count);
  const series = await (await hub.get('/api/v1/series?match=lab/debug/c')).json();
  expect(series).toMatchObject({ series: [{ samples: 0, first: null, last: null }] });
});

test('beyond the size limit what a correction had replaced does not come back, though its file goes first', async () => {
  using folder = temporaryFolder();
  const start = Date.now() * 1_000 - 3_600 * SECOND;
  const rows = (value: number, count: number) =>
    Array.from({ length: count }, (_, i) => ({
      path: 'lab/a',
      time: start + i * SECOND,
      value: value + Math.random(),
    }));
  const csv = async (hub: { get(path: string): Promise<Response> }) =>
    (await (await hub.get('/api/v1/samples?series=lab/a&format=csv')).text())
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => Number(line.split(',')[1]));
  let bytes = 0;
  {
    await using hub = await temporaryStore({ directory: folder.path, limits: { rowsPerTable: 20 } });
    const agent = new TestAgent({ ingest: hub.ingest });
    await agent.open();
    await agent.send(rows(0, 2_000));
    await until(() => hub.store.files.count === 1);
    await agent.send(rows(10, 20).map((row) => ({ ...row, revision: 1 })));
    await until(() => hub.store.files.count === 2);
    expect((await csv(hub)).filter((value) => value >= 10)).toHaveLength(20);
    ({ bytes } = hub.store.files);
  }
  await using hub = await temporaryStore({ directory: folder.path, limits: { maxBytes: 0.8 * bytes } });
  await until(() => hub.store.files.bytes < 0.8 * bytes);
  // Nothing of what was corrected, and all of the rest.
  const left = await csv(hub);
  expect(left.length).toBeGreaterThan(1_000);
  const { series } = (await (await hub.get('/api/v1/series')).json()) as { series: { samples: number }[] };
  expect(series.map(({ samples }) => samples)).toEqual([left.length]);
  expect(left.every((value) => value < 10)).toBe(true);
});
