import { SeriesLimitError } from '@sluis/plugin-sdk';
import { BatchBuilder, Quality, SeriesTable } from '@sluis/protocol';
import { expect, test } from 'vitest';
import { Intake } from './intake.ts';
import { addedSeries, SourcePort } from './source-port.ts';
import { SourceSeries } from './source-series.ts';

test('a source adds its share of series, goes on with what is known, and leaves others theirs', () => {
  const all = new SeriesTable([{ path: 'lab/known', unit: '' }]);
  const limited = new SourceSeries({ source: 'mqtt', all, most: 2, added: 0 });
  const other = new SourceSeries({ source: 'tcp', all, most: 1, added: 0 });
  expect([limited.intern('lab/known'), limited.intern('lab/a'), limited.intern('lab/b', 'm')]).toEqual([0, 1, 2]);
  expect(() => limited.intern('lab/c')).toThrow(SeriesLimitError);
  expect(() => limited.intern('lab/c')).toThrow('sources.mqtt.maxSeries');
  expect([limited.intern('lab/a'), other.intern('lab/c'), limited.intern('lab/c')]).toEqual([1, 3, 3]);
  expect([limited.size, limited.path(2), limited.definition(2)]).toEqual([4, 'lab/b', { path: 'lab/b', unit: 'm' }]);
});

test('a restart does not give a source its share again, and the count commits with the rows', async () => {
  const cursors = new Map<string, string>();
  let isFull = true;
  const life = (paths: readonly string[]) => {
    const all = new SeriesTable(paths.map((path) => ({ path, unit: '' })));
    const intake = new Intake({
      journal: {
        append: ({ cursors: moved = [] }) => {
          if (isFull) return Promise.reject(new Error('full'));
          for (const { key, value } of moved) cursors.set(key, value ?? '');
          return Promise.resolve(0);
        },
      },
      series: all,
      durableSeries: all.size,
      now: () => 0,
      committed: () => {},
    });
    const series = new SourceSeries({ source: 'mqtt', all, most: 2, added: addedSeries(cursors) });
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const about = { name: 'mqtt', site: 'lab', agent: 'a', config: {}, folder: '', log, now: () => 0 };
    const port = new SourcePort({ ...about, series, intake, cursors });
    const write = (path: string) => {
      const rows = new BatchBuilder();
      rows.double(series.intern(path), 0, 1, Quality.good);
      return port.write(rows.take(), { awaited: true });
    };
    return { port, write };
  };
  await expect(life([]).write('lab/a')).rejects.toThrow('full');
  isFull = false;
  const first = life([]);
  await first.write('lab/a');
  expect(Object.fromEntries(cursors)).toEqual({ '~series': '1' });
  const { port, write } = life(['lab/a']);
  expect(port.cursors.size).toBe(0);
  await write('lab/a');
  await write('lab/b');
  await expect(async () => write('lab/c')).rejects.toThrow(SeriesLimitError);
});
