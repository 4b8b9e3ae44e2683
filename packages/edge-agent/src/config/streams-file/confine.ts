import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import v8 from 'node:v8';
import { NotThereError } from './not-there.ts';

/** What a file of streams may do, for whoever tries something else. */
export const ALLOWED =
  'it may read what is in its folder, and nothing else: no network, no other programs or processes';

/**
 * Takes away what `--permission` leaves of other processes, such as the agent that waits for this one, and of V8's flags, which write files.
 * The file finds functions that throw; Node's own reach the same ones, by the same names. To be called before the file is there.
 */
export function confine(): void {
  refuse('process', process, [
    'abort',
    'kill',
    '_kill',
    '_debugProcess',
    '_debugEnd',
    'binding',
    '_linkedBinding',
    'dlopen',
  ]);
  refuse('os', os, ['setPriority']);
  refuse('v8', v8, ['setFlagsFromString']);
  syncBuiltinESMExports();
}

function refuse(name: string, module: object, functions: readonly string[]): void {
  for (const each of functions) {
    const value = (): never => {
      throw new NotThereError(`it is not allowed to use ${name}.${each}`, ALLOWED);
    };
    Object.defineProperty(module, each, { value, enumerable: true, configurable: false, writable: false });
  }
}
