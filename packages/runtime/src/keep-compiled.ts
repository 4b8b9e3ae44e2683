import { flushCompileCache } from 'node:module';

/*
 * Import this in the entry point of a process or thread: once all is loaded, what Node has made of its source files is
 * written for the next run (`launch`). Node does so at the end, too, but what is killed has none.
 */
const LOADED_MS = 5_000;
setTimeout(flushCompileCache, LOADED_MS).unref();
