import type { StoreLimits } from '../../packages/cloud-hub/src/start-store.ts';
import { type Row, TestAgent } from '../../packages/cloud-hub/test/test-agent.ts';
import type { IngestStore } from '../../packages/cloud-hub/src/store/ingest-store.ts';
import { Random } from '../e2e/random.ts';

/** What the driver and the test agree on, so that either can go on where the other ended. */
export interface Workload {
  readonly kind: keyof typeof kinds;
  readonly seed: number;
  /** µs since 1970: ages are counted from here. */
  readonly base: number;
}

const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

const SEGMENT_ROWS = 600;

interface Kind {
  readonly limits: Partial<StoreLimits>;
  readonly segments: number;
  /** The age of a row (µs), by its series. */
  readonly series: Readonly<Record<string, (random: Random) => number>>;
}

/** Ages that a rule is not exact about, or that could come to be beyond one while the test runs, are left out. */
const debug = (random: Random): number => random.whole(60, 7_200) * SECOND;
const fresh = (random: Random): number => -random.whole(600, 7_200) * SECOND;
const days = (random: Random): number =>
  random.next() < 0.4 ? random.whole(0, 0.95 * DAY) : random.whole(1.15 * DAY, 4 * DAY);

export const kinds = {
  rules: {
    // The first that matches counts.
    limits: {
      rowsPerTable: 1_000,
      retention: [
        { match: 'lab/debug/kept', keep: 30 * DAY },
        { match: 'lab/debug/**', keep: 20 * SECOND },
        { match: 'lab/raw/*', keep: DAY },
      ],
    },
    segments: 40,
    series: {
      'lab/debug/kept': days,
      'lab/debug/gone': debug,
      'lab/debug/deep/mixed': (random) => (random.next() < 0.5 ? debug : fresh)(random),
      'lab/raw/1': days,
      'lab/raw/2': days,
      'lab/raw/deep/not-named': days,
      'lab/other': days,
    },
  },
  size: {
    limits: { rowsPerTable: 4_000, maxBytes: 400_000 },
    segments: 80,
    series: { 'lab/a': days, 'lab/b': days, 'lab/c': days },
  },
} as const satisfies Record<string, Kind>;

/** Whether the rules let a row of this age go: then it must. */
export function expires(path: string, age: number): boolean {
  const rule = kinds.rules.limits.retention.find(({ match }) => matches(match, path));
  return rule !== undefined && age > rule.keep;
}

/** For the patterns above: a name, or all below one, or what lies directly below one. */
function matches(pattern: string, path: string): boolean {
  if (pattern.endsWith('/**')) return path.startsWith(pattern.slice(0, -2));
  if (!pattern.endsWith('/*')) return path === pattern;
  const above = pattern.slice(0, -1);
  return path.startsWith(above) && !path.slice(above.length).includes('/');
}

/** Segments in their order. No time of a series occurs twice. */
export function segmentsOf({ kind, seed, base }: Workload): Row[][] {
  const random = new Random(seed);
  const { segments, series }: Kind = kinds[kind];
  const paths = Object.keys(series);
  const used = new Set<string>();
  return Array.from({ length: segments }, () => {
    const rows: Row[] = [];
    while (rows.length < SEGMENT_ROWS) {
      const path = paths[random.whole(0, paths.length)];
      const time = base - series[path](random) + random.whole(0, SECOND);
      if (used.has(`${path} ${time}`)) continue;
      used.add(`${path} ${time}`);
      rows.push({ path, time, value: random.next() });
    }
    return rows;
  });
}

/** Sends all segments, whatever was stored before, and says each that is acknowledged. */
export async function sendAll(
  ingest: IngestStore,
  workload: Workload,
  acknowledged: (segment: number) => void = () => undefined,
): Promise<void> {
  const agent = new TestAgent({ ingest });
  await agent.open();
  for (const [i, rows] of segmentsOf(workload).entries()) {
    const outcome = await agent.send(rows);
    if (typeof outcome !== 'string') throw new Error(outcome.message);
    acknowledged(i);
  }
}
