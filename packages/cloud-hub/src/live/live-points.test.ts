import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { SeriesIndex } from '../query/series-index.ts';
import { LivePoints } from './live-points.ts';

test('a follower that was gone before its turn is not followed', async () => {
  const to = new PassThrough();
  await new LivePoints(new SeriesIndex()).follow(['**'], to, AbortSignal.abort());
  expect(to.listenerCount('drain')).toBe(0);
  expect(to.readableLength).toBe(0);
});
