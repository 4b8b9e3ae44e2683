import { createHook } from 'node:async_hooks';
import childProcess from 'node:child_process';
import nodeCrypto from 'node:crypto';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
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
  /** True where the call does nothing: what it would start nobody waits for. */
  readonly isStopped?: boolean;
  /** Unless given, each call counts. */
  readonly counts?: (given: readonly unknown[]) => boolean;
}

const all = (rule: Rule, shown: string, owner: object, names: readonly string[]): Trap[] =>
  names.map((name) => ({ owner, name, rule, shown: `${shown}${name}` }));
/** Not all of them are there on each system. */
const functionsOf = (owner: object): string[] =>
  Object.keys(owner).filter((name) => typeof Reflect.get(owner, name) === 'function');
const synchronous = (owner: object): string[] => functionsOf(owner).filter((name) => name.endsWith('Sync'));

/** `Temporal.Now`, where there is one. */
const now: object | undefined = Reflect.get((Reflect.get(globalThis, 'Temporal') as object | undefined) ?? {}, 'Now');
const temporal = ['instant', 'plainDateISO', 'plainDateTimeISO', 'plainTimeISO', 'zonedDateTimeISO'];
const random = ['randomBytes', 'randomFill', 'randomFillSync', 'randomInt', 'randomUUID'];
/** What a date is in the zone of the machine. */
const fields = ['getFullYear', 'getMonth', 'getDate', 'getDay', 'getHours', 'getMinutes', 'getTimezoneOffset'];
const local = [...fields, 'toString', 'toDateString', 'toTimeString'];
const inWords = ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'];
const ofProcess = ['cpuUsage', 'memoryUsage', 'resourceUsage', 'cwd'];
const isWithoutZone = ([, options]: readonly unknown[]): boolean =>
  (options as Intl.DateTimeFormatOptions | undefined)?.timeZone === undefined;
const isOfNow = ([time]: readonly unknown[]): boolean => time === undefined;

const traps: readonly Trap[] = [
  ...(now ? all('other clock', 'Temporal.Now.', now, temporal) : []),
  ...all('other clock', 'Date.', Date, ['now']),
  ...all('other clock', 'performance.', performance, ['now']),
  ...all('other clock', 'process.hrtime.', process.hrtime, ['bigint']),
  ...all('other clock', 'process.', process, ['hrtime', 'uptime']),
  ...all('other clock', 'Intl.DateTimeFormat.', Intl.DateTimeFormat.prototype, ['formatToParts']).map((trap) => ({
    ...trap,
    counts: isOfNow,
  })),
  ...all('chance', 'Math.', Math, ['random']),
  ...all('chance', 'crypto.', crypto, ['randomUUID', 'getRandomValues']),
  ...all('chance', 'node:crypto.', nodeCrypto, random),
  ...all('outside', 'node:fs.', fs, synchronous(fs)),
  ...all('outside', 'Date.', Date.prototype, local),
  ...all('outside', 'Date.', Date.prototype, inWords).map((trap) => ({ ...trap, counts: isWithoutZone })),
  ...all('outside', 'process.', process, ofProcess),
  ...all('outside', 'node:os.', os, functionsOf(os)),
  ...all('outside', 'node:child_process.', childProcess, synchronous(childProcess)),
  ...all('asynchronous', '', globalThis, ['fetch']).map((trap) => ({ ...trap, isStopped: true })),
];

/** What Node calls things that go on later, and what an author calls them. */
const later: Readonly<Record<string, { rule: Rule; shown: string }>> = {
  Timeout: { rule: 'timer', shown: 'setTimeout or setInterval' },
  Immediate: { rule: 'timer', shown: 'setImmediate' },
  Microtask: { rule: 'asynchronous', shown: 'queueMicrotask' },
  TickObject: { rule: 'asynchronous', shown: 'process.nextTick, maybe by a stream,' },
  PROMISE: { rule: 'asynchronous', shown: 'a promise' },
  // Also where they do not come later.
  RANDOMBYTESREQUEST: { rule: 'chance', shown: 'random bytes' },
};

/** Node does these itself: what is written to the console, or loaded as a module, is not the operator's. */
const OF_NODE = /node:internal\/(?:console|modules)/;
/** Calls through which it is looked who has made them: there are a dozen in a stream of Node. */
const DEPTH = 50;

/**
 * Does the work, and lists what it used of other clocks, of chance, of files and of things that come later: each thing once. Things
 * that come later are found however they were got; the others where they are called by their names, not by a copy of the function
 * that was made before.
 */
export function withTraps<T>(work: () => T): { result: T; trapped: Trapped[] } {
  const trapped = new Map<string, Trapped>();
  let isNoting = false;
  const note: Note = (rule, shown) => {
    // To tell the place may itself read a file.
    if (isNoting || trapped.has(shown)) return;
    isNoting = true;
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = DEPTH;
    const { stack = '' } = new Error('for its stack');
    Error.stackTraceLimit = stackTraceLimit;
    isNoting = false;
    if (!OF_NODE.test(stack)) trapped.set(shown, { rule, found: `the operator uses ${shown}${placeOf(stack)}` });
  };
  const started: object[] = [];
  const hook = createHook({
    init(_, type, __, resource) {
      const { rule, shown } = later[type] ?? { rule: 'asynchronous', shown: `what Node calls ${type}` };
      if (rule === 'timer') started.push(resource);
      note(rule, shown);
    },
  });
  const undo = [trapDate(note), trapFormat(note), trapPid(note), ...traps.map((trap) => set(trap, note))];
  syncBuiltinESMExports();
  hook.enable();
  try {
    return { result: work(), trapped: [...trapped.values()] };
  } finally {
    hook.disable();
    for (const restore of undo.toReversed()) restore();
    syncBuiltinESMExports();
    for (const timer of started) {
      clearTimeout(timer as NodeJS.Timeout);
      clearImmediate(timer as NodeJS.Immediate);
    }
  }
}

type Note = (rule: Rule, shown: string) => void;

function set({ owner, name, rule, shown, isStopped = false, counts = () => true }: Trap, note: Note): () => void {
  const original = Reflect.get(owner, name) as (...given: unknown[]) => unknown;
  return define(owner, name, {
    writable: true,
    value: new Proxy(original, {
      apply(target, self, given) {
        if (counts(given)) note(rule, shown);
        return isStopped ? undefined : Reflect.apply(target, self, given);
      },
    }),
  });
}

/** Gives a property of another's. Returns what puts back that which was there. */
function define(owner: object, name: string, property: PropertyDescriptor): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { configurable: true, enumerable: before?.enumerable ?? false, ...property });
  return () => {
    if (before) Object.defineProperty(owner, name, before);
    else Reflect.deleteProperty(owner, name);
  };
}

/** `new Date()` asks the clock, `new Date(time)` does not, and `new Date(year, month)` asks the zone of the machine. */
function trapDate(note: Note): () => void {
  const original = globalThis.Date;
  globalThis.Date = new Proxy(original, {
    construct(target, given, newTarget) {
      if (given.length === 0) note('other clock', 'new Date()');
      if (given.length > 1) note('outside', 'new Date() of parts');
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

/** `format` of a date format is a function that a getter makes: without a time it asks the clock. */
function trapFormat(note: Note): () => void {
  const owner = Intl.DateTimeFormat.prototype;
  const { get } = Object.getOwnPropertyDescriptor(owner, 'format') ?? {};
  return define(owner, 'format', {
    get(this: Intl.DateTimeFormat) {
      const format = get?.call(this) as Intl.DateTimeFormat['format'];
      return (...given: Parameters<typeof format>) => {
        if (isOfNow(given)) note('other clock', 'Intl.DateTimeFormat.format');
        return format(...given);
      };
    },
  });
}

/** A number of the process is not called. */
function trapPid(note: Note): () => void {
  const { pid } = process;
  return define(process, 'pid', {
    get() {
      note('outside', 'process.pid');
      return pid;
    },
  });
}

/** The first place of a stack that is neither here nor in a library. */
function placeOf(stack: string): string {
  const line = stack
    .split('\n')
    .slice(1)
    .find((line) => !line.includes(import.meta.filename) && !line.includes('node_modules') && !line.includes('node:'));
  return line ? ` ${line.trim()}` : '';
}
