import { isatty } from 'node:tty';
import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';

export type { Logger } from 'pino';

const STDERR = 2;

/** Logs go to stderr: JSON lines, or prettier where a person reads along. Level by LOG_LEVEL, else info. */
export function createLog(name: string): Logger {
  const options = { name, level: process.env.LOG_LEVEL ?? 'info', timestamp: pino.stdTimeFunctions.isoTime };
  if (!isatty(STDERR)) return pino(options, pino.destination({ dest: STDERR, sync: true }));
  return pino(
    options,
    pretty({ destination: STDERR, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' }),
  );
}
