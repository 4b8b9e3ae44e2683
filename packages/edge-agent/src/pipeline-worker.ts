import '@sluis/runtime/keep-compiled';
import '@sluis/runtime/tidy-heap';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { createRelayedLog, serve } from '@sluis/runtime';
import type { LoadedConfig } from './config/load.ts';
import type { AgentConfig } from './config/schema.ts';
import { storageClient } from './log/client.ts';
import { Pipeline, type PipelineStatus } from './pipeline.ts';

/** Entry of the thread in which sources and streams run. */

export interface PipelineStart {
  readonly config: AgentConfig;
  readonly logLevel: string;
  readonly storagePort: MessagePort;
}

export interface PipelineControl {
  /** Reads a configuration as `loadConfig` does: this thread has the sources and operators that tell what it may say. */
  load(file: string): Promise<Pick<LoadedConfig, 'config' | 'redacted' | 'warnings' | 'streamsFile'>>;
  start(options: PipelineStart): Promise<void>;
  status(): PipelineStatus;
  close(): Promise<void>;
}

/** What the thread tells beside its answers: results were committed; what the start waits for, for people; a line of its log. */
export type FromPipeline = { readonly grown: true } | { readonly waits: string } | { readonly logLine: string };

if (!parentPort) throw new Error('pipeline-worker.ts is the entry of a thread: start it with startEngine()');
const parent = parentPort;
let pipeline: Pipeline | undefined;
const tell = (message: FromPipeline): void => parent.postMessage(message);

const control: PipelineControl = {
  async load(file) {
    const { loadConfig } = await import('./config/load.ts');
    const { config, redacted, warnings, streamsFile } = loadConfig(file);
    return { config, redacted, warnings, streamsFile };
  },
  async start({ config, logLevel, storagePort }) {
    pipeline = await Pipeline.start({
      config,
      storage: storageClient(storagePort),
      log: createRelayedLog({ level: logLevel, post: (logLine) => tell({ logLine }) }),
      grown: () => tell({ grown: true }),
      waits: (reason) => tell({ waits: reason }),
    });
  },
  status() {
    if (!pipeline) throw new Error('the pipeline has not started');
    return pipeline.status();
  },
  async close() {
    await pipeline?.[Symbol.asyncDispose]();
  },
};
serve(parent, control);
