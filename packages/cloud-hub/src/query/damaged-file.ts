import type { SampleFile } from '../store/sample-files.ts';
import { AnswerError } from './answer-error.ts';
import { type DuckDBRun, QUERY_FAILED } from './duckdb-run.ts';
import { fileColumnsSql, readSamples } from './sample-sql.ts';

/** Code of the error for a file that is missing or damaged. */
export const DAMAGED_FILE = 'damaged-file';
/** Looking for the file that is to blame ends here: a client waits for it. */
const MAX_FILES_READ = 64;

/** An answer needs this file. Other answers are given: a damaged file takes away what is in it, and nothing else. */
export function unreadableFile({ path }: SampleFile, cause?: unknown): AnswerError {
  return new AnswerError({
    status: 500,
    code: DAMAGED_FILE,
    message: `${path} is missing or damaged, and the answer needs it`,
    hint: 'run sluis-hub store verify, and put the file back from a backup; answers that do not need it are given',
    cause,
  });
}

/**
 * What to say of a failure to read `files`: which of them cannot be read, if that is why. The first so many are read alone, all that
 * meets `condition`, as the query would have.
 */
export async function namingDamaged(
  error: unknown,
  { run, files, condition }: { run: DuckDBRun; files: readonly SampleFile[]; condition: string },
): Promise<unknown> {
  if (!(error instanceof AnswerError) || error.code !== QUERY_FAILED) return error;
  for (const file of files.slice(0, MAX_FILES_READ)) {
    try {
      await run.run(`SELECT bit_xor(hash(${fileColumnsSql})) FROM ${readSamples([file])} WHERE ${condition}`);
    } catch (cause) {
      if (cause instanceof AnswerError && cause.code === QUERY_FAILED) return unreadableFile(file, cause.cause);
      return error;
    }
  }
  return error;
}
