import pino, { type Logger } from 'pino';
import type { Trace } from './trace.ts';
import type { Process } from './virtual-time.ts';

const MESSAGE_LEVEL = 'info';

/** What production code logs is a part of the trace, while its process lives. */
export function logTo(trace: Trace, who: string, process: Process): Logger {
  const stream = {
    write(line: string): void {
      if (!process.alive) return;
      const { msg, reason, err } = JSON.parse(line) as { msg: string; reason?: string; err?: { message: string } };
      const why = reason ?? err?.message;
      trace.add(who, why === undefined ? msg : `${msg} (${why})`);
    },
  };
  return pino({ level: MESSAGE_LEVEL, base: null, timestamp: false }, stream);
}
