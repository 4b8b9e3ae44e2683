import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { execPath } from 'node:process';
import { ANSWER_PIPE, decodeAnswer, type Fault, MAX_DEFINITION_BYTES } from './answer.ts';
import { withBoundedMemory } from './bounded-memory.ts';

/** An agent that is told to stop in the meantime still does so in time. */
const LIMIT_MS = 3_000;
const LIMIT_MIB = 64;
/** SQLite opens files by itself, and writes them wherever it is told: `--permission` does not hold for it. */
const NO_SQLITE = '--no-experimental-sqlite';

export interface EvaluationLimits {
  readonly ms?: number;
  /** Of heap; on Linux, 128 MiB more (of x64) bound the buffers and all else that the process has. */
  readonly mib?: number;
}

/** What is shown of what it prints, of each of its two streams. */
const MAX_PRINTED_BYTES = 64 << 10;

/** What a file of streams defines, or why it does not, and the lines that it printed. */
export type Evaluated = { readonly printed: readonly string[] } & (
  | { readonly definition: unknown; readonly fault?: undefined }
  | { readonly fault: Fault; readonly definition?: undefined }
);

/**
 * Evaluates a file of streams in a process of its own, which reads its folder and has neither environment nor network nor other
 * processes, and lives for so long, with so much memory, at most. Throws if the file is not there.
 */
export function evaluate(path: string, { ms = LIMIT_MS, mib = LIMIT_MIB }: EvaluationLimits = {}): Evaluated {
  const file = realpathSync(path);
  const script = join(import.meta.dirname, `evaluating-process${extname(import.meta.filename)}`);
  const readable = [`${dirname(file)}/`, `${import.meta.dirname}/`, join(import.meta.dirname, '../../../package.json')];
  const permissions = ['--permission', NO_SQLITE, ...readable.map((path) => `--allow-fs-read=${path}`)];
  const [command, ...args] = withBoundedMemory(mib, [
    execPath,
    ...permissions,
    `--max-old-space-size=${mib}`,
    script,
    file,
  ]);
  const { error, output, signal, status } = spawnSync(command, args, {
    cwd: dirname(file),
    env: {},
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    timeout: ms,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_DEFINITION_BYTES + 2 * MAX_PRINTED_BYTES,
  });
  const [, stdout, stderr] = output ?? [];
  const wasAborted = signal === 'SIGABRT';
  // Of such an end Node itself says more than is of use to somebody who writes streams.
  const isNodes = wasAborted || status === NEVER_SETTLED;
  const printed = [stdout, isNodes ? undefined : stderr].flatMap((bytes) => linesOf(bytes));
  const fault = (message: string, hint?: string): Evaluated => ({ printed, fault: { message, ...(hint && { hint }) } });
  const code = error && 'code' in error ? error.code : undefined;
  if (code === 'ETIMEDOUT') return fault(`it was not done after ${ms / 1_000} s`);
  if (code === 'ENOBUFS') return fault('it prints more than anybody reads', 'leave out what it prints');
  if (error) throw error;
  if (wasAborted) return fault(`it takes more than ${mib} MiB of memory`);
  const bytes = output[ANSWER_PIPE];
  const answer = Buffer.isBuffer(bytes) ? decodeAnswer(bytes) : undefined;
  if (!answer) return fault(status === NEVER_SETTLED ? 'it awaits what never comes' : endedEarly(status, signal));
  return { printed, ...answer };
}

/** Node's exit code for an `await` that nothing ends. */
const NEVER_SETTLED = 13;

function endedEarly(status: number | null, signal: string | null): string {
  return `its process ended by itself with ${signal ?? `code ${status}`}, before it had defined streams`;
}

function linesOf(bytes: Buffer | string | null | undefined): string[] {
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return [];
  const text = bytes.toString('utf8', 0, MAX_PRINTED_BYTES).trimEnd();
  const more = bytes.length > MAX_PRINTED_BYTES ? ['… and more'] : [];
  return text === '' ? more : [...text.split('\n'), ...more];
}
