import type { Finding, Probe } from '@sluis/plugin-sdk';
import { expect, test } from 'vitest';
import { lookAtAll, type Need } from './needs.ts';

const { signal } = new AbortController();
const SOON_MS = 20;
const LATE_MS = 60_000;

function need(what: string, look: Probe['look']): Need {
  return { part: { kind: 'agent' }, probe: { need: what, look } };
}

const never = (): Promise<Finding> => new Promise(() => {});

test('what each look finds is told in the order of the needs', async () => {
  const looked = await lookAtAll(
    [
      need('one', async () => ({ there: true })),
      need('two', async () => ({ there: false, reason: 'gone', hint: 'look elsewhere' })),
      need('three', async () => Promise.reject(new Error('odd'))),
    ],
    { ms: LATE_MS, signal },
  );
  expect(looked.map(({ need, finding }) => [need, finding])).toEqual([
    ['one', { there: true }],
    ['two', { there: false, reason: 'gone', hint: 'look elsewhere' }],
    ['three', { there: false, reason: 'odd' }],
  ]);
});

test('a look that takes too long is ended, and one that does not heed it is not waited for', async () => {
  const heeding = need('heeds', (limit) => {
    const { promise, reject } = Promise.withResolvers<Finding>();
    limit.addEventListener('abort', () => reject(limit.reason));
    return promise;
  });
  const looked = await lookAtAll([heeding, need('does not', never)], { ms: SOON_MS, signal });
  const slow = { there: false, reason: 'no answer within 0.02 s' };
  expect(looked.map(({ finding }) => finding)).toEqual([slow, slow]);
});

test('all looks are made at once', async () => {
  const second = Promise.withResolvers<Finding>();
  const first = need('first', () => second.promise);
  const looked = await lookAtAll(
    [
      first,
      need('second', async () => {
        second.resolve({ there: true, detail: 'by the other' });
        return { there: true };
      }),
    ],
    { ms: LATE_MS, signal },
  );
  expect(looked[0].finding).toEqual({ there: true, detail: 'by the other' });
});

test('a stop ends them all', async () => {
  const stop = new AbortController();
  const looking = lookAtAll([need('never', never)], { ms: LATE_MS, signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(looking).rejects.toThrow('enough');
});
