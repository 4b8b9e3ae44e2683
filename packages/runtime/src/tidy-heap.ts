/*
 * Import this in the entry point of a process or thread that runs for months. Loading leaves as much garbage as it leaves code,
 * and V8 counts from there how much more the heap may grow before it looks at all of it: so that is done once at the end of
 * loading, and once when the first work has grown what it needs. Where V8 was not started with --expose-gc, nothing is.
 */
const SETTLED_MS = [1_500, 10_000];

for (const ms of SETTLED_MS) {
  setTimeout(() => void globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' }), ms).unref();
}
