import { isMainThread } from 'node:worker_threads';

/*
 * `node --import child.ts program.ts argument…` runs a program so that it ends when its standard input does: whoever started
 * it closes that on purpose, or dies, and then the operating system closes it, even after a SIGKILL. It works on every
 * system, and no list of process ids can be out of date. Node's option is passed on when a program starts itself anew; what
 * inherits it besides, threads and processes with a channel to their parent, end with that.
 */

/** As long as the program has to stop in order. */
const STOP_MS = 4_000;

function stop(): void {
  // A program that does not listen yet has nothing to lose.
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(1);
  setTimeout(() => process.exit(1), STOP_MS).unref();
}

if (isMainThread && !process.connected) {
  process.stdin.once('end', stop).once('error', stop).resume();
  process.stdin.unref();
}
