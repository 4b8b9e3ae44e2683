import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UserError } from '@sluis/runtime';

/** A program is given this long to end in order. */
const STOP_MS = 4_000;
/** What is kept of a program's log, to be shown if it fails. */
const LAST_WORDS_CHARACTERS = 4_000;

const child = new URL('./child.ts', import.meta.url).href;

export interface ProgramOptions {
  readonly name: string;
  readonly entry: URL;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A process of its own that ends when it is disposed of, or when this process ends in whatever way. */
export class Program implements AsyncDisposable {
  readonly name: string;
  /** Rejects when the program ends without having been asked to. */
  readonly failed: Promise<never>;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #kill = (): void => void this.#process.kill('SIGKILL');
  #lastWords = '';
  #stopping = false;

  private constructor(name: string, process: ChildProcess) {
    this.name = name;
    this.#process = process;
    const ended = Promise.withResolvers<void>();
    const failed = Promise.withResolvers<never>();
    this.#ended = ended.promise;
    this.failed = failed.promise;
    // Who does not look at it has not missed it: the exit is awaited when the program is disposed of.
    this.failed.catch(() => {});
    const hear = (words: Buffer): void => {
      this.#lastWords = (this.#lastWords + words.toString()).slice(-LAST_WORDS_CHARACTERS);
    };
    process.stdout?.on('data', hear);
    process.stderr?.on('data', hear);
    process.stdin?.on('error', () => {
      // It has gone already; its exit tells why.
    });
    process.once('error', (cause) => failed.reject(this.#failure(`cannot be started: ${cause.message}`)));
    process.once('close', (code, signal) => {
      ended.resolve();
      if (!this.#stopping) failed.reject(this.#failure(signal ? `was ended by ${signal}` : `ended with code ${code}`));
    });
    // First of all that is done then: what they use may be taken away after.
    globalThis.process.prependOnceListener('exit', this.#kill);
  }

  /** The end of its log. */
  get lastWords(): string {
    return this.#lastWords.trimEnd();
  }

  static start({ name, entry, args, env = {} }: ProgramOptions): Program {
    const command = ['--import', child, fileURLToPath(entry), ...args];
    const started = spawn(process.execPath, command, {
      stdio: 'pipe',
      env: { ...process.env, ...env },
      // Out of the terminal's reach: Ctrl-C is for this process, which then ends its programs.
      detached: process.platform !== 'win32',
    });
    return new Program(name, started);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    this.#process.stdin?.end();
    const late = setTimeout(this.#kill, STOP_MS);
    if (this.#process.pid !== undefined) await this.#ended;
    clearTimeout(late);
    process.off('exit', this.#kill);
  }

  #failure(what: string): UserError {
    return new UserError({ what: `${this.name} ${what}\n${this.lastWords}` });
  }
}
