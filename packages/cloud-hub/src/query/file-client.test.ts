import { readdirSync } from 'node:fs';
import { encodeSegment } from '@sluis/protocol';
import { transfer } from '@sluis/runtime';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { FileClient } from './file-client.ts';
import type { HotPart, HotQuestions, HotWork } from './file-work.ts';

const never = new AbortController().signal;

/** One row of one series. */
const hotRow: HotQuestions = {
  segments: (first) => (first === 0 ? parts() : []),
  series: () => ({ paths: ['lab/a'], ordered: Uint8Array.of(1) }),
};

function parts(): HotPart[] {
  const rows = { length: 1, series: new Uint32Array(1), time: Float64Array.of(7), value: Float64Array.of(1.5) };
  const bytes = encodeSegment({ ...rows, quality: new Uint8Array(1) }, { effort: 'fast' }).bytes.slice();
  return transfer([{ bytes, map: 0, ord: 1n }], [bytes.buffer]);
}

function workIn(folder: string): HotWork {
  const target = { folder, prefix: 'job', maxRows: 10 };
  return { target, maps: [Uint32Array.of(1)], order: Uint32Array.of(1) };
}

/** A job that has begun, and goes on once it is let. */
function held(): { questions: HotQuestions; begun: Promise<void>; go(): void } {
  const begun = Promise.withResolvers<void>();
  const going = Promise.withResolvers<void>();
  const segments = (first: number): readonly HotPart[] => {
    begun.resolve();
    // The other side awaits whatever comes.
    return going.promise.then(() => hotRow.segments(first)) as never;
  };
  return { questions: { ...hotRow, segments }, begun: begun.promise, go: going.resolve };
}

test('a job that is aborted leaves no file, and another goes on beside it', async () => {
  using folder = temporaryFolder();
  await using client = new FileClient({ duckdbMiB: 64 });
  const abort = new AbortController();
  const { questions, begun, go } = held();
  const aborted = client.hot(workIn(folder.path), questions, abort.signal);
  await begun;
  const other = workIn(folder.path);
  const beside = client.hot({ ...other, target: { ...other.target, prefix: 'beside' } }, hotRow, never);
  expect((await beside).files).toMatchObject([{ rows: 1, firstSeries: 'lab/a', firstTime: 7 }]);
  const reason = new Error('enough');
  abort.abort(reason);
  go();
  await expect(aborted).rejects.toBe(reason);
  expect(readdirSync(folder.path).sort()).toEqual(['beside-1.parquet', 'beside-1.series.parquet']);
});

test('a thread that ends fails its jobs; the next one has another thread', async () => {
  using folder = temporaryFolder();
  await using client = new FileClient({ duckdbMiB: 64 });
  const { questions, begun } = held();
  const job = expect(client.hot(workIn(folder.path), questions, never)).rejects.toMatchObject({ code: 'closed' });
  await begun;
  await client[Symbol.asyncDispose]();
  await job;
  expect((await client.hot(workIn(folder.path), hotRow, never)).files).toMatchObject([{ rows: 1 }]);
});

test('what a job needs and cannot be read is named', async () => {
  using folder = temporaryFolder();
  await using client = new FileClient({ duckdbMiB: 64 });
  const { target } = workIn(folder.path);
  const [path, seriesPath] = ['gone', 'gone.series'].map((name) => `${folder.path}/${name}.parquet`);
  const extent = { firstTime: 0, lastTime: 0, firstSeries: 'a', lastSeries: 'a' };
  const file = { id: 1, group: 1, path, seriesPath, rows: 1, bytes: 1, ...extent, crc: 5, seriesCrc: 5 };
  const limits = { retention: [], now: 0, dropBefore: 0 };
  await expect(client.merge({ target, files: [file], limits }, never)).rejects.toMatchObject({
    name: 'AnswerError',
    status: 500,
    body: { error: { code: 'damaged-file', message: expect.stringContaining(path) as string } },
  });
});
