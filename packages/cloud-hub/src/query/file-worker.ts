import { parentPort, workerData } from 'node:worker_threads';
import { connect, serve } from '@sluis/runtime';
import type { DuckDBInstance } from '@duckdb/node-api';
import type { WriteOutcome, WriteTarget } from '../store/sample-files.ts';
import { fileRows } from './file-rows.ts';
import type { AskedMain } from './file-client.ts';
import type { HotWork, MergeWork } from './file-work.ts';
import { GroupWriter } from './group-writer.ts';
import { mergeGroups } from './merge-groups.ts';
import { SoundFiles } from './sound-files.ts';
import { writeHot } from './write-hot.ts';

export interface FileWorkerData {
  /** For files that DuckDB has written. */
  readonly duckdbMiB: number;
}

/** What the thread does for the main thread of the query process. */
export type FileWorker = ReturnType<typeof start>;

/**
 * The thread that writes files: beside it the main thread loads, and answers queries. It keeps nothing that could be lost.
 * Jobs run side by side, each under a number of the main thread's.
 */
function start({ duckdbMiB }: FileWorkerData, main: AskedMain) {
  const running = new Map<number, AbortController>();
  const sound = new SoundFiles();
  let opened: Promise<DuckDBInstance> | undefined;

  async function write(
    job: number,
    target: WriteTarget,
    work: (writer: GroupWriter, signal: AbortSignal) => Promise<void>,
  ): Promise<WriteOutcome> {
    const abort = new AbortController();
    running.set(job, abort);
    try {
      await using writer = new GroupWriter(target, abort.signal);
      await work(writer, abort.signal);
      return { files: await writer.finish() };
    } finally {
      running.delete(job);
    }
  }

  return {
    hot: (job: number, { target, ...work }: HotWork) =>
      write(job, target, (writer, signal) =>
        writeHot(work, {
          writer,
          signal,
          segments: (first) => main.segments(job, first),
          series: (ids) => main.series(job, ids),
        }),
      ),

    merge: (job: number, { target, files, limits }: MergeWork) =>
      write(job, target, async (writer, signal) => {
        // What rotted would get a new checksum, and be right from then on.
        await sound.check(files, signal);
        const duckdb = () => (opened ??= openDuckDB(duckdbMiB));
        await mergeGroups(files, limits, { writer, rowsOf: (file) => fileRows(file, { duckdb, signal }) });
      }),

    abort(job: number): void {
      running.get(job)?.abort();
    },
  };
}

/** Of its own: nearly always there is nothing for it to read. */
async function openDuckDB(memoryMiB: number): Promise<DuckDBInstance> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  return DuckDBInstance.create(':memory:', {
    memory_limit: `${memoryMiB}MiB`,
    threads: '1',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    enable_external_file_cache: 'false',
  });
}

if (!parentPort) throw new Error('this module runs as a worker');
serve(parentPort, start(workerData as FileWorkerData, connect(parentPort)));
