import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { straceMissing } from '../crash-points.ts';
import { chosenSeed } from '../e2e/random.ts';
import { describeFailure } from './describe-failure.ts';
import type { DiskEvent } from './disk-event.ts';
import { drawCuts, kills } from './draw-cut.ts';
import { type NamedCut, powerCuts } from './power-cuts.ts';
import { record, withoutSyncs } from './record.ts';
import { workloads } from './workloads.ts';

const missing = await straceMissing();
if (missing !== undefined && process.env.CI === 'true') throw new Error(missing);
if (missing !== undefined) console.warn(`power cuts are not tried: ${missing}`);

/** Of each workload; `test:faults torn-writes` tries many more. */
const CUTS = 30;
const KILLS = 30;
/** With a program started on what each leaves. */
const WHOLE_CUTS = 1;
/** Within so many of seed 1 the loss of a sync is found. */
const CUTS_TO_FAIL = 1000;

/** A sync that each workload needs: the cuts must find out when it is left out. */
const needed = {
  'agent-storage': [
    ['a commit', /-wal$/],
    ['what a checkpoint wrote', /\.db$/],
    ['the name of a new file of a log', /data\/(?:journal|outbox)$/],
    ['a snapshot before it gets its name', /\.tmp$/],
    ['the name of a snapshot', /data\/snapshots$/],
    ['the names of the folders', /^(?:data|\.)$/],
  ],
  'hub-ingest': [
    ['a commit', /-wal$/],
    ['what a checkpoint wrote', /\.sqlite$/],
    ['the name of the database', /^data$/],
    ['the name of the data folder', /^\.$/],
  ],
  'hub-compaction': [
    ['what a file holds', /\.parquet$/],
    ['the names of files', /^data\/samples$/],
    ['the commit that makes files count', /-wal$/],
  ],
  'hub-files': [
    ['what a file holds', /\.parquet$/],
    ['the names of files', /^data\/samples$/],
    ['the commit that makes files count', /-wal$/],
  ],
} satisfies Record<string, [string, RegExp][]>;

describe.skipIf(missing !== undefined).each(Object.entries(needed))('%s', (name, syncs) => {
  const { driver, verify, verifyWhole } = workloads[name];
  let keep = false;
  let base: string;
  let events: DiskEvent[];
  beforeAll(async () => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'sluis-recording-')));
    events = await record(base, driver);
  });
  afterAll(() => {
    if (!keep) rmSync(base, { recursive: true });
  });

  test('keeps what it acknowledged, once, wherever it is killed', () => expectNoFailure(verify, kills(events, KILLS)));

  test('keeps what it acknowledged, once, wherever the power is cut', () =>
    expectNoFailure(verify, drawCuts(events, chosenSeed(), CUTS)));

  if (verifyWhole) {
    test('starts there, answers and goes on', () =>
      expectNoFailure(verifyWhole, drawCuts(events, chosenSeed(), WHOLE_CUTS)));
  }

  test.each(syncs)('would lose something without a sync of %s', async (_what, paths) => {
    const fewer = withoutSyncs(events, paths);
    expect(fewer.length).toBeLessThan(events.length);
    const cuts = drawCuts(fewer, 1, CUTS_TO_FAIL);
    const { failure } = await powerCuts({ events: fewer, verify, cuts, simplify: false });
    expect(failure).toBeDefined();
  });

  /** The recording is left if something fails. */
  async function expectNoFailure(check: typeof verify, cuts: Iterable<NamedCut>): Promise<void> {
    const { tried, failure } = await powerCuts({ events, verify: check, cuts });
    console.log(`${name}: ${events.length} events, ${tried} cuts`);
    if (!failure) return;
    keep = true;
    const again = `node test/power-cut/run.ts ${name} --recording ${base} ${failure.name}`;
    throw new Error(`${describeFailure(events, failure)}\nTo see it again: ${again}`);
  }
});
