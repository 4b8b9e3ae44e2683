import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import pino, { type Logger } from 'pino';
import { jsonLine, prettyLine } from './create-log.ts';
import { LogOutput } from './log-output.ts';
import { redactor } from './redact.ts';
import { createRelayedLog, relayLines } from './relay-log.ts';
import { RepeatLimit } from './repeat-limit.ts';

const SECRET = 'geheim-3"x';

let lines: string[];
let log: Logger;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  lines = [];
  const output = new LogOutput({
    write: (text) => void lines.push(text),
    format: jsonLine,
    redact: redactor([SECRET]),
    repeats: new RepeatLimit({ intervalMs: 60_000 }),
  });
  log = pino({ name: 'test', level: 'info' }, output);
});
afterEach(() => {
  vi.useRealTimers();
});

const records = () => lines.map((text) => JSON.parse(text) as Record<string, unknown>);

test('the number of repeats is told when their time is over, by itself', () => {
  for (let i = 0; i < 100; i++) log.warn({ i }, 'the disk is full');
  expect(records()).toMatchObject([{ i: 0, msg: 'the disk is full' }]);
  vi.advanceTimersByTime(60_000);
  expect(records()).toMatchObject([{ i: 0 }, { i: 99, repeated: 99 }]);
  expect(vi.getTimerCount()).toBe(0);
});

test('what was counted is told at the end', () => {
  log.warn({}, 'the disk is full');
  log.warn({}, 'the disk is full');
  log.flush();
  expect(records()).toMatchObject([{ msg: 'the disk is full' }, { repeated: 1 }]);
});

test('secrets are hidden in messages, members of any depth, and errors with their causes and stacks', () => {
  const error = new Error(`refused ${SECRET}`, { cause: new TypeError(`the reason is ${SECRET}`) });
  log.error({ err: error, config: { mqtt: [{ user: SECRET }], password: 'unknown' } }, `login with ${SECRET}`);
  const [text] = lines;
  expect(text).not.toContain('geheim');
  expect(text).not.toContain('unknown');
  expect(JSON.parse(text)).toMatchObject({
    msg: 'login with [redacted]',
    config: { mqtt: [{ user: '[redacted]' }], password: '[redacted]' },
    err: {
      type: 'Error',
      message: expect.stringContaining('refused [redacted]'),
      stack: expect.stringContaining('at '),
    },
  });
});

test('a line of another thread has its part, its level and its error', () => {
  const relay = relayLines(log, 'pipeline');
  const worker = createRelayedLog({ level: 'debug', post: (text) => relay(structuredClone(text)) });
  worker.child({ source: 'mqtt' }).error({ err: new RangeError(`no ${SECRET}`) }, 'it failed');
  worker.debug({}, 'not wanted here');
  expect(records()).toMatchObject([
    {
      level: 50,
      name: 'test',
      part: 'pipeline',
      source: 'mqtt',
      msg: 'it failed',
      err: { type: 'RangeError', message: 'no [redacted]' },
    },
  ]);
});

test('for people a line has no braces around it', () => {
  const output = new LogOutput({ write: (text) => void lines.push(text), format: prettyLine(), redact: redactor([]) });
  pino({ timestamp: pino.stdTimeFunctions.isoTime }, output).info({ url: 'http://127.0.0.1' }, 'the hub runs');
  expect(lines.join('')).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: the hub runs\n +url: "http:\/\/127\.0\.0\.1"\n$/);
});
