import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { decodeSegment } from '@sluis/protocol';
import { samplesFolder } from '../../packages/cloud-hub/src/store/database.ts';
import { countedRows, type FakeRow } from '../../packages/cloud-hub/test/fake-writer.ts';
import { epoch, segments, startCompaction } from './files-workload.ts';
import { begin, keyOf, openStore } from './workload.ts';

/** All that was acknowledged is there, each row once; a restart goes on to the end and leaves no other file. */
export async function verifyFiles(folder: string, acknowledged: readonly string[]): Promise<void> {
  using store = openStore(folder);
  begin(store, epoch);
  const received = [...segments.values()].filter((one) => {
    const { received: lanes } = opened(() =>
      store.open({ agent: one.agent, site: 'lab', software: 'test', epoch, lanes: [], now: 1 }),
    );
    return lanes.some(
      ({ lane, ranges }) => lane === one.lane && ranges.some(({ from, to }) => from <= one.from && one.to <= to),
    );
  });
  const keys = new Set(received.map(keyOf));
  for (const key of acknowledged.filter((line) => segments.has(line))) assert.ok(keys.has(key), `${key} is lost`);
  assert.deepEqual(countedRows(store), rowsOf(received));

  await using compaction = startCompaction(store, folder);
  await compaction.start();
  store.commit(() => segments.forEach((one) => store.store(one)));
  await compaction.compactAll();
  assert.deepEqual(countedRows(store), rowsOf([...segments.values()]));
  assert.equal(store.hotRows, 0);
  const { files } = store.fileView();
  assert.equal(new Set(files.map(({ group }) => group)).size, 1);
  const names = files.flatMap(({ id }) => [`${id}.parquet`, `${id}.series.parquet`]);
  assert.deepEqual(readdirSync(samplesFolder(folder)).sort(), names.sort());

  function opened<T>(work: () => T): T {
    let result: T | undefined;
    store.commit(() => void (result = work()));
    return result as T;
  }
}

function rowsOf(sent: readonly { readonly bytes: Uint8Array }[]): FakeRow[] {
  const rows = sent.flatMap(({ bytes }) => {
    const { length, series, time, value } = decodeSegment(bytes);
    return Array.from({ length }, (_, row): FakeRow => [series[row], time[row], value[row]]);
  });
  return rows.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
}
