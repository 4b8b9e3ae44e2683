import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MOST_OUTPUT = 1 << 20;

/** Runs a program of `benchmarks` to its end, and returns the JSON that it prints. */
export async function jsonOf(script: string, args: readonly string[]): Promise<unknown> {
  const path = join(import.meta.dirname, '..', script);
  const { stdout } = await promisify(execFile)(process.execPath, [path, ...args], { maxBuffer: MOST_OUTPUT });
  return JSON.parse(stdout);
}
