/** A line of a log as its members. */
export type LogRecord = Readonly<Record<string, unknown>>;

const INTERVAL_MS = 60_000;
/** Kinds of lines that are told apart at a time. */
const MAX_KINDS = 1000;
/** Members that name what a line is about: the same words of two parts, or of two agents, are two things. */
const SUBJECTS = ['level', 'name', 'part', 'source', 'stream', 'agent', 'epoch', 'lane', 'path'] as const;

interface Kind {
  readonly since: number;
  /** Lines since then that were not written, and the latest of them. */
  held: number;
  latest: LogRecord | undefined;
}

/**
 * Keeps a fault that lasts from filling the log: of lines with the same words about the same thing the first is written at
 * once, those of the minute after it are counted, and at its end the latest is written with `repeated`, their number.
 * No line is lost without being counted. Times are ms of any clock that only goes forward.
 */
export class RepeatLimit {
  readonly #intervalMs: number;
  readonly #maxKinds: number;
  /** In order of `since`. */
  readonly #kinds = new Map<string, Kind>();

  constructor({ intervalMs = INTERVAL_MS, maxKinds = MAX_KINDS }: { intervalMs?: number; maxKinds?: number } = {}) {
    this.#intervalMs = intervalMs;
    this.#maxKinds = maxKinds;
  }

  /** The lines to write now that this one has come, in order: none if it only counts. */
  admit(record: LogRecord, now: number): LogRecord[] {
    const lines = this.due(now);
    const key = JSON.stringify([record.msg, ...SUBJECTS.map((subject) => record[subject])]);
    const kind = this.#kinds.get(key);
    if (kind) {
      kind.held++;
      kind.latest = record;
      return lines;
    }
    if (this.#kinds.size >= this.#maxKinds) lines.push(...this.#forgetOldest());
    this.#kinds.set(key, { since: now, held: 0, latest: undefined });
    return [...lines, record];
  }

  /** The lines that tell of intervals that are over. What repeated goes on being counted; the rest is forgotten. */
  due(now: number): LogRecord[] {
    const lines: LogRecord[] = [];
    for (const [key, kind] of this.#kinds) {
      if (now - kind.since < this.#intervalMs) break;
      this.#kinds.delete(key);
      if (!kind.latest) continue;
      lines.push({ ...kind.latest, repeated: kind.held });
      this.#kinds.set(key, { since: now, held: 0, latest: undefined });
    }
    return lines;
  }

  /** When {@link due} has something to tell next, or undefined if no line is held. */
  get nextDue(): number | undefined {
    for (const { since, held } of this.#kinds.values()) if (held > 0) return since + this.#intervalMs;
    return undefined;
  }

  /** The lines that tell of all that was counted: for the end. */
  drain(): LogRecord[] {
    const lines = [...this.#kinds.values()].flatMap(({ latest, held }) =>
      latest ? [{ ...latest, repeated: held }] : [],
    );
    this.#kinds.clear();
    return lines;
  }

  #forgetOldest(): LogRecord[] {
    for (const [key, { latest, held }] of this.#kinds) {
      this.#kinds.delete(key);
      return latest ? [{ ...latest, repeated: held }] : [];
    }
    return [];
  }
}
