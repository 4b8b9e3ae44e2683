import { expect, test } from 'vitest';
import { NO_FLOOR, type SampleFile } from '../store/sample-files.ts';
import { type HotTable, mayHold, Views } from './view.ts';

function table(name: string, firstSegment: number, lastSegment: number): HotTable {
  const columns = new Set<never>();
  const extent = { rows: 1, segments: [], firstSegment, lastSegment, firstTime: 0, lastTime: 0 };
  return { name, columns, ...extent, negativeZero: false };
}

function file(id: number, group: number): SampleFile {
  const seriesPath = `${id}.series.parquet`;
  const extent = { rows: 1, bytes: 1, firstTime: 0, lastTime: 0, firstSeries: 'a', lastSeries: 'b' };
  return { id, group, path: `${id}.parquet`, seriesPath, ...extent };
}

test('a swap takes files in and tables out at once; who reads the view before keeps it', () => {
  const views = new Views();
  views.swap({ generation: 1, files: [], through: 0, floor: NO_FLOOR });
  const tables = [table('one', 1, 2), table('two', 3, 4)];
  for (const one of tables) views.addTable(one);
  const reader = views.take();
  views.swap({ generation: 2, files: [file(1, 2)], through: 2, floor: NO_FLOOR });
  expect(reader.view).toMatchObject({ generation: 1, files: [], hot: tables });
  expect(views.current).toMatchObject({ generation: 2, files: [{ id: 1 }], hot: [tables[1]] });
  expect(views.oldest).toBe(1);
  expect(views.takeUnread()).toEqual([]);
  reader[Symbol.dispose]();
  reader[Symbol.dispose]();
  expect(views.oldest).toBe(2);
  expect(views.takeUnread()).toEqual([tables[0]]);
  expect(views.takeUnread()).toEqual([]);
});

test('a reader of a newer view holds nothing that went before it', () => {
  const views = new Views();
  views.swap({ generation: 1, files: [], through: 0, floor: NO_FLOOR });
  views.addTable(table('one', 1, 1));
  views.swap({ generation: 2, files: [file(1, 1)], through: 1, floor: NO_FLOOR });
  using _reader = views.take();
  expect(views.takeUnread()).toHaveLength(1);
});

test('files come in the order of the log, within a group by series and time, whatever their ids', () => {
  const views = new Views();
  const files = [
    { ...file(3, 9), firstSeries: 'b' },
    { ...file(2, 9), firstSeries: 'a', firstTime: 5 },
    { ...file(8, 9), firstSeries: 'a' },
    file(7, 4),
  ];
  views.swap({ generation: 1, files, through: 9, floor: NO_FLOOR });
  expect(views.current.files.map(({ id }) => id)).toEqual([7, 8, 2, 3]);
});

test('paths compare by their bytes of UTF-8', () => {
  const extent = { ...file(1, 1), firstSeries: 'lab/\u{FF5E}', lastSeries: 'lab/\u{1F601}' };
  expect(mayHold(extent, 'lab/\u{1F600}')).toBe(true);
  expect(mayHold(extent, 'lab/z')).toBe(false);
});
