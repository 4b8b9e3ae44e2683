import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import type { Random } from '../e2e/random.ts';

/*
 * Time that passes only when nothing is left to do in it. Production code uses the process's own timers, clocks and
 * random numbers; a simulation replaces them for its whole process, so that what runs is what is shipped. Between two
 * tasks all promises settle: their order is the language's, so a seed gives one order of everything.
 */

/** A simulated process, or what stands for the world around them. What it left to do when it is killed is never done. */
export class Process {
  readonly name: string;
  alive = true;

  constructor(name: string) {
    this.name = name;
  }
}

interface Task {
  readonly at: number;
  readonly order: number;
  readonly process: Process;
  run: (() => void) | undefined;
}

/** What setTimeout and its kin return here. */
class Timer implements Disposable {
  task: Task | undefined;

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  [Symbol.dispose](): void {
    if (this.task) this.task.run = undefined;
    this.task = undefined;
  }
}

export class VirtualTime {
  readonly world = new Process('world');
  /** ms since the simulation began. */
  now = 0;
  /** On whose behalf what runs at the moment runs. */
  current = this.world;
  #order = 0;
  /** A binary heap: the next task comes first. */
  readonly #tasks: Task[] = [];

  /** Has something done later, on behalf of a process that lives then. */
  after(ms: number, run: () => void, process: Process = this.current): Task {
    const task = { at: this.now + Math.max(0, ms), order: this.#order++, process, run };
    this.#push(task);
    return task;
  }

  /** Runs what there is to do up to a time, or until `until` holds. */
  async pass(to: number, until: () => boolean = () => false): Promise<void> {
    while (!until()) {
      const [next] = this.#tasks;
      if (!next || next.at > to) break;
      this.#pop();
      const { run, process } = next;
      if (!run || !process.alive) continue;
      this.now = Math.max(this.now, next.at);
      this.current = process;
      run();
      await settled();
      this.current = this.world;
    }
    if (!until()) this.now = Math.max(this.now, to);
  }

  #push(task: Task): void {
    const tasks = this.#tasks;
    let at = tasks.length;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!before(task, tasks[parent])) break;
      tasks[at] = tasks[parent];
      at = parent;
    }
    tasks[at] = task;
  }

  #pop(): void {
    const tasks = this.#tasks;
    const last = tasks.pop();
    if (!last || tasks.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= tasks.length) break;
      if (child + 1 < tasks.length && before(tasks[child + 1], tasks[child])) child++;
      if (!before(tasks[child], last)) break;
      tasks[at] = tasks[child];
      at = child;
    }
    tasks[at] = last;
  }
}

function before(a: Task, b: Task): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** Node runs a tick when no promise has anything to do any more. */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

let time = new VirtualTime();
let random: Random | undefined;

/** From here on the process lives in this time, and all that it draws is drawn from `seeded`. */
export function enter(entered: VirtualTime, seeded: Random): void {
  time = entered;
  random = seeded;
}

/** Replaces what tells time, waits and draws in this process. Modules that keep a reference must be loaded after it. */
export function replaceGlobals(): void {
  const start = (ms: number, run: () => void): Timer => {
    const timer = new Timer();
    timer.task = time.after(ms, run);
    return timer;
  };
  const clear = (timer: Timer | undefined): void => timer?.[Symbol.dispose]();
  const every = (run: () => void, ms: number): Timer => {
    const timer = new Timer();
    const again = (): void => {
      timer.task = time.after(ms, again);
      run();
    };
    timer.task = time.after(ms, again);
    return timer;
  };
  const draw = (): number => (random ? random.next() : 0);
  type Arguments = readonly unknown[];
  type Callback = (...args: Arguments) => void;
  Object.assign(globalThis, {
    setTimeout: (run: Callback, ms = 0, ...args: Arguments) => start(Math.max(1, ms), () => run(...args)),
    setInterval: (run: Callback, ms = 1, ...args: Arguments) => every(() => run(...args), Math.max(1, ms)),
    setImmediate: (run: Callback, ...args: Arguments) => start(0, () => run(...args)),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  });
  Object.assign(timers, { setTimeout: sleep });
  Object.assign(crypto, {
    randomBytes: (size: number) => Buffer.from(Array.from({ length: size }, () => Math.floor(draw() * 256))),
  });
  syncBuiltinESMExports();
  Math.random = draw;
  performance.now = () => time.now;
}

function sleep(ms: number, value?: unknown, { signal }: { signal?: AbortSignal } = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve(value);
    }, ms);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
