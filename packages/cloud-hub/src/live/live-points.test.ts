import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { SeriesIndex } from '../query/series-index.ts';
import { LivePoints } from './live-points.ts';

test('a follower that was gone before its turn is not followed', async () => {
  const to = new PassThrough();
  await new LivePoints({ index: new SeriesIndex(), cuts: () => () => 0 }).follow(['**'], to, AbortSignal.abort());
  expect(to.listenerCount('drain')).toBe(0);
  expect(to.readableLength).toBe(0);
});

test('a follower is not shown as the latest what has expired', async () => {
  const index = new SeriesIndex();
  const column = (value: number) => Float64Array.of(value);
  for (const [i, path] of ['a', 'b'].entries()) {
    const id = i + 1;
    index.define(id, [{ path, unit: '' }]);
    const rows = {
      length: 1,
      series: Uint32Array.of(id),
      time: column(id),
      value: column(id),
      quality: Uint8Array.of(0),
    };
    index.addRun(id, rows, 0, 1, { epochLane: 0, sequence: 0 });
  }
  const to = new PassThrough();
  const abort = new AbortController();
  const following = new LivePoints({ index, cuts: () => () => 2 }).follow(['**'], to, abort.signal);
  const [line] = await once(to, 'data');
  abort.abort();
  await following;
  expect(JSON.parse(String(line))).toMatchObject({ points: [[2, 2, 2, 'good']] });
});
