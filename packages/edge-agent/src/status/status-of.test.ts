import { expect, test } from 'vitest';
import type { AgentConfig } from '../config/schema.ts';
import { entry, openSmall, series, TemporaryFolder } from '../log/fixtures.ts';
import type { PipelineStatus } from '../pipeline.ts';
import { LastKnown } from './last-known.ts';
import { statusOf } from './status-of.ts';

const agent: AgentConfig['agent'] = {
  id: 'press-1',
  site: 'lab',
  data: './data',
  status: { host: '127.0.0.1', port: 0 },
  secrets: './secrets',
  skew: 0,
};
const streams = { raw: { in: 1, out: 1, lag: 2, state: 'running', failure: null, dropped: {} } };

test('while the storage does not answer, the status shows what was known last, and that it is old', async () => {
  using folder = new TemporaryFolder();
  using storage = openSmall(folder.path);
  storage.journal.append({ entries: [entry(3)], definitions: series(1) });
  const slow = Promise.withResolvers<void>();
  let isSlow = false;
  const stored = new LastKnown(async () => {
    if (isSlow) await slow.promise;
    return { journal: storage.journal.stats(), outbox: storage.outbox.stats(), disk: storage.ballast.state };
  });
  const pipeline = new LastKnown<PipelineStatus>(() => Promise.resolve({ sources: {}, streams, wait: null }));
  const uplink = { state: 'connected', detail: null, limit: null, held: null } as const;
  const ask = () =>
    statusOf({ agent, engine: { current: { uplink, pipeline, stored }, failure: undefined }, uptimeMs: 0 });

  const before = await ask();
  expect(before).toMatchObject({ journal: { samples: 3 }, problems: [] });

  isSlow = true;
  storage.journal.append({ entries: [entry(4)], definitions: { first: 1, series: [] } });
  const { problems, ...meanwhile } = await ask();
  expect({ ...meanwhile, problems: [] }).toEqual(before);
  expect(problems).toEqual([
    expect.stringMatching(
      /^the storage has not answered for \d+\.\d s, as with a slow disk: journal, .* \d+\.\d s ago$/,
    ),
  ]);

  slow.resolve();
  expect(await ask()).toMatchObject({ journal: { samples: 7 }, problems: [] });
});

test('a storage that has never answered is shown as unknown, and the rest as it is', async () => {
  const stored = new LastKnown<never>(() => new Promise(() => undefined));
  const pipeline = new LastKnown<PipelineStatus>(() => Promise.resolve({ sources: {}, streams, wait: null }));
  const uplink = { state: 'connected', detail: null, limit: null, held: null } as const;
  const status = await statusOf({
    agent,
    engine: { current: { uplink, pipeline, stored }, failure: undefined },
    uptimeMs: 0,
  });
  expect(status).toMatchObject({ journal: null, outbox: null, disk: null, streams: { raw: { in: 1, lag: 2 } } });
  expect(status.problems).toEqual([expect.stringMatching(/ are not known yet$/)]);
});
