import { expect, test } from 'vitest';
import { BacklogWindow } from './backlog-window.ts';

const MESSAGE = 32 << 10;
const CREDIT = 4 << 20;
const END_MS = 60_000;

/** A line that takes one byte after another and acks each message `delayMs` after its last: the time is simulated. */
function drive({ bytesPerSecond, delayMs }: { bytesPerSecond: number; delayMs: number }) {
  const window = new BacklogWindow(CREDIT);
  const underWay: { sentAt: number; ackedAt: number }[] = [];
  let [now, lineFreeAt, acked, longestWait] = [0, 0, 0, 0];
  while (now < END_MS) {
    while (window.hasRoom) {
      lineFreeAt = Math.max(lineFreeAt, now) + (MESSAGE / bytesPerSecond) * 1000;
      underWay.push({ sentAt: now, ackedAt: lineFreeAt + delayMs });
      window.sent(MESSAGE);
    }
    // What is sent live now would leave when the line is free.
    if (now > END_MS / 2) longestWait = Math.max(longestWait, lineFreeAt - now);
    const [first] = underWay.splice(0, 1);
    now = first.ackedAt;
    window.acked(MESSAGE, { sentAt: first.sentAt, now });
    acked += MESSAGE;
  }
  return { used: acked / (bytesPerSecond * (now / 1000)), longestWait };
}

test.each([
  ['a fast line', { bytesPerSecond: 50e6, delayMs: 1 }],
  ['a slow line', { bytesPerSecond: 500e3, delayMs: 50 }],
  ['a long way', { bytesPerSecond: 5e6, delayMs: 200 }],
  ['a very slow line', { bytesPerSecond: 100e3, delayMs: 300 }],
])('on %s the backlog fills the line, and what is live waits for it a second at most', (_, line) => {
  const { used, longestWait } = drive(line);
  expect(longestWait).toBeLessThan(1000);
  expect(used).toBeGreaterThan(0.7);
});

test('one message always goes', () => {
  const window = new BacklogWindow(0);
  window.sent(10 << 20);
  expect(window.hasRoom).toBe(false);
  window.acked(10 << 20, { sentAt: 0, now: 60_000 });
  expect(window.hasRoom).toBe(true);
});
