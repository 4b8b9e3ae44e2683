import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { hrtime } from 'node:process';
import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as later } from 'node:timers';
import { setTimeout as pause } from 'node:timers/promises';
import { noRows, noWatermarks, type SampleBatch } from '@sluis/protocol';
import {
  asapScheduler,
  bufferTime,
  concatMap,
  debounceTime,
  delay,
  filter,
  from,
  map,
  mergeMap,
  type Observable,
  observeOn,
  startWith,
  Subject,
} from 'rxjs';
import { carrying } from '../../columns/carrying.ts';
import type { OperatorDefinition } from '../../operator.ts';
import type { Rule } from '../contract-error.ts';
import { type Planted, planted, withValues } from './plant.ts';

const nothing: SampleBatch = carrying(
  { ...noRows, position: 0, tick: 0, horizon: 0, watermarks: noWatermarks },
  noRows,
);

/** The project's TypeScript does not know it yet. */
const temporal = Reflect.get(globalThis, 'Temporal') as { Now: { instant(): unknown } };
const format = new Intl.DateTimeFormat('en');

/** As a module gets hold of them before anybody looks. */
const clock = performance.now.bind(performance);
const chance = Math.random;
const captured = setTimeout;

/** Asks something with each batch, and does nothing with it. */
function asking(rule: Rule, says: string, ask: () => unknown): Planted[string] {
  return { rule, says, operator: planted(() => filter(() => ask() !== nothing)) };
}

/** Emits each batch when something that was started with it calls back. */
function emitting(rule: Rule, says: string, start: (emit: () => void) => unknown): Planted[string] {
  const operator: OperatorDefinition<object, object> = planted(() => (batches: Observable<SampleBatch>) => {
    const results = new Subject<SampleBatch>();
    batches.subscribe((batch) => void start(() => results.next(batch)));
    return results;
  });
  return { rule, says, operator };
}

/** Operators that take what a replay would not find again, or emit later. */
export const ofOutside: Planted = {
  'Date.now': asking('other clock', 'Date.now', () => Date.now()),
  'new Date()': asking('other clock', 'new Date()', () => new Date()),
  'Temporal.Now': asking('other clock', 'Temporal.Now.instant', () => temporal.Now.instant()),
  'performance.now': asking('other clock', 'performance.now', () => performance.now()),
  'process.hrtime': asking('other clock', 'process.hrtime', () => process.hrtime()),
  'process.hrtime.bigint': asking('other clock', 'process.hrtime.bigint', () => process.hrtime.bigint()),
  'hrtime of node:process': asking('other clock', 'process.hrtime', () => hrtime()),
  'process.uptime': asking('other clock', 'process.uptime', () => process.uptime()),
  'a date format without a date': asking('other clock', 'Intl.DateTimeFormat.format', () => format.format()),
  'parts of no date': asking('other clock', 'Intl.DateTimeFormat.formatToParts', () => format.formatToParts()),
  'a clock that was got hold of before': {
    rule: 'shared state',
    says: 'when it is run again',
    operator: planted(() => map((batch) => withValues(batch, () => clock()))),
  },
  'Math.random': asking('chance', 'Math.random', () => Math.random()),
  'crypto.randomUUID': asking('chance', 'crypto.randomUUID', () => crypto.randomUUID()),
  'randomBytes of node:crypto': asking('chance', 'node:crypto.randomBytes', () => randomBytes(1)),
  'randomInt of node:crypto': asking('chance', 'node:crypto.randomInt', () => randomInt(9)),
  'chance that was got hold of before': {
    rule: 'shared state',
    says: 'and no chance',
    operator: planted(() => map((batch) => withValues(batch, () => chance()))),
  },
  'a file': asking('outside', 'node:fs.readFileSync', () => readFileSync(import.meta.filename)),
  'the hour where the machine is': asking('outside', 'Date.getHours', () => new Date(0).getHours()),
  'a date where the machine is': asking('outside', 'new Date() of parts', () => new Date(2026, 0)),
  'a date in words where the machine is': asking('outside', 'Date.toLocaleString', () => new Date(0).toLocaleString()),
  'process.pid': asking('outside', 'process.pid', () => process.pid),
  'process.cpuUsage': asking('outside', 'process.cpuUsage', () => process.cpuUsage()),
  'the name of the machine': asking('outside', 'node:os.hostname', () => hostname()),
  bufferTime: {
    rule: 'timer',
    says: 'setInterval',
    operator: planted(
      () => (batches) =>
        batches.pipe(
          bufferTime(10),
          concatMap((list) => from(list)),
        ),
    ),
  },
  delay: { rule: 'timer', says: 'setInterval', operator: planted(() => delay(1)) },
  debounceTime: { rule: 'timer', says: 'setInterval', operator: planted(() => debounceTime(1)) },
  asapScheduler: { rule: 'asynchronous', says: 'promise', operator: planted(() => observeOn(asapScheduler)) },
  startWith: { rule: 'asynchronous', says: 'when none was given to it', operator: planted(() => startWith(nothing)) },
  'setTimeout emits': emitting('timer', 'setTimeout', (emit) => setTimeout(emit)),
  'setTimeout that was got hold of before emits': emitting('timer', 'setTimeout', (emit) => captured(emit)),
  'setTimeout of node:timers emits': emitting('timer', 'setTimeout', (emit) => later(emit)),
  'setImmediate of node:timers emits': emitting('timer', 'setImmediate', (emit) => nextTurn(emit)),
  'setTimeout of node:timers/promises emits': emitting('timer', 'setTimeout', (emit) => pause(1).then(emit)),
  'AbortSignal.timeout emits': emitting('timer', 'setTimeout', (emit) =>
    AbortSignal.timeout(1).addEventListener('abort', emit),
  ),
  'queueMicrotask emits': emitting('asynchronous', 'queueMicrotask', (emit) => queueMicrotask(emit)),
  'process.nextTick emits': emitting('asynchronous', 'process.nextTick', (emit) => process.nextTick(emit)),
  'a stream emits': emitting('asynchronous', 'by a stream', (emit) => new PassThrough().on('data', emit).end('a')),
  'a message port emits': emitting('asynchronous', 'MESSAGEPORT', (emit) => {
    const { port1, port2 } = new MessageChannel();
    const heard = (): void => {
      emit();
      port2.close();
    };
    port2.addEventListener('message', heard);
    port2.start();
    port1.postMessage('');
  }),
  'a promise emits': {
    rule: 'asynchronous',
    says: 'a promise',
    operator: planted(() => mergeMap((batch) => Promise.resolve(batch))),
  },
  'an async function emits': emitting('asynchronous', 'a promise', async (emit) => {
    await nothing;
    emit();
  }),
};
