import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Share } from './share.ts';

test('while both wait the backlog has a fifth of the bytes, and no more than a message beyond it', () => {
  const sizes = fc.array(
    fc.record({ live: fc.integer({ min: 1, max: 999 }), backlog: fc.integer({ min: 1, max: 999 }) }),
    {
      minLength: 1,
      maxLength: 300,
    },
  );
  fc.assert(
    fc.property(sizes, fc.boolean(), (messages, room) => {
      const share = new Share();
      const sent = { live: 0, backlog: 0 };
      for (const size of messages) {
        const part = share.choose({ live: true, backlog: true, room });
        if (!part) throw new Error('nothing was chosen though both wait');
        share.sent(part, size[part], { live: true });
        sent[part] += size[part];
        expect(sent.backlog).toBeGreaterThanOrEqual(sent.live / 4 - 999 / 4);
        expect(sent.backlog).toBeLessThanOrEqual(sent.live / 4 + 999);
      }
    }),
  );
});

test("what live leaves is the backlog's as far as there is room, and is not held against its share", () => {
  const share = new Share();
  const alone = { live: false, backlog: true, room: true };
  for (let i = 0; i < 10; i++) {
    expect(share.choose(alone)).toBe('backlog');
    share.sent('backlog', 1000, alone);
  }
  expect(share.choose({ ...alone, room: false })).toBeUndefined();
  expect(share.choose({ ...alone, live: true })).toBe('live');
  share.sent('live', 4, { live: true });
  expect(share.choose({ ...alone, live: true })).toBe('backlog');
});

test("the share is the backlog's without room, too: what is live could take the whole line for ever", () => {
  const share = new Share();
  const both = { live: true, backlog: true, room: false };
  expect(share.choose(both)).toBe('live');
  share.sent('live', 4000, both);
  expect(share.choose({ ...both, live: false })).toBe('backlog');
  share.sent('backlog', 1000, { live: false });
  expect(share.choose({ ...both, live: false })).toBeUndefined();
});

test('without a backlog nothing is owed to one that comes later', () => {
  const share = new Share();
  share.sent('live', 1e9, { live: true });
  expect(share.choose({ live: true, backlog: false, room: true })).toBe('live');
  expect(share.choose({ live: true, backlog: true, room: true })).toBe('live');
});
