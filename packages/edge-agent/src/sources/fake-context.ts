import { type Columns, Kind, Quality, SeriesTable, kindNames } from '@sluis/protocol';
import type { SourceContext, SourceState } from '@sluis/plugin-sdk';

/** A row as tests compare it. */
export interface Row {
  readonly path: string;
  readonly time: number;
  readonly kind: string;
  readonly value: number | boolean | bigint | string;
  /** Left out for good. */
  readonly quality?: number;
}

export function rowsOf(columns: Columns, series: SeriesTable): Row[] {
  return Array.from({ length: columns.length }, (_, i) => {
    const kind = columns.kind?.[i] ?? Kind.double;
    return {
      path: series.path(columns.series[i]),
      time: columns.time[i],
      kind: kindNames[kind],
      value: valueAt(columns, i, kind),
      ...(columns.quality[i] !== Quality.good && { quality: columns.quality[i] }),
    };
  });
}

function valueAt({ value, integer, text, texts }: Columns, i: number, kind: number): Row['value'] {
  if (kind === Kind.boolean) return value[i] === 1;
  if (kind === Kind.text) return texts?.[text?.[i] ?? -1] ?? 'no text';
  if (kind === Kind.int64) return integer?.[i] ?? 'no integer';
  if (kind === Kind.uint64) return BigInt.asUintN(64, integer?.[i] ?? 0n);
  return value[i];
}

interface Write {
  readonly rows: Columns;
  readonly awaited: boolean;
  resolve(): void;
  reject(error: Error): void;
}

/** A source's surroundings for tests: records what the source does, and lets the test decide when a write is durable. */
export class FakeContext<Config> implements SourceContext<Config> {
  readonly name = 'source';
  readonly site = 'lab';
  readonly agent = 'press-1';
  readonly folder = process.cwd();
  readonly config: Config;
  readonly series = new SeriesTable();
  readonly log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  /** All rows of writes that were resolved, in order. */
  readonly stored: Row[] = [];
  /** As the writes that were resolved left them. */
  readonly cursors = new Map<string, string>();
  readonly rejected: { reason: string; count: number; example?: string }[] = [];
  readonly states: { state: SourceState; detail?: string }[] = [];
  /** Writes that neither resolved nor rejected, while `hold` is true. */
  readonly held: Write[] = [];
  writes = 0;
  hold = false;
  /** When set, writes are refused with it. */
  refusal: Error | undefined;
  clock = 1_700_000_000_000_000;

  constructor(config: Config) {
    this.config = config;
  }

  now(): number {
    return this.clock;
  }

  write(
    rows: Columns,
    { awaited = false, cursor = {} }: { awaited?: boolean; cursor?: Readonly<Record<string, string | null>> } = {},
  ): Promise<void> {
    this.writes++;
    if (this.refusal) return Promise.reject(this.refusal);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const write = {
      rows,
      awaited,
      resolve: () => {
        this.stored.push(...rowsOf(rows, this.series));
        for (const [key, value] of Object.entries(cursor)) {
          if (value === null) this.cursors.delete(key);
          else this.cursors.set(key, value);
        }
        resolve();
      },
      reject,
    };
    if (this.hold) this.held.push(write);
    else write.resolve();
    return promise;
  }

  reject(reason: string, count: number, example?: string): void {
    this.rejected.push({ reason, count, ...(example !== undefined && { example }) });
  }

  state(state: SourceState, detail?: string): void {
    this.states.push({ state, ...(detail !== undefined && { detail }) });
  }

  /** Resolves the writes that are held, and no longer holds. */
  release(): void {
    this.hold = false;
    for (const write of this.held.splice(0)) write.resolve();
  }

  rejectedCount(reason: string): number {
    return this.rejected.filter((r) => r.reason === reason).reduce((sum, r) => sum + r.count, 0);
  }
}

const DEADLINE_MS = 10_000;
const POLL_MS = 2;

/** Waits until `condition` holds; fails with `what` when it does not within 10 s. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
