import { Lane } from '@sluis/protocol';
import { Compaction } from '../../packages/cloud-hub/src/store/compaction.ts';
import { samplesFolder } from '../../packages/cloud-hub/src/store/database.ts';
import { SamplesFolder } from '../../packages/cloud-hub/src/store/samples-folder.ts';
import type { Store } from '../../packages/cloud-hub/src/store/store.ts';
import { FakeWriter } from '../../packages/cloud-hub/test/fake-writer.ts';
import { begin, epochs, groupOf, keyOf, openStore } from './workload.ts';

/**
 * A fixed compaction: each segment is a hot table, their files become one. What writes files is an imitation
 * that does so on this thread, so that calls can be counted; what surrounds it is the store's own.
 */

const rules = { hotRows: 1_000, fanIn: 3, maxGroupRows: 1_000_000 };
export const [epoch] = epochs;

/** Of one lane: in another, the same times are there again. */
const sent = groupOf(epoch, 0).filter(({ lane }) => lane === Lane.data);

export const segments = new Map(sent.map((one) => [keyOf(one), one]));

/** A compaction as the store worker has it, fed by a query process that is always up to date. */
export function startCompaction(store: Store, folder: string): Compaction {
  const answer = (): void => {
    const { generation, through } = store.fileView();
    const full = store.segmentsAfter(through, Number.MAX_SAFE_INTEGER).map(({ id }) => id);
    compaction.answered({ loaded: store.lastSegment, full, damaged: [], oldestView: generation }, generation);
  };
  const writer = new FakeWriter(store);
  writer.ask = answer;
  const compaction: Compaction = new Compaction({
    store,
    async commit<T>(work: () => T): Promise<T> {
      let result: T | undefined;
      store.commit(() => void (result = work()));
      return result as T;
    },
    folder: new SamplesFolder(samplesFolder(folder)),
    writer,
    life: 'one',
    rules,
    limits: { retention: [], maxBytes: Number.MAX_SAFE_INTEGER },
    maxHotRows: Number.MAX_SAFE_INTEGER,
    maxHotBytes: Number.MAX_SAFE_INTEGER,
    rowsPerFile: Number.MAX_SAFE_INTEGER,
    isDiskFull: () => false,
    now: () => 1,
    published: answer,
    done: () => undefined,
    troubled(lane, reason) {
      if (reason !== undefined) throw new Error(`${lane}: ${reason}`);
    },
  });
  return compaction;
}

/** Ingests and compacts all. Calls `acknowledge` with what was stored. */
export async function work(folder: string, acknowledge: (keys: readonly string[]) => void): Promise<void> {
  using store = openStore(folder);
  begin(store, epoch);
  await using compaction = startCompaction(store, folder);
  await compaction.start();
  store.commit(() => sent.forEach((one) => store.store(one)));
  acknowledge([...segments.keys()]);
  await compaction.compactAll();
  acknowledge(['compacted']);
}
