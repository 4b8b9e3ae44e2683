import pino, { type Logger } from 'pino';

/**
 * A log for a thread or a child process. Its lines go to `post`, and on the other side {@link relayLines} puts them into
 * the log of the program: one place limits repeats, hides secrets and gives them their form.
 */
export function createRelayedLog({ level, post }: { level: string; post(line: string): void }): Logger {
  return pino({ level, base: null, timestamp: false }, { write: post });
}

/** Takes the lines of one part of the program into its log, with the part's name. */
export function relayLines(log: Logger, part: string): (line: string) => void {
  // The other side has made records of its errors.
  const named = log.child({ part }, { serializers: { err: (error: unknown) => error } });
  return (line) => {
    const { level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const label = pino.levels.labels[Number(level)] as pino.Level;
    named[label](fields, String(msg ?? ''));
  };
}
