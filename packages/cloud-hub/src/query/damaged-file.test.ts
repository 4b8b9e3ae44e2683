import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestAgent } from '../../test/test-agent.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { type TemporaryStore, temporaryStore, until } from '../../test/temporary-store.ts';

/** `lab/old` is in a file alone, `lab/new` in hot rows. */
let folder: ReturnType<typeof temporaryFolder>;

beforeEach(async () => {
  folder = temporaryFolder();
  await using hub = await temporaryStore({ directory: folder.path, limits: { rowsPerTable: 2 } });
  const agent = new TestAgent({ ingest: hub.ingest });
  await agent.open();
  await agent.send([1, 2].map((time) => ({ path: 'lab/old', time, value: time })));
  await until(() => existsSync(fileOf('.parquet')) && hub.store.hotRows === 0);
  await agent.send([{ path: 'lab/new', time: 9, value: 9 }]);
});

afterEach(() => folder[Symbol.dispose]());

function fileOf(ending: string): string {
  return join(folder.path, 'samples', `1${ending}`);
}

async function answers(hub: TemporaryStore, target: string): Promise<[number, string]> {
  const response = await hub.get(`/api/v1/${target}`);
  return [response.status, await response.text()];
}

async function expectOnlyNewAnswered(hub: TemporaryStore): Promise<void> {
  for (const target of [
    'samples?series=lab/old',
    'samples?series=lab/old&format=parquet',
    'aggregate?series=lab/old&every=1s&fn=count',
  ]) {
    const [status, text] = await answers(hub, target);
    expect([status, JSON.parse(text)]).toMatchObject([
      500,
      {
        error: {
          code: 'damaged-file',
          message: expect.stringContaining(fileOf('.parquet')),
          hint: expect.stringContaining('sluis-hub store verify'),
        },
      },
    ]);
  }
  expect(await answers(hub, 'samples?series=lab/new&format=csv')).toEqual([200, 'time,value,quality\n9,9,good\n']);
  expect(await answers(hub, 'samples?series=lab/old&format=csv&from=100')).toEqual([200, 'time,value,quality\n']);
}

test.each([
  ['missing', () => rmSync(fileOf('.parquet'))],
  ['damaged', () => writeFileSync(fileOf('.parquet'), 'PAR1 this is no file of samples PAR1')],
])('what needs a %s file is told its name; all else is answered, lists too', async (_, harm) => {
  harm();
  await using hub = await temporaryStore({ directory: folder.path });
  await expectOnlyNewAnswered(hub);
  const [status, text] = await answers(hub, 'series');
  expect([status, JSON.parse(text)]).toMatchObject([200, { series: [{ samples: 2 }, { samples: 1 }] }]);
  expect(hub.queries.restarts).toBe(0);
});

test('a lost series file is made up for by its samples, also where files are merged', async () => {
  rmSync(fileOf('.series.parquet'));
  await using hub = await temporaryStore({ directory: folder.path });
  const [, text] = await answers(hub, 'series');
  expect(JSON.parse(text)).toMatchObject({ series: [{ path: 'lab/old', first: 1, last: 2, samples: 2 }, {}] });
  await hub.store.compactAll();
  expect(hub.store.files).toMatchObject({ count: 1, rows: 3 });
});

test('where both are lost, only what they held is unknown', async () => {
  rmSync(fileOf('.series.parquet'));
  rmSync(fileOf('.parquet'));
  await using hub = await temporaryStore({ directory: folder.path });
  await expectOnlyNewAnswered(hub);
  expect((await answers(hub, 'series'))[0]).toBe(500);
  expect((await answers(hub, 'series?match=lab/new'))[0]).toBe(200);
  expect(hub.queries.restarts).toBe(0);
});
