import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { connect, type Remote, UserError } from '@sluis/runtime';
import type { PipelineControl } from './pipeline-worker.ts';

/** Columns and buffers lie outside the heap; what is young in it is small. */
const YOUNG_GENERATION_MB = 6;

/** The thread of sources and streams, which has loaded their code and does nothing yet. */
export interface PipelineThread {
  readonly worker: Worker;
  readonly control: Remote<PipelineControl>;
  /** Resolves with the reason when it has ended. */
  readonly ended: Promise<string>;
}

export function openPipelineThread(): PipelineThread {
  const worker = new Worker(new URL(`./pipeline-worker${extname(import.meta.url)}`, import.meta.url), {
    name: 'pipeline',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  let reason = 'the pipeline worker was stopped';
  worker.on('error', (error: Error) => {
    reason = `the pipeline worker failed: ${error.message}`;
  });
  const ended = new Promise<string>((resolve) => {
    worker.on('exit', () => resolve(reason));
  });
  return { worker, ended, control: connect<PipelineControl>(worker, { errors: { UserError } }) };
}
