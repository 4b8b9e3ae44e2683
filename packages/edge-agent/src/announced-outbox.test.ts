import { expect, test } from 'vitest';
import { AnnouncedOutbox } from './announced-outbox.ts';
import type { OutboxCommit } from './log/log.ts';
import { StorageError } from './log/storage-error.ts';

const nothing: OutboxCommit = { segments: [], definitions: { first: 0, series: [] }, positions: {} };

test('says since when the outbox takes nothing, and why, until it does', async () => {
  let refusal: Error | undefined = new StorageError('quota', 'at its quota');
  let clock = 1;
  let grown = 0;
  const refused = (): never => expect.fail('not asked here');
  const outbox = new AnnouncedOutbox({
    outbox: {
      state: refused,
      definitions: refused,
      commit: () => (refusal ? Promise.reject(refusal) : Promise.resolve([1])),
    },
    grown: () => void grown++,
    now: () => clock++,
  });
  expect(outbox.wait).toBeNull();
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(outbox.commit(nothing)).rejects.toBe(refusal);
    expect(outbox.wait).toEqual({ since: 1, reason: 'at its quota' });
  }
  refusal = undefined;
  await outbox.commit(nothing);
  expect({ wait: outbox.wait, grown }).toEqual({ wait: null, grown: 1 });
});
