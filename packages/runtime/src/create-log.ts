import { createRequire } from 'node:module';
import { isatty } from 'node:tty';
import pino, { type Logger } from 'pino';
import { LogOutput } from './log-output.ts';
import { redactor } from './redact.ts';
import type { LogFormat, LogLevel } from './log-options.ts';
import type { LogRecord } from './repeat-limit.ts';

const STDERR = 2;

export interface LogOptions {
  /** Texts that no line may show: secrets and what came from the environment. */
  readonly redacted?: readonly string[];
  readonly level?: LogLevel;
  readonly format?: LogFormat;
}

/**
 * The log of a program. It goes to stderr, each line written before the call returns, so that the last words of a
 * process that fails are read. `flush` says how often lines were repeated that were not written yet.
 */
export function createLog(name: string, { redacted = [], level = 'info', format = 'auto' }: LogOptions = {}): Logger {
  const stderr = pino.destination({ dest: STDERR, sync: true });
  const pretty = format === 'pretty' || (format === 'auto' && isatty(STDERR));
  const output = new LogOutput({
    write: (line) => void stderr.write(line),
    format: pretty ? prettyLine() : jsonLine,
    redact: redactor(redacted),
  });
  return pino({ name, level, timestamp: pino.stdTimeFunctions.isoTime }, output);
}

export function jsonLine(record: LogRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** Lines for people, with colours if their terminal has them and NO_COLOR does not forbid it. */
export function prettyLine(): (record: LogRecord) => string {
  // Only a terminal needs it, and it is large.
  const { prettyFactory } = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
  return prettyFactory({
    colorize: process.stderr.isTTY && process.stderr.hasColors(),
    ignore: 'pid,hostname,name',
    translateTime: 'SYS:HH:MM:ss.l',
  });
}
