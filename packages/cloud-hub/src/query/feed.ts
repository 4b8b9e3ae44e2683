import { addAbortListener } from 'node:events';
import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { Backoff, describe, pause } from '@sluis/runtime';
import {
  DamagedFileError,
  type ExpiryAnswer,
  type ExpiryQuestion,
  type FileView,
  type LoadAnswer,
  type WriteJob,
  type WriteOutcome,
} from '../store/sample-files.ts';
import type { HubSeries, StoredSegment } from '../store/statements.ts';
import type { ErrorBody } from './answer-error.ts';
import { DAMAGED_FILE } from './damaged-file.ts';
import { encodeFrame, type LoadFrame } from './load-frames.ts';

/** One load request carries about so many bytes of segments. */
const REQUEST_BYTES = 2 << 20;
/** Committed segments kept at hand so that the feed of a query process that keeps up reads nothing back. */
const RECENT_BYTES = 32 << 20;
/** Some hundred KiB, so that segments do not wait long behind a million new series. */
const SERIES_PER_FRAME = 4096;
/** A process that starts again fails once or twice; it is said of one that fails for seconds, at every so many. */
const FAILURES_TO_SAY = 5;

/** What the feed reads, all of it committed. */
export interface FeedSource {
  segmentsAfter(id: number, maxBytes: number): StoredSegment[];
  seriesAfter(id: number, limit: number): HubSeries[];
  definitionsFrom(epoch: number, first: number): number[];
  /** Samples in segments up to an id that are not in files. */
  hotRowsUpTo(id: number): number;
  fileView(): FileView;
  /** Of the hub. */
  seriesCount(): number;
}

interface FeedOptions {
  readonly source: FeedSource;
  /** A process that has not loaded a request within this time hangs. */
  readonly loadMs: number;
  /** The process holds no more rows outside of files, however many there are. */
  readonly maxRows: number;
  /** To each load; the process has the view of this generation then. */
  answered(answer: LoadAnswer, generation: number): void;
  /** It has all that may be loaded now. */
  drained(): void;
  /** The process that was fed is gone, or soon will be. */
  detached(): void;
  failed(reason: string): void;
  /** The process on `socket` hangs: only another one goes on. */
  stalled(socket: string): void;
}

/**
 * Brings what is committed to the query process, in the order of commits. It is a cursor over the store: it asks the
 * process how far it has come, which is nowhere after a restart, and goes on from there. As it reads from the store what
 * is no longer at hand, a process that falls behind costs no memory.
 */
export class Feed {
  readonly #source: FeedSource;
  readonly #options: FeedOptions;
  #recent: StoredSegment[] = [];
  #recentBytes = 0;
  #view: FileView;
  #asked = false;
  #sealing = false;
  #life: { readonly socket: string; readonly abort: AbortController; done: Promise<void> } | undefined;
  #wake: (() => void) | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#source = options.source;
    this.#view = options.source.fileView();
  }

  /** Takes note of segments that were just committed. */
  committed(segments: readonly StoredSegment[]): void {
    for (const segment of segments) {
      this.#recent.push(segment);
      this.#recentBytes += segment.bytes.byteLength;
    }
    let dropped = 0;
    while (this.#recentBytes > RECENT_BYTES) this.#recentBytes -= this.#recent[dropped++].bytes.byteLength;
    if (dropped > 0) this.#recent.splice(0, dropped);
    this.#wake?.();
  }

  /** Other files count now. */
  viewChanged(): void {
    this.#view = this.#source.fileView();
    this.#wake?.();
  }

  /** Has the hot table that rows go to count as full. */
  seal(): void {
    this.#sealing = true;
    this.ask();
  }

  /** Loads something soon, if only nothing: its answer is wanted. */
  ask(): void {
    this.#asked = true;
    this.#wake?.();
  }

  /** Has the process that is fed now write files. It takes as long as it takes, or until that process is gone. */
  write(job: WriteJob, signal: AbortSignal): Promise<WriteOutcome> {
    return this.#request('/write', job, signal);
  }

  expired(question: ExpiryQuestion, signal: AbortSignal): Promise<ExpiryAnswer> {
    return this.#request('/expired', question, signal);
  }

  async #request<T>(path: string, body: object, signal: AbortSignal): Promise<T> {
    const life = this.#life;
    if (!life) throw new Error('there is no query process at the moment');
    const posting = new AbortController();
    using _ending = addAbortListener(signal, () => posting.abort(signal.reason));
    using _leaving = addAbortListener(life.abort.signal, () => posting.abort(new Error('the query process is gone')));
    return await post<T>({
      socket: life.socket,
      path,
      agent: false,
      signal: posting.signal,
      body: [Buffer.from(JSON.stringify(body))],
    });
  }

  /** Feeds the process that listens on `socket`. */
  async attach(socket: string): Promise<void> {
    await this.detach();
    const abort = new AbortController();
    this.#life = { socket, abort, done: this.#run(socket, abort.signal) };
  }

  async detach(): Promise<void> {
    this.#life?.abort.abort();
    this.#wake?.();
    await this.#life?.done;
    if (this.#life) this.#options.detached();
    this.#life = undefined;
  }

  async #run(socket: string, signal: AbortSignal): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const backoff = new Backoff({ longestMs: 1000 });
    let cursor: Cursor | undefined;
    let failures = 0;
    while (!signal.aborted) {
      const frames = this.#frames(cursor);
      if (frames.length === 0 && !this.#asked) {
        this.#options.drained();
        if (!this.#asked) await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      this.#asked = false;
      const sealing = cursor !== undefined && this.#sealing;
      if (sealing) frames.push({ type: 'seal' });
      // No AbortSignal.any: the life's signal would remember each of some millions.
      const posting = new AbortController();
      using _ending = addAbortListener(signal, () => posting.abort());
      const deadline = setTimeout(() => posting.abort(), this.#options.loadMs);
      try {
        const body = frames.flatMap(encodeFrame);
        const answer = await post<LoadAnswer>({ socket, path: '/load', agent, signal: posting.signal, body });
        cursor ??= new Cursor(answer.loaded, this.#source);
        cursor.advance(frames, this.#source);
        if (sealing) this.#sealing = false;
        this.#options.answered({ ...answer, loaded: cursor.segment }, cursor.generation);
        backoff.reset();
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        if (posting.signal.aborted) this.#options.stalled(socket);
        // The process skips what it has loaded: sending the same again is safe. That it has ended is said by who started it.
        if (++failures % FAILURES_TO_SAY === 0) this.#options.failed(describe(error));
        await pause(backoff.next(), signal);
      } finally {
        clearTimeout(deadline);
      }
    }
    agent.destroy();
  }

  /** The newest view comes first: to a process that has just started it says where to begin. */
  #frames(cursor: Cursor | undefined): LoadFrame[] {
    const view = this.#view;
    const news: LoadFrame[] = [];
    if (cursor?.generation !== view.generation) {
      news.push({ type: 'view', ...view, seriesCount: this.#source.seriesCount() });
    }
    if (!cursor) return news;
    const mayLoad = cursor.rows < this.#options.maxRows;
    const segments = mayLoad ? this.#after(Math.max(cursor.segment, view.through)) : [];
    return [...news, ...cursor.frames(segments, this.#source)];
  }

  #after(id: number): StoredSegment[] {
    const first = this.#recent.at(0);
    if (!first || first.id > id + 1) return this.#source.segmentsAfter(id, REQUEST_BYTES);
    // Ids are dense but where a transaction failed, so the place is at most where density would put it.
    let index = Math.min(id + 1 - first.id, this.#recent.length);
    while (index > 0 && this.#recent[index - 1].id > id) index--;
    const segments: StoredSegment[] = [];
    for (let bytes = 0; index < this.#recent.length && bytes < REQUEST_BYTES; index++) {
      segments.push(this.#recent[index]);
      bytes += this.#recent[index].bytes.byteLength;
    }
    return segments;
  }
}

/** How far one life of the query process has come. */
class Cursor {
  segment: number;
  /** Samples in segments up to there that are not in files. */
  rows: number;
  /** Of the view that it has. */
  generation = 0;
  #series = 0;
  readonly #mapped = new Map<number, number>();
  /** Samples of the segments that were sent last. */
  #rowsOf = new Map<number, number>();

  constructor(segment: number, source: FeedSource) {
    this.segment = segment;
    this.rows = source.hotRowsUpTo(segment);
  }

  /** The next frames: first the series and definitions that `segments` may need. */
  frames(segments: readonly StoredSegment[], source: FeedSource): LoadFrame[] {
    const frames: LoadFrame[] = [];
    const series = source.seriesAfter(this.#series, SERIES_PER_FRAME);
    if (series.length > 0) {
      frames.push({ type: 'series', first: series[0].id, series: series.map(({ path, unit }) => ({ path, unit })) });
    }
    // Possibly more of them: segments wait until all are there.
    if (series.length === SERIES_PER_FRAME) return frames;
    this.#rowsOf = new Map(segments.map(({ id, samples }) => [id, samples]));
    for (const epoch of new Set(segments.map((segment) => segment.epoch))) {
      const first = this.#mapped.get(epoch) ?? 0;
      const ids = source.definitionsFrom(epoch, first);
      if (ids.length > 0) frames.push({ type: 'map', epoch, first, series: ids });
    }
    for (const { id, epoch, lane, from, to, bytes } of segments) {
      frames.push({ type: 'segment', id, epoch, lane, from, to, bytes });
    }
    return frames;
  }

  /** `frames` were loaded. */
  advance(frames: readonly LoadFrame[], source: FeedSource): void {
    for (const frame of frames) {
      if (frame.type === 'segment') {
        this.segment = frame.id;
        this.rows += this.#rowsOf.get(frame.id) ?? 0;
      } else if (frame.type === 'map') this.#mapped.set(frame.epoch, frame.first + frame.series.length);
      else if (frame.type === 'series') this.#series = frame.first + frame.series.length - 1;
      else if (frame.type === 'view') {
        this.generation = frame.generation;
        this.segment = Math.max(this.segment, frame.through);
        this.rows = source.hotRowsUpTo(this.segment);
      }
    }
  }
}

function refusal({ code, message }: ErrorBody['error']): Error {
  return code === DAMAGED_FILE ? new DamagedFileError(message) : new Error(message);
}

/** Resolves with the answer, which is JSON; rejects if its status is not 200. */
async function post<T>(options: {
  socket: string;
  path: string;
  /** False: a connection for this request alone. */
  agent: Agent | false;
  signal: AbortSignal;
  body: Uint8Array[];
}): Promise<T> {
  const { socket, path, agent, signal, body } = options;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const outgoing = request({ socketPath: socket, agent, signal, method: 'POST', path }, (response) => {
    json(response).then((answer) => {
      if (response.statusCode === 200) resolve(answer as T);
      else reject(refusal((answer as ErrorBody).error));
    }, reject);
  });
  outgoing.once('error', reject);
  outgoing.end(Buffer.concat(body));
  return promise;
}
