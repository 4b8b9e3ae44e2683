import { MessageChannel } from 'node:worker_threads';
import { createLog } from '@sluis/runtime/create-log';
import { expect, test } from 'vitest';
import type { AgentConfig } from './config/schema.ts';
import { openPipelineThread } from './pipeline-thread.ts';
import { startPipelineWorker } from './start-pipeline.ts';

test('a start that waits for a storage which has ended is given up, so that both can be started again', async () => {
  // Nobody answers at the other end of the port, as when the storage ended between two of its answers.
  const { port1, port2 } = new MessageChannel();
  const storage = Promise.withResolvers<string>();
  const { signal } = new AbortController();
  const config = {
    agent: { id: 'a', site: 's' },
    limits: { series: 1, paths: 100 },
    sources: {},
    streams: {},
  } as unknown as AgentConfig;
  const starting = startPipelineWorker({
    config,
    instance: '',
    log: createLog('test'),
    signal,
    waits: () => undefined,
    thread: openPipelineThread(),
    storagePort: port1,
    storageEnded: storage.promise,
    grown: () => undefined,
  });
  const refused = expect(starting).rejects.toThrow('the other side has ended');
  storage.resolve('the storage worker failed');
  await refused;
  port2.close();
});
