import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import { aborted, describe, EXIT_CONFIG, UserError } from '@sluis/runtime';
import { lockFolder } from '@sluis/runtime/folder-lock';
import { createLog } from '@sluis/runtime/create-log';
import { duckdbMiB, memoryGiven } from '../memory.ts';
import { defaults, startStore, temporaryFolder } from '../start-store.ts';
import { GROUPS_PER_MERGE, MAX_GROUP_ROWS } from '../store/compaction-plan.ts';
import { openDatabase, samplesFolder } from '../store/database.ts';
import { SamplesFolder } from '../store/samples-folder.ts';
import { StoreUnavailableError } from '../store/ingest-store.ts';
import { Store } from '../store/store.ts';
import { type StoreStatus, storeStatus } from '../store/store-status.ts';
import { verifyStore } from '../store/verify-store.ts';

export interface StoreOptions {
  readonly data: string;
  /** Bytes. */
  readonly memory?: number;
}

export interface StatusOptions extends StoreOptions {
  readonly json?: boolean;
}

const PROGRESS_MS = 1_000;
const rules = { hotRows: defaults.rowsPerTable, fanIn: GROUPS_PER_MERGE, maxGroupRows: MAX_GROUP_ROWS };

export async function status({ data, json }: StatusOptions): Promise<void> {
  const directory = resolve(data);
  using _lock = lockStore(directory, 'sluis-hub store status');
  using store = openStore(directory);
  const found = await storeStatus(store, new SamplesFolder(samplesFolder(directory)), rules);
  console.log(json ? JSON.stringify(found) : statusText(directory, found));
}

export async function verify({ data }: StoreOptions, signal: AbortSignal): Promise<void> {
  const directory = resolve(data);
  using _lock = lockStore(directory, 'sluis-hub store verify');
  using store = openStore(directory);
  const temporary = temporaryFolder(directory);
  const { segments, files, problems } = await toTheEnd(signal, () =>
    verifyStore({ store, memoryMiB: duckdbMiB(memoryGiven()), temporary, said: progress, signal }),
  );
  progress(undefined);
  for (const problem of problems) console.log(problem);
  const read = `${number(segments)} segments and ${number(files)} files were read`;
  if (problems.length === 0) {
    console.log(`${read}: all is well`);
    return;
  }
  throw new UserError({
    what: `${read}: ${number(problems.length)} things are wrong`,
    hint: 'put the files that are named above back from a backup; what is in others is served as before',
  });
}

export async function compact({ data, memory }: StoreOptions, signal: AbortSignal): Promise<void> {
  const directory = resolve(data);
  using _lock = lockStore(directory, 'sluis-hub store compact');
  const log = createLog('sluis-hub', { level: 'warn' });
  const limits = memory === undefined ? {} : { memoryMiB: duckdbMiB(memory) };
  await using running = await toTheEnd(signal, () => startStore({ directory, log, limits, signal }));
  const { store } = running;
  const before = store.files;
  const timer = setInterval(() => {
    const { count, rows } = store.files;
    progress(`${number(store.hotRows)} samples are not in files yet; ${number(count)} files hold ${number(rows)}`);
  }, PROGRESS_MS);
  try {
    const stopped = aborted(signal).then(() => signal.throwIfAborted());
    await toTheEnd(signal, () => Promise.race([store.compactAll(), stopped]));
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    throw new UserError({
      what: `not all samples of ${directory} could be brought together: ${describe(error.cause ?? error)}`,
      hint: 'put that right and run it again: what is done stays done, and nothing is lost',
      cause: error,
    });
  } finally {
    clearInterval(timer);
    progress(undefined);
  }
  const { count, rows, bytes } = store.files;
  console.log(
    `${number(rows)} samples in ${number(count)} files, ${size(bytes)}; before: ${number(before.count)} files`,
  );
}

/** Who is stopped before the end must not look like one who found all well. */
async function toTheEnd<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    throw new UserError({ what: 'it was stopped before the end', hint: 'run it again: nothing is lost', cause: error });
  }
}

/** @throws UserError if there is no store, none that this user may change, or a process that uses it */
function lockStore(directory: string, program: string): Disposable {
  const file = join(directory, 'store.sqlite');
  try {
    for (const path of [directory, file]) accessSync(path, constants.R_OK | constants.W_OK);
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new UserError({
      what: missing
        ? `there is no store in ${directory}`
        : `the store in ${directory} cannot be used: ${describe(cause)}`,
      hint: missing ? 'name the data folder of a hub with --data' : 'run this as the user that the hub runs as',
      exitCode: EXIT_CONFIG,
      cause,
    });
  }
  return lockFolder(directory, program);
}

function openStore(directory: string): Store {
  return new Store({ database: openDatabase(directory, { upgrade: false }), maxSeries: defaults.series });
}

/** On a terminal in one line that is written over; elsewhere it would only be in the way. */
function progress(text: string | undefined): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\u001b[K${text === undefined ? '' : text.slice(0, process.stderr.columns - 1)}`);
}

function statusText(directory: string, found: StoreStatus): string {
  const { samples, files, tiers, database, oldest, newest, series, agents, gaps, leftOver } = found;
  const lines = [
    ['data folder', directory],
    ['samples', `${number(samples.files)} in files, ${number(samples.hot)} not yet`],
    ['files', `${number(files.count)} in ${number(files.groups)} groups, ${size(files.bytes)}`],
    ...tiers.map((tier) => [
      `  tier ${tier.tier}`,
      `${number(tier.samples)} samples in ${number(tier.files)} files of ${number(tier.groups)} groups, ${size(tier.bytes)}`,
    ]),
    ['database', `${size(database.total)}, of which ${size(database.free)} are free to be used again`],
    ['oldest', oldest === undefined ? 'none' : time(oldest)],
    ['newest', newest === undefined ? 'none' : time(newest)],
    ['series', number(series)],
    ['agents', number(agents)],
    ['gaps', `${number(gaps.ranges)} ranges, with ${number(gaps.samples)} samples as far as is known`],
  ];
  if (leftOver > 0) lines.push(['left over', `${number(leftOver)} files that count for nothing: the hub removes them`]);
  return lines.map(([name, text]) => `${name.padEnd(12)} ${text}`).join('\n');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${(bytes / 2 ** (10 * power)).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

function time(micros: number): string {
  const date = new Date(micros / 1000);
  // Times of machines without a clock may lie beyond what a calendar has.
  return Number.isNaN(date.getTime()) ? `${micros} µs` : date.toISOString();
}
