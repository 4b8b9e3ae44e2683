import { type Columns, decodeSegment, SegmentError } from '@sluis/protocol';
import type { MergeRules } from './compaction-plan.ts';
import type { SamplesFolder } from './samples-folder.ts';
import type { Store } from './store.ts';
import { type TierStatus, tiersOf } from './tiers.ts';

/** What a store holds, for people. Times in µs, absent where there is nothing. */
export interface StoreStatus {
  readonly samples: { readonly files: number; readonly hot: number };
  readonly files: { readonly count: number; readonly groups: number; readonly bytes: number };
  /** Groups of about the same size, the smallest first. */
  readonly tiers: readonly TierStatus[];
  readonly database: { readonly total: number; readonly free: number };
  readonly oldest?: number;
  readonly newest?: number;
  readonly series: number;
  readonly agents: number;
  /** `samples`: as far as it is known. */
  readonly gaps: { readonly ranges: number; readonly samples: number };
  /** Files in the folder that count for nothing: the next start of the hub removes them. */
  readonly leftOver: number;
}

const ONE_READ_BYTES = 16 << 20;

export async function storeStatus(store: Store, folder: SamplesFolder, rules: MergeRules): Promise<StoreStatus> {
  const { files } = store.fileView();
  const tiers = tiersOf(files, rules);
  const hot = hotTimes(store);
  const oldest = Math.min(hot.first, ...files.map(({ firstTime }) => firstTime));
  const newest = Math.max(hot.last, ...files.map(({ lastTime }) => lastTime));
  const agents = store.agents();
  const gaps = agents.flatMap((agent) => agent.gaps);
  const { temporary, others } = await folder.orphans(files);
  return {
    samples: { files: sum(files.map(({ rows }) => rows)), hot: store.hotRows },
    files: {
      count: files.length,
      groups: sum(tiers.map(({ groups }) => groups)),
      bytes: sum(files.map(({ bytes }) => bytes)),
    },
    tiers,
    database: store.databaseBytes(),
    ...(oldest <= newest && { oldest, newest }),
    series: store.seriesCount(),
    agents: agents.length,
    gaps: { ranges: gaps.length, samples: sum(gaps.map(({ samples }) => samples ?? 0)) },
    leftOver: temporary.length + others.length,
  };
}

function hotTimes(store: Store): { first: number; last: number } {
  let [first, last] = [Infinity, -Infinity];
  let after = 0;
  for (;;) {
    const segments = store.segmentsAfter(after, ONE_READ_BYTES);
    if (segments.length === 0) return { first, last };
    for (const { id, bytes } of segments) {
      after = id;
      const time = timesOf(bytes);
      for (let row = 0; row < time.length; row++) {
        if (time[row] < first) first = time[row];
        if (time[row] > last) last = time[row];
      }
    }
  }
}

/** None of a segment that is damaged: what is wrong is for verify to say. */
function timesOf(bytes: Uint8Array): Columns['time'] {
  try {
    return decodeSegment(bytes).time;
  } catch (error) {
    if (error instanceof SegmentError) return new Float64Array(0);
    throw error;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
