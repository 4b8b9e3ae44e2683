import type { SampleFile } from '../store/sample-files.ts';
import { AnswerError } from './answer-error.ts';
import { DAMAGED_FILE, unreadableFile } from './damaged-file.ts';
import { type DuckDBRun, QUERY_FAILED } from './duckdb-run.ts';
import { readFiles, summarySql } from './sample-sql.ts';
import { isSound } from './sound-files.ts';

/** A temporary table with columns path, rows, first, last: what each file has of each series. */
export const SUMMARIES = 'summaries';

/**
 * Fills {@link SUMMARIES}, which is this run's alone, from the small files beside `files`; where one of these cannot be
 * read, from the file itself. Each is read whole or not at all.
 */
export async function summarize(run: DuckDBRun, files: readonly SampleFile[]): Promise<void> {
  await run.run(`CREATE OR REPLACE TEMP TABLE ${SUMMARIES}
    (path VARCHAR, rows BIGINT, first TIMESTAMP WITH TIME ZONE, last TIMESTAMP WITH TIME ZONE)`);
  const add = (source: string): Promise<void> =>
    run.run(`INSERT INTO ${SUMMARIES} SELECT path, rows, first, last FROM (${source})`);
  for (const file of files) {
    const { path, seriesPath, seriesCrc, crc } = file;
    try {
      if (!(await isSound(seriesPath, seriesCrc))) throw unreadableFile(file);
      await add(`SELECT * FROM ${readFiles([seriesPath])}`);
    } catch (error) {
      if (!(error instanceof AnswerError && (error.code === QUERY_FAILED || error.code === DAMAGED_FILE))) throw error;
      console.error(`${seriesPath} is missing or damaged, and is done without`);
      if (!(await isSound(path, crc))) throw unreadableFile(file);
      await add(summarySql(path));
    }
  }
}
