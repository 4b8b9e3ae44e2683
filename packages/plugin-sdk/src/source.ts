import type { Columns, SeriesTable } from '@sluis/protocol';
import type { z } from 'zod';
import { checkSource } from './check-definition.ts';
import type { Log } from './log.ts';
import type { Probe, ProbeContext, SourceOutline } from './probe.ts';

/** New values of a source's cursors, null for one to remove. */
export type CursorMove = Readonly<Record<string, string | null>>;

export interface SourceContext<Config> {
  /** The source's key in the configuration. */
  readonly name: string;
  /** First level of every path. */
  readonly site: string;
  /** The agent's id: with `name` it tells this source apart from all others of the site. */
  readonly agent: string;
  readonly config: Config;
  /** Where relative paths in the configuration start: the folder of its file. */
  readonly folder: string;
  /** Gives ids to paths. A new series beyond the limit throws {@link SeriesLimitError}. */
  readonly series: SeriesTable;
  readonly log: Log;
  /** The agent's clock, whole µs since 1970: the time of samples that bring none. */
  now(): number;
  /**
   * Hands rows over. Resolves when they are fsynced in the journal: acknowledge to the machine then, not before.
   * Rejects with {@link UnavailableError} if they could not be kept: do not acknowledge, let the sender repeat.
   * Rows of one source are journaled in the order of the calls. They may not be changed before the call has settled; after
   * that nothing refers to their arrays any more, which may be used again.
   * Rows that nothing can hold are counted as rejected and not kept, as a repeat would not help: those with a text longer
   * than MAX_TEXT_BYTES, and a call's rows if a time is not a whole number within ±2^53 or a quality or kind is unknown.
   *
   * `awaited`: somebody waits for the acknowledgement, so commit at once. A source that nobody waits for must still
   * bound what it has handed over and not yet seen resolved.
   *
   * `cursor`: where the source has come to with these rows, as new values of {@link cursors}, null to remove one. It
   * commits with the rows, all or nothing, so that a source that goes on from there neither loses nor doubles any. It may
   * come without rows. A source that has several writes under way must not repeat one after a later one was kept.
   */
  write(rows: Columns, options?: { awaited?: boolean; cursor?: CursorMove }): Promise<void>;
  /**
   * Where the source had come to by its last durable write, in this or an earlier life: a short text for each thing that it
   * reads, such as a file. At most 4096 of them, key and value together at most 2048 characters.
   */
  readonly cursors: ReadonlyMap<string, string>;
  /** Counts input that was refused, and remembers the latest example for people. */
  reject(reason: string, count: number, example?: string): void;
  /** What `/status` shows of this source. */
  state(state: SourceState, detail?: string): void;
}

/** `waiting`: for a file, broker or device that is not there yet. `degraded`: retrying what should have worked. */
export type SourceState = 'starting' | 'running' | 'waiting' | 'degraded' | 'stopped';

export interface Source extends AsyncDisposable {
  /** Acquires what the source needs. What is absent or busy is waited for in the background and shown by `state`, not thrown. */
  start(): Promise<void>;
}

/** `Config` is what `create` gets, `Input` what is written in a file: the schema leads from one to the other. */
export interface SourceDefinition<Config, Input = unknown> {
  /** The `type` in the configuration: words of small letters and digits, with - between them. */
  readonly type: string;
  readonly version: number;
  /** What it reads, in one sentence: shown by editors and in the documentation. */
  readonly summary: string;
  readonly config: z.ZodType<Config, Input>;
  create(context: SourceContext<NoInfer<Config>>): Source;
  /** For `check` and warnings; pure. */
  outline?(config: NoInfer<Config>): SourceOutline;
  /** What the source needs from around it, for `check`. The source itself asks none of these: it waits for what is absent. */
  probe?(context: ProbeContext<NoInfer<Config>>): readonly Probe[];
}

/** Checks a definition, and gives its types to `create`. Throws a TypeError that names the key that is wrong. */
export function defineSource<Config, Input>(
  definition: SourceDefinition<Config, Input>,
): SourceDefinition<Config, Input> {
  checkSource(definition);
  return definition;
}

/** The journal cannot take rows now (disk full, quota reached, storage restarting). The sender should repeat later. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
  readonly retryAfterSeconds: number;

  constructor(message: string, options: ErrorOptions & { retryAfterSeconds?: number } = {}) {
    super(message, options);
    this.retryAfterSeconds = options.retryAfterSeconds ?? 1;
  }
}

/** A series cannot be added: there are too many, or its path is too long or holds U+0000. The sample is rejected and counted, known series go on. */
export class SeriesLimitError extends Error {
  override readonly name = 'SeriesLimitError';
}
