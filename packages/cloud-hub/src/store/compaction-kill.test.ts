import { readdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import threads, { type Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestAgent } from '../../test/test-agent.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { signalQueryProcess, type TemporaryStore, temporaryStore, until } from '../../test/temporary-store.ts';
import { type AgentSegment, StoreUnavailableError } from './ingest-store.ts';

// Workers that the code under test starts, so that a test can end them as a crash would.
const workers: Worker[] = [];
const { Worker: RealWorker } = threads;

beforeAll(() => {
  threads.Worker = class extends RealWorker {
    constructor(...parameters: ConstructorParameters<typeof RealWorker>) {
      super(...parameters);
      workers.push(this);
    }
  };
  syncBuiltinESMExports();
});

afterAll(() => {
  threads.Worker = RealWorker;
  syncBuiltinESMExports();
});

const ROWS_PER_TABLE = 500;
const SEGMENT_ROWS = 100;
const SEGMENTS = 60;
const paths = ['lab/a', 'lab/b', 'lab/c'];

/** What a kill comes at: names in the folder of samples that are there at one step of a job. */
const steps: readonly (readonly [string, (names: readonly string[]) => boolean])[] = [
  ['a file is begun', (names) => names.some((name) => /^tmp-.*-1\.parquet$/.test(name))],
  ['the first of them has its name', (names) => names.some((name) => /^\d+\.parquet$/.test(name))],
  ['files are merged', (names) => names.filter((name) => /^\d+\.parquet$/.test(name)).length > 7],
];

test.for([
  ['query process', killQueryProcess],
  ['store worker', async () => workers.at(-1)?.terminate()],
] as const)('a %s that is killed while files are written costs no row and leaves no file', async ([, kill]) => {
  using folder = temporaryFolder();
  const samples = join(folder.path, 'samples');
  await using hub = await temporaryStore({ directory: folder.path, limits: { rowsPerTable: ROWS_PER_TABLE } });
  const agent = new TestAgent({ ingest: hub.ingest });
  await agent.open();
  const waiting = [...steps];
  for (let sent = 0; sent < SEGMENTS; sent++) {
    const rows = Array.from({ length: SEGMENT_ROWS }, (_, i) => {
      return { path: paths[i % paths.length], time: sent * SEGMENT_ROWS + i, value: sent + i };
    });
    await store(hub, await agent.segment(rows));
    const step = waiting.at(0);
    if (!step || hub.store.committed < ROWS_PER_TABLE / SEGMENT_ROWS) continue;
    // What comes between two looks is as good: where exactly a kill falls is not the same in two runs.
    await Promise.race([until(() => step[1](readdirSync(samples))), until(() => hub.store.hotRows < ROWS_PER_TABLE)]);
    await kill(hub);
    waiting.shift();
    await until(() => hub.store.trouble() === undefined && hub.queries.trouble() === undefined);
  }
  expect(waiting).toEqual([]);
  await until(() => hub.store.loading() === undefined);
  await verifyAll(hub);
  await hub.store.compactAll();
  await verifyAll(hub);
  expect(hub.store.hotRows).toBe(0);
  expect(readdirSync(samples)).toHaveLength(2 * hub.store.files.count);
  expect(hub.store.files.rows).toBe(SEGMENTS * SEGMENT_ROWS);
});

async function killQueryProcess(hub: TemporaryStore): Promise<void> {
  const pid = await signalQueryProcess(hub);
  await until(() => hub.queries.pid !== pid);
}

async function store(hub: TemporaryStore, segment: AgentSegment): Promise<void> {
  for (;;) {
    try {
      expect(['stored', 'repeat']).toContain(await hub.ingest.store(segment));
      return;
    } catch (error) {
      expect(error).toBeInstanceOf(StoreUnavailableError);
      await until(() => hub.store.trouble() === undefined);
    }
  }
}

/** Every row that was sent, once, is what people get. */
async function verifyAll(hub: TemporaryStore): Promise<void> {
  for (const [index, path] of paths.entries()) {
    const csv = await (await hub.get(`/api/v1/samples?series=${path}&format=csv`)).text();
    const expected: string[] = [];
    for (let sent = 0; sent < SEGMENTS; sent++) {
      for (let i = index; i < SEGMENT_ROWS; i += paths.length) {
        expected.push(`${sent * SEGMENT_ROWS + i},${sent + i},good`);
      }
    }
    expect(csv.trimEnd().split('\n').slice(1)).toEqual(expected);
  }
}
