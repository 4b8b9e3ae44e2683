import type { Logger } from 'pino';
import { type LogLevel, logLevels } from './log-options.ts';
import { describe } from './user-error.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a part of a program logs to; fields come first, as in pino, which its thread need not load for this. */
export type RelayedLog = Readonly<Record<LogLevel, (fields: Fields, text: string) => void>> & {
  /** The same log; all its lines have these fields, too. */
  child(fields: Fields): RelayedLog;
};

/**
 * A log for a thread or a child process. Its lines go to `post`, and on the other side {@link relayLines} puts them into
 * the log of the program: one place limits repeats, hides secrets and gives them their form.
 */
export function createRelayedLog({ level, post }: { level: string; post(line: string): void }): RelayedLog {
  const least = logLevels.findIndex((name) => name === level);
  const logOf = (bound: Fields): RelayedLog => {
    const writes = logLevels.map((name, rank) => {
      const write = (fields: Fields, text: string): void => {
        if (rank >= least) post(lineOf({ ...bound, ...fields, level: name, msg: text }));
      };
      return [name, write] as const;
    });
    const levels = Object.fromEntries(writes) as Record<LogLevel, (fields: Fields, text: string) => void>;
    return { ...levels, child: (fields) => logOf({ ...bound, ...fields }) };
  };
  return logOf({});
}

/** Takes the lines of one part of the program into its log, with the part's name. */
export function relayLines(log: Logger, part: string): (line: string) => void {
  // The other side has made records of its errors.
  const named = log.child({ part }, { serializers: { err: (error: unknown) => error } });
  return (line) => {
    const { level, msg, ...fields } = JSON.parse(line) as { level: LogLevel; msg: string; [field: string]: unknown };
    named[level](fields, msg);
  };
}

function lineOf(record: Fields): string {
  return JSON.stringify(record, (_key, value: unknown) => {
    if (value instanceof Error) return recordOf(value);
    return typeof value === 'bigint' ? String(value) : value;
  });
}

/** An error as pino shows one: with all its own fields, and what caused it in its message. */
function recordOf(error: Error): Fields {
  return { type: error.constructor.name, ...error, cause: undefined, message: describe(error), stack: error.stack };
}
