import { isatty } from 'node:tty';
import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';

export type { Logger } from 'pino';

const STDERR = 2;

export interface LogOptions {
  /** Texts that no line may show: secrets and what came from the environment. */
  readonly redacted?: readonly string[];
}

/** Logs go to stderr: JSON lines, or prettier where a person reads along. Level by LOG_LEVEL, else info. */
export function createLog(name: string, { redacted = [] }: LogOptions = {}): Logger {
  const options = {
    name,
    level: process.env.LOG_LEVEL ?? 'info',
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: redactor(redacted) },
  };
  if (!isatty(STDERR)) return pino(options, pino.destination({ dest: STDERR, sync: true }));
  return pino(
    options,
    pretty({ destination: STDERR, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' }),
  );
}

/** Replaces each text, as it is and as JSON writes it; the longest first, for one may contain another. */
function redactor(texts: readonly string[]): (line: string) => string {
  const written = texts.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]).filter((text) => text.length > 0);
  const hidden = [...new Set(written)].toSorted((a, b) => b.length - a.length);
  return (line) => hidden.reduce((shown, text) => shown.replaceAll(text, '[redacted]'), line);
}
