import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { TestAgent } from '../../test/test-agent.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { silentLog, temporaryStore, until } from '../../test/temporary-store.ts';

test('a segment that has rotted takes away what it held and nothing else', async () => {
  using folder = temporaryFolder();
  {
    await using hub = await temporaryStore({ directory: folder.path });
    const agent = new TestAgent({ ingest: hub.ingest });
    await agent.open();
    for (let time = 1; time <= 3; time++) await agent.send([{ path: 'lab/a', time, value: time }]);
  }
  const database = new Database(join(folder.path, 'store.sqlite'));
  database.exec("UPDATE segments SET bytes = x'00' WHERE id >= 2");
  database.close();
  const log = silentLog();
  const said: string[] = [];
  log.warn = (_: object, text?: string) => void said.push(text ?? '');
  await using hub = await temporaryStore({ directory: folder.path, log });
  const answer = await (await hub.get('/api/v1/samples?series=lab/a&format=csv')).text();
  expect(answer).toBe('time,value,quality\n1,1,good\n');
  expect(said.join('\n')).toMatch(/segment 2 \(data lane, sequences 1 to 1, epoch 1 of the database\) is damaged/);
  const gapsOf = async () => (await hub.store.agents())[0].gaps;
  const gap = { lane: 'data', samples: 1, reason: 'damaged at the hub' };
  await until(async () => (await gapsOf()).length === 2);
  await hub.store.compactAll();
  expect(await gapsOf()).toMatchObject([
    { ...gap, from: 1, to: 2 },
    { ...gap, from: 2, to: 3 },
  ]);
  expect([hub.store.hotRows, hub.store.files.rows]).toEqual([0, 1]);
});
