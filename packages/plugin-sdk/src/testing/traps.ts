import type { Rule } from './contract-error.ts';

export interface Trapped {
  readonly rule: Rule;
  /** What was called, and where. */
  readonly found: string;
}

interface Trap {
  readonly owner: object;
  readonly name: string;
  readonly rule: Rule;
  readonly shown: string;
  /** True where the call does nothing: what it would start has no end that a test could wait for. */
  readonly isStopped?: boolean;
}

const global = (name: string, rule: Rule, isStopped = false): Trap => {
  return { owner: globalThis, name, rule, shown: name, isStopped };
};
const of = (owner: object, name: string, rule: Rule, shown: string): Trap => ({ owner, name, rule, shown });

/** `Temporal.Now`, where there is one. */
const now: object | undefined = Reflect.get((Reflect.get(globalThis, 'Temporal') as object | undefined) ?? {}, 'Now');
const temporal = ['instant', 'plainDateISO', 'plainDateTimeISO', 'plainTimeISO', 'zonedDateTimeISO'];

const traps: readonly Trap[] = [
  ...(now ? temporal.map((name) => of(now, name, 'other clock', `Temporal.Now.${name}`)) : []),
  of(Date, 'now', 'other clock', 'Date.now'),
  of(performance, 'now', 'other clock', 'performance.now'),
  of(process, 'hrtime', 'other clock', 'process.hrtime'),
  of(Math, 'random', 'chance', 'Math.random'),
  of(crypto, 'randomUUID', 'chance', 'crypto.randomUUID'),
  of(crypto, 'getRandomValues', 'chance', 'crypto.getRandomValues'),
  global('setTimeout', 'timer', true),
  global('setInterval', 'timer', true),
  global('setImmediate', 'timer', true),
  global('queueMicrotask', 'asynchronous', true),
  { ...of(process, 'nextTick', 'asynchronous', 'process.nextTick'), isStopped: true },
  of(Promise.prototype, 'then', 'asynchronous', 'then of a promise'),
  global('fetch', 'asynchronous', true),
];

/** Does the work, and lists what it used of other clocks, of chance and of things that come later: each thing once. */
export function withTraps<T>(work: () => T): { result: T; trapped: Trapped[] } {
  const trapped = new Map<string, Trapped>();
  const note = (rule: Rule, shown: string): void => {
    if (!trapped.has(shown))
      trapped.set(shown, { rule, found: `the operator calls ${shown}${placeOf(new Error('for its stack'))}` });
  };
  const undo = [trapDate(note), ...traps.map((trap) => set(trap, note))];
  try {
    return { result: work(), trapped: [...trapped.values()] };
  } finally {
    for (const restore of undo.toReversed()) restore();
  }
}

type Note = (rule: Rule, shown: string) => void;

function set({ owner, name, rule, shown, isStopped = false }: Trap, note: Note): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  const original = Reflect.get(owner, name) as (...given: unknown[]) => unknown;
  Object.defineProperty(owner, name, {
    configurable: true,
    writable: true,
    value(this: unknown, ...given: unknown[]): unknown {
      note(rule, shown);
      return isStopped ? undefined : Reflect.apply(original, this, given);
    },
  });
  return () => {
    if (descriptor) Object.defineProperty(owner, name, descriptor);
    else Reflect.deleteProperty(owner, name);
  };
}

/** `new Date()` asks the clock, `new Date(time)` does not. */
function trapDate(note: Note): () => void {
  const original = globalThis.Date;
  globalThis.Date = new Proxy(original, {
    construct(target, given, newTarget) {
      if (given.length === 0) note('other clock', 'new Date()');
      return Reflect.construct(target, given, newTarget === globalThis.Date ? target : newTarget) as object;
    },
    apply() {
      note('other clock', 'Date()');
      return original();
    },
  });
  return () => {
    globalThis.Date = original;
  };
}

/** The first place of a stack that is neither here nor in a library. */
function placeOf({ stack = '' }: Error): string {
  const line = stack
    .split('\n')
    .slice(1)
    .find((line) => !line.includes(import.meta.filename) && !line.includes('node_modules') && !line.includes('node:'));
  return line ? ` ${line.trim()}` : '';
}
