import { redactRecord } from './redact.ts';
import { type LogRecord, RepeatLimit } from './repeat-limit.ts';

export interface LogOutputOptions {
  /** Where lines end up. */
  write(line: string): void;
  /** A line of the log in the form that is wanted, its line feed included. */
  format(record: LogRecord): string;
  redact(shown: string): string;
  readonly repeats?: RepeatLimit;
  /** ms of a clock that only goes forward. */
  now?(): number;
}

/** The way of every line of a program to where it is read: repeats are counted, secrets hidden, the form is given. */
export class LogOutput {
  readonly #options: LogOutputOptions;
  readonly #repeats: RepeatLimit;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LogOutputOptions) {
    this.#options = options;
    this.#repeats = options.repeats ?? new RepeatLimit();
    this.#now = options.now ?? (() => performance.now());
  }

  /** Takes one line as JSON, as pino writes it. */
  write(line: string): void {
    this.#writeAll(this.#repeats.admit(JSON.parse(line) as LogRecord, this.#now()));
    this.#schedule();
  }

  /** Says what was counted and not told yet: before the program ends. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writeAll(this.#repeats.drain());
  }

  #schedule(): void {
    const due = this.#repeats.nextDue;
    if (due === undefined || this.#timer) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#writeAll(this.#repeats.due(this.#now()));
        this.#schedule();
      },
      Math.max(1, Math.ceil(due - this.#now())),
    );
    // A count that is to be told keeps no program alive: it is told by flush().
    this.#timer.unref();
  }

  #writeAll(records: readonly LogRecord[]): void {
    const { write, format, redact } = this.#options;
    // Secrets are replaced in the members, not in the line, so that hiding one never breaks its structure.
    for (const record of records) write(format(redactRecord(record, redact) as LogRecord));
  }
}
