import { DuckDBInstance } from '@duckdb/node-api';
import { decodeSegment } from '@sluis/protocol';
import { readSamples } from '../../../packages/cloud-hub/src/query/sample-sql.ts';
import { openDatabase } from '../../../packages/cloud-hub/src/store/database.ts';
import { Store } from '../../../packages/cloud-hub/src/store/store.ts';

const ONE_READ_BYTES = 16 << 20;

/** `PATH TIME` of each sample that was revised, and the greatest of its revisions. */
export type Revisions = ReadonlyMap<string, number>;

/** Of all that a hub, which does not run, has in its data folder: the API does not tell them. */
export async function storedRevisions(folder: string): Promise<Revisions> {
  const revisions = new Map<string, number>();
  const add = (path: string, time: number, revision: number): void => {
    const key = `${path} ${time}`;
    revisions.set(key, Math.max(revision, revisions.get(key) ?? 0));
  };
  using store = new Store({ database: openDatabase(folder, { upgrade: false }), maxSeries: Number.MAX_SAFE_INTEGER });
  const paths = new Map(store.seriesAfter(0, Number.MAX_SAFE_INTEGER).map(({ id, path }) => [id, path]));
  const ids = new Map<number, readonly number[]>();
  let segments = store.segmentsAfter(0, ONE_READ_BYTES);
  for (; segments.length > 0; segments = store.segmentsAfter(segments[segments.length - 1].id, ONE_READ_BYTES)) {
    for (const { epoch, bytes } of segments) {
      const own = ids.get(epoch) ?? store.definitionsFrom(epoch, 0);
      ids.set(epoch, own);
      const { series, time, revision, length } = decodeSegment(bytes);
      if (!revision) continue;
      for (let row = 0; row < length; row++) {
        if (revision[row] > 0) add(paths.get(own[series[row]]) ?? '', time[row], revision[row]);
      }
    }
  }
  const { files } = store.fileView();
  if (files.length === 0) return revisions;
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const found = await connection.runAndReadAll(
    `SELECT series, epoch_us(time)::DOUBLE, max(revision) FROM ${readSamples(files)} WHERE revision > 0 GROUP BY ALL`,
  );
  for (const [path, time, revision] of found.getRows()) add(String(path), Number(time), Number(revision));
  connection.closeSync();
  instance.closeSync();
  return revisions;
}

/** What is to be said of each sample whose revisions are not the same. */
export function revisionDifferences(expected: Revisions, found: Revisions): string[] {
  const keys = new Set([...expected.keys(), ...found.keys()]);
  return [...keys]
    .filter((key) => expected.get(key) !== found.get(key))
    .map((key) => `${key} has revision ${found.get(key) ?? 0} instead of ${expected.get(key) ?? 0}`);
}
