import { createRequire } from 'node:module';
import { isatty } from 'node:tty';
import pino, { type Logger } from 'pino';
import { LogOutput } from './log-output.ts';
import { redactor } from './redact.ts';
import type { LogRecord } from './repeat-limit.ts';

export type { Logger } from 'pino';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** `auto`: pretty where a person reads along, JSON lines where a program does. */
export const logFormats = ['auto', 'json', 'pretty'] as const;
export type LogFormat = (typeof logFormats)[number];

/** What a command that logs lets people choose, for the command line of each program. */
export const logOptions = [
  {
    flags: '--log-level <level>',
    description: 'least level that is logged',
    choices: logLevels,
    env: 'SLUIS_LOG_LEVEL',
    default: 'info',
  },
  {
    flags: '--log-format <format>',
    description: 'form of the log on stderr; auto: pretty on a terminal, else JSON lines',
    choices: logFormats,
    env: 'SLUIS_LOG_FORMAT',
    default: 'auto',
  },
] as const;

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
