import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import type { Row } from '../../packages/cloud-hub/test/test-agent.ts';
import { temporaryFolder } from '../../packages/cloud-hub/test/temporary-folder.ts';
import { type TemporaryStore, temporaryStore, until } from '../../packages/cloud-hub/test/temporary-store.ts';
import { chosenSeed, Random } from '../e2e/random.ts';
import { expires, kinds, segmentsOf, sendAll, type Workload } from './workload.ts';

const KILLS = 1;
/** Rows by series and time. */
type Rows = Map<string, Map<number, number>>;

/** Runs the driver until it has acknowledged so many segments and some time has passed, then kills it with its query process. */
async function killAfter(
  directory: string,
  workload: Workload,
  { segments, laterMs }: { segments: number; laterMs: number },
): Promise<void> {
  const driver = join(import.meta.dirname, 'driver.ts');
  const child = spawn(process.execPath, [driver, directory, JSON.stringify(workload)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let acknowledged = 0;
  for await (const _line of createInterface(child.stdout)) {
    if (++acknowledged === segments) setTimeout(() => child.kill('SIGKILL'), laterMs);
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
}

function rowsBySeries(rows: readonly Row[]): Rows {
  const byPath = Map.groupBy(rows, ({ path }) => path);
  return new Map(
    [...byPath].map(([path, own]) => [path, new Map(own.map(({ time, value }) => [time, Number(value)]))]),
  );
}

async function stored(hub: TemporaryStore, path: string): Promise<Map<number, number>> {
  const response = await hub.get(`/api/v1/samples?series=${path}&format=csv`);
  const [, ...lines] = (await response.text()).trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const [time, value] = line.split(',');
      return [Number(time), Number(value)];
    }),
  );
}

interface Summary {
  readonly path: string;
  readonly samples: number;
  readonly first: number | null;
  readonly last: number | null;
}

async function summaries(hub: TemporaryStore): Promise<Summary[]> {
  const response = await hub.get('/api/v1/series');
  const text = await response.text();
  expect(response.status, text).toBe(200);
  const { series } = JSON.parse(text) as { series: Summary[] };
  return series
    .map(({ path, samples, first, last }) => ({ path, samples, first, last }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function summary(path: string, rows: ReadonlyMap<number, number>): Summary {
  const times = [...rows.keys()].sort((a, b) => a - b);
  return { path, samples: times.length, first: times.at(0) ?? null, last: times.at(-1) ?? null };
}

/** Kills at points that the seed says, while segments are stored and while rows are removed. */
async function killAtTimes(directory: string, workload: Workload): Promise<void> {
  const random = new Random(workload.seed);
  for (let i = 0; i < KILLS; i++) {
    const segments = random.whole(1, kinds[workload.kind].segments + 1);
    await killAfter(directory, workload, { segments, laterMs: random.whole(0, 1_000) });
  }
}

test('what is gone is what the rules say, all of it and nothing else, wherever the hub is killed and started', async () => {
  const workload: Workload = { kind: 'rules', seed: chosenSeed(), base: Date.now() * 1_000 };
  console.log(`SLUIS_TEST_SEED=${workload.seed}`);
  using folder = temporaryFolder();
  await killAtTimes(folder.path, workload);

  const all = segmentsOf(workload).flat();
  const sent = rowsBySeries(all);
  const left = rowsBySeries(all.filter(({ path, time }) => !expires(path, workload.base - time)));
  const expected = [...sent.keys()].sort().map((path) => summary(path, left.get(path) ?? new Map()));
  const compare = async (hub: TemporaryStore): Promise<void> => {
    await until(async () => {
      const found = await summaries(hub);
      for (const [i, { samples }] of expected.entries()) expect(found[i].samples).toBeGreaterThanOrEqual(samples);
      return found.every(({ samples }, i) => samples === expected[i].samples);
    });
    expect(await summaries(hub)).toEqual(expected);
    for (const path of sent.keys()) expect(await stored(hub, path), path).toEqual(left.get(path) ?? new Map());
  };
  const options = { directory: folder.path, limits: kinds.rules.limits };
  {
    await using hub = await temporaryStore(options);
    await sendAll(hub.ingest, workload);
    await compare(hub);
  }
  await using again = await temporaryStore(options);
  await compare(again);
});

test('beyond the size limit the oldest rows go, of all series alike, and no more than must', async () => {
  const workload: Workload = { kind: 'size', seed: chosenSeed(), base: Date.now() * 1_000 };
  console.log(`SLUIS_TEST_SEED=${workload.seed}`);
  using folder = temporaryFolder();
  await killAtTimes(folder.path, workload);

  const { limits } = kinds.size;
  const sent = rowsBySeries(segmentsOf(workload).flat());
  const options = { directory: folder.path, limits };
  const answers = async (hub: TemporaryStore): Promise<Map<string, Map<number, number>>> => {
    const found: Rows = new Map();
    for (const path of [...sent.keys()].sort()) found.set(path, await stored(hub, path));
    expect(await summaries(hub)).toEqual([...found].map(([path, rows]) => summary(path, rows)));
    return found;
  };
  let before: Rows;
  {
    await using hub = await temporaryStore(options);
    await sendAll(hub.ingest, workload);
    await hub.store.compactAll();
    const { bytes, rows } = hub.store.files;
    expect(bytes).toBeLessThanOrEqual(limits.maxBytes);
    // A twentieth is freed beforehand, how many bytes rows take is known to some tenth, and one file takes less than many.
    expect(bytes).toBeGreaterThan(limits.maxBytes * 0.7);
    before = await answers(hub);
    expect([...before.values()].reduce((sum, { size }) => sum + size, 0)).toBe(rows);
  }
  let newestGone = -Infinity;
  for (const [path, rows] of sent) {
    const left = before.get(path);
    for (const [time, value] of rows) {
      if (left?.has(time)) expect(left.get(time)).toBe(value);
      else newestGone = Math.max(newestGone, time);
    }
    for (const time of left?.keys() ?? []) expect(rows.has(time)).toBe(true);
  }
  const kept = [...before.values()].flatMap((rows) => [...rows.keys()]);
  const olderThanGone = kept.filter((time) => time < newestGone).length;
  expect(olderThanGone / kept.length).toBeLessThan(0.1);

  await using again = await temporaryStore(options);
  expect(await answers(again)).toEqual(before);
});
