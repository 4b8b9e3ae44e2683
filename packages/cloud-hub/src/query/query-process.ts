import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { buffer, json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe } from '@sluis/runtime';
import { LivePoints } from '../live/live-points.ts';
import type { ExpiryAnswer, ExpiryQuestion, LoadAnswer, SampleFile, WriteJob } from '../store/sample-files.ts';
import { answerAggregate } from './aggregate-answer.ts';
import { AnswerError } from './answer-error.ts';
import { answerChart } from './chart-answer.ts';
import { Cuts } from './cuts.ts';
import { namingDamaged } from './damaged-file.ts';
import { DuckDBRun } from './duckdb-run.ts';
import { FileClient } from './file-client.ts';
import { writeParquet } from './parquet-answer.ts';
import { allTimes, fileCondition, selectedParts } from './plan.ts';
import type { Pieces, Sources } from './planned.ts';
import { createQueryParts } from './query-parts.ts';
import { requirePace } from './require-pace.ts';
import type { Format, LiveQuery, Query, QueryLimits } from './query.ts';
import { expiredFiles } from './retention.ts';
import { answerSamples } from './samples-answer.ts';
import { answerSeries } from './series-answer.ts';
import { SeriesIndex } from './series-index.ts';
import { Slots } from './slots.ts';
import type { View } from './view.ts';

/** Of the memory for DuckDB and files: what the thread that writes files takes, by itself or for files that DuckDB has written. */
const FILES_SHARE = 0.25;
const US_PER_MS = 1_000;

/** What the parent sends first; the process answers `ready` once it listens, and ends with its parent. */
export interface QueryProcessOptions {
  readonly socket: string;
  /** For spilled data and files on their way out; whatever is in it is deleted. */
  readonly temporary: string;
  readonly limits: QueryLimits;
}

const mediaTypes: Record<Format, string> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};

/**
 * The process that answers queries, in memory only: what it knows comes from the store, over the same socket, and after
 * a crash comes again. Under load DuckDB takes all the threads that a Node process has for files and names: nobody
 * else's work may depend on them.
 */
async function start({ socket, temporary, limits }: QueryProcessOptions): Promise<void> {
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${Math.floor(limits.memoryMiB * (1 - FILES_SHARE))}MiB`,
    threads: String(limits.threads),
    temp_directory: join(temporary, 'spill'),
    // Nothing is fetched from anywhere, and no query needs files but those it was given.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'true',
    // The system's cache has the same pages. Nor is parsed metadata kept: DuckDB counts a sixth of what it takes.
    enable_external_file_cache: 'false',
  });
  const index = new SeriesIndex();
  const cuts = new Cuts({ retention: limits.retention, now: () => Date.now() * US_PER_MS });
  const live = new LivePoints({ index, cuts: () => cuts.of(views.current) });
  const { views, tables, files, loader, writer, sound } = await createQueryParts({
    instance,
    index,
    rowsPerTable: limits.rowsPerTable,
    fileThread: new FileClient({ duckdbMiB: Math.floor(limits.memoryMiB * FILES_SHARE) }),
    loadedRows: (rows) => live.publish(rows),
  });
  const slots = new Slots(limits);
  let parquetAnswers = 0;

  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    route(request, response).catch((error: unknown) => fail(response, error));
  });
  server.listen(socket, () => process.send?.('ready'));

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (request.url) {
      case '/load':
        return load(await buffer(request), response);
      case '/query':
        return answer((await json(request)) as Query, response);
      case '/write':
        return write((await json(request)) as WriteJob, response);
      case '/expired':
        return expired((await json(request)) as ExpiryQuestion, response);
      case '/live':
        return follow((await json(request)) as LiveQuery, response);
      default:
        throw new Error(`the query process knows no ${request.url}`);
    }
  }

  async function load(body: Buffer, response: ServerResponse): Promise<void> {
    try {
      await loader.load(body);
    } catch (error) {
      // What is half loaded cannot be told from what is not: only a process that starts again is right.
      console.error(`the query process could not load a segment: ${describe(error)}`);
      process.exit(1);
    }
    response.setHeader('content-type', mediaTypes.json);
    const { loaded, damaged } = loader;
    const answer: LoadAnswer = { loaded, full: tables.full, damaged, oldestView: views.oldest };
    response.end(JSON.stringify(answer));
  }

  async function write(job: WriteJob, response: ServerResponse): Promise<void> {
    const outcome = await writer.write(job, whenGone(response));
    response.setHeader('content-type', mediaTypes.json);
    response.end(JSON.stringify(outcome));
  }

  async function expired(question: ExpiryQuestion, response: ServerResponse): Promise<void> {
    using reader = views.take();
    using run = await DuckDBRun.begin({ instance, signal: whenGone(response) });
    const found: ExpiryAnswer = await expiredFiles(run, reader.view.files, question);
    response.setHeader('content-type', mediaTypes.json);
    response.end(JSON.stringify(found));
  }

  async function answer(query: Query, response: ServerResponse): Promise<void> {
    const signal = whenGone(response);
    using _slot = await slots.enter(signal);
    await loader.reached(query.after, { signal, timeMs: limits.timeMs });
    using run = await DuckDBRun.begin({ instance, signal, timeMs: limits.timeMs });
    using taken = new DisposableStack();
    const take = (): View => taken.use(views.take()).view;
    const sources: Sources = { index, files, cuts, take, fill: (hot) => tables.fill(hot) };
    response.setTimeout(limits.timeMs + limits.stallMs, () => response.destroy());
    using _pace = requirePace(response, limits.timeMs + limits.stallMs);
    try {
      if (query.kind !== 'series') await sound.check(readBy(query, take()).files, signal);
      await send(query, { sources, run, response });
    } catch (error) {
      throw await namingDamaged(error, { run, ...readBy(query, take()) });
    }
  }

  async function send(
    query: Query,
    { sources, run, response }: { sources: Sources; run: DuckDBRun; response: ServerResponse },
  ): Promise<void> {
    if ((query.kind === 'samples' || query.kind === 'aggregate') && query.format === 'parquet') {
      const file = join(temporary, `answer-${++parquetAnswers}.parquet`);
      try {
        await writeParquet(query, sources, run, file);
        response.setHeader('content-type', mediaTypes.parquet);
        await pipeline(createReadStream(file), response);
      } finally {
        rmSync(file, { force: true });
      }
      return;
    }
    await sendText(response, query.kind === 'series' ? 'json' : query.format, await pieces(query, sources, run));
  }

  /** Files of the view that the query reads, and what of them. */
  function readBy(query: Query, view: View): { files: readonly SampleFile[]; condition: string } {
    if (query.kind === 'series') return { files: view.files, condition: 'true' };
    const { series: path, from, to } = query;
    const selection = { path, series: index.id(path) ?? 0, from: from ?? allTimes.from, to: to ?? allTimes.to };
    return { files: selectedParts(view, selection).files, condition: fileCondition(selection) };
  }

  function pieces(query: Query, sources: Sources, run: DuckDBRun): Promise<Pieces> {
    if (query.kind === 'series') return answerSeries(query, sources, run);
    if (query.kind === 'chart') return answerChart(query, sources, run);
    return query.kind === 'samples' ? answerSamples(query, sources, run) : answerAggregate(query, sources, run);
  }

  async function follow({ patterns, after }: LiveQuery, response: ServerResponse): Promise<void> {
    const signal = whenGone(response);
    await loader.reached(after, { signal, timeMs: limits.timeMs });
    response.setHeader('content-type', 'application/x-ndjson');
    await live.follow(patterns, response, signal);
  }
}

/** A write costs as much as the text of many rows. */
const PIECE_CHARACTERS = 64 << 10;

/** Sends the head only with the first rows: a query that fails before has its own status. */
async function sendText(response: ServerResponse, format: Format, text: Pieces): Promise<void> {
  const joined = inPieces(text);
  const first = await joined.next();
  response.setHeader('content-type', mediaTypes[format]);
  await pipeline(async function* whole() {
    if (!first.done) yield first.value;
    yield* joined;
  }, response);
}

async function* inPieces(text: Pieces): Pieces {
  let piece = '';
  for await (const part of text) {
    piece += part;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

/** Aborted when the client is gone before the whole answer was sent. */
function whenGone(response: ServerResponse): AbortSignal {
  const abort = new AbortController();
  if (response.destroyed) abort.abort();
  response.once('close', () => {
    if (!response.writableFinished) abort.abort();
  });
  return abort.signal;
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    // Too late for a status: a broken transfer is the only way to say that the answer is not whole.
    console.error(`an answer broke off: ${describe(error)}`);
    response.destroy();
    return;
  }
  if (!(error instanceof AnswerError) || error.status === 500) console.error(describe(error));
  const known = error instanceof AnswerError ? error : unexpected(error);
  response.statusCode = known.status;
  response.setHeader('content-type', mediaTypes.json);
  if (known.retryAfterSeconds !== undefined) response.setHeader('retry-after', known.retryAfterSeconds);
  response.end(JSON.stringify(known.body));
}

function unexpected(cause: unknown): AnswerError {
  return new AnswerError({
    status: 500,
    code: 'internal',
    message: 'the hub failed to answer',
    hint: 'the log of the hub says more',
    cause,
  });
}

process.once('message', (options: QueryProcessOptions) => {
  process.once('disconnect', () => {
    // A parent that was killed could not clear it away.
    rmSync(dirname(options.socket), { recursive: true, force: true });
    process.exit(0);
  });
  start(options).catch((error: unknown) => {
    console.error(`the query process could not start: ${describe(error)}`);
    process.exit(1);
  });
});
// A terminal sends these to all of its processes: the parent decides when this one ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
