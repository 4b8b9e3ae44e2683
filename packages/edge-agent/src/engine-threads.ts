import { openStorageThread, type StorageThread } from './log/storage-thread.ts';
import { openPipelineThread, type PipelineThread } from './pipeline-thread.ts';

/** An engine's threads, which load their code while what they are to do is found out. */
export class EngineThreads implements AsyncDisposable {
  readonly pipeline: PipelineThread = openPipelineThread();
  readonly storage: StorageThread = openStorageThread();

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.pipeline.worker.terminate(), this.storage.worker.terminate()]);
  }
}
