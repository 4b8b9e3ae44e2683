import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSegment } from '@sluis/protocol';
import type { SampleWriter } from '../src/store/compaction-options.ts';
import type { ExpiryAnswer, ExpiryQuestion, FileView, WriteJob, WriteOutcome } from '../src/store/sample-files.ts';
import type { Store } from '../src/store/store.ts';

/** Series as the agent numbers it, time, value. */
export type FakeRow = readonly [series: number, time: number, value: number];

const everything = Number.MAX_SAFE_INTEGER;

/**
 * Writes rows as JSON where the query process writes Parquet, in the same files under the same names, so that tests of
 * what surrounds it take milliseconds. Of rows with one series and time the last in the log is kept.
 */
export class FakeWriter implements SampleWriter {
  readonly #store: Store;
  /** Called before a job's files are written, and after each. */
  step: (what: string) => void | Promise<void> = () => undefined;
  readonly jobs: WriteJob[] = [];
  asked = 0;
  sealed = 0;
  questions = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  ask(): void {
    this.asked++;
  }

  seal(): void {
    this.sealed++;
  }

  /** Every rule is for all series. */
  async expired({ retention, now }: ExpiryQuestion): Promise<ExpiryAnswer> {
    this.questions++;
    const { files } = this.#store.fileView();
    const first = now - (retention.at(0)?.keep ?? Infinity);
    const [inPart, whole] = [
      files.filter(({ firstTime, lastTime }) => firstTime < first && lastTime >= first),
      files.filter(({ lastTime }) => lastTime < first),
    ].map((some) => some.map(({ id }) => id));
    return { inPart, whole };
  }

  async write(job: WriteJob): Promise<WriteOutcome> {
    this.jobs.push(job);
    await this.step('begin');
    const { folder, prefix, maxRows } = job.target;
    const rows = job.kind === 'hot' ? hotRows(this.#store, job.through) : mergedRows(this.#store.fileView(), job);
    const files: WriteOutcome['files'][number][] = [];
    for (let start = 0; start < rows.length; start += maxRows) {
      const own = rows.slice(start, start + maxRows);
      const path = join(folder, `${prefix}-${files.length + 1}.parquet`);
      const seriesPath = join(folder, `${prefix}-${files.length + 1}.series.parquet`);
      const times = own.map(([, time]) => time);
      const text = JSON.stringify(own);
      writeFileSync(path, text);
      await this.step('samples written');
      writeFileSync(seriesPath, '[]');
      await this.step('series written');
      files.push({
        path,
        seriesPath,
        rows: own.length,
        bytes: text.length + '[]'.length,
        firstTime: Math.min(...times),
        lastTime: Math.max(...times),
        firstSeries: String(own[0][0]),
        lastSeries: String(own[own.length - 1][0]),
      });
    }
    return { files };
  }
}

/** All rows that count, in files and in segments, sorted, each as often as it is there. */
export function countedRows(store: Store): FakeRow[] {
  const view = store.fileView();
  return [...filesRows(view.files.map(({ path }) => path)), ...hotRows(store, everything, false)].sort(compare);
}

function hotRows(store: Store, through: number, unique = true): FakeRow[] {
  const rows: FakeRow[] = [];
  for (const { id, bytes } of store.segmentsAfter(0, everything)) {
    if (id > through) break;
    const { length, series, time, value } = decodeSegment(bytes);
    for (let row = 0; row < length; row++) rows.push([series[row], time[row], value[row]]);
  }
  return unique ? lastOfEach(rows) : rows;
}

function mergedRows({ files }: FileView, job: WriteJob & { kind: 'merge' }): FakeRow[] {
  const read = files.filter(({ id }) => job.files.includes(id)).sort((a, b) => a.group - b.group);
  const rows = filesRows(read.map(({ path }) => path));
  const from = Math.max(job.dropBefore ?? -Infinity, job.now - (job.retention.at(0)?.keep ?? Infinity));
  return lastOfEach(rows.filter(([, time]) => time >= from));
}

function filesRows(paths: readonly string[]): FakeRow[] {
  return paths.flatMap((path) => JSON.parse(readFileSync(path, 'utf8')) as FakeRow[]);
}

function lastOfEach(rows: readonly FakeRow[]): FakeRow[] {
  return [...new Map(rows.map((row) => [`${row[0]} ${row[1]}`, row])).values()].sort(compare);
}

function compare(a: FakeRow, b: FakeRow): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
