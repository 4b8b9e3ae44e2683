import type { Logger } from 'pino';
import { describe } from './user-error.ts';

/**
 * Lets the log have a program's last words: what it fails of, as a line like any other, so that secrets are hidden in it,
 * too; and how often lines were repeated that were not written yet.
 */
export function logLastWords(log: Logger): void {
  process.once('exit', () => log.flush());
  process.once('uncaughtException', (error) => {
    log.fatal({ err: error }, `the program fails: ${describe(error)}`);
    process.exit(1);
  });
}
