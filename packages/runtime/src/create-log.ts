import { isatty } from 'node:tty';
import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import { redactor, redactTexts } from './redact.ts';

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
    ...(redacted.length > 0 && { hooks: { streamWrite: redactLine(redactor(redacted)) } }),
  };
  if (!isatty(STDERR)) return pino(options, pino.destination({ dest: STDERR, sync: true }));
  return pino(
    options,
    pretty({ destination: STDERR, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' }),
  );
}

/** Rewrites a line as JSON, so that hiding a text never breaks its structure. */
function redactLine(redact: (shown: string) => string): (line: string) => string {
  return (line) => `${JSON.stringify(redactTexts(JSON.parse(line), redact))}\n`;
}
