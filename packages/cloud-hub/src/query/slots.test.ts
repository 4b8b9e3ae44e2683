import { expect, test } from 'vitest';
import { Slots } from './slots.ts';

test('who has gone before it is its turn takes no place', async () => {
  const slots = new Slots({ concurrent: 1, waiting: 1 });
  const gone = AbortSignal.abort(new Error('gone'));
  await expect(slots.enter(gone)).rejects.toThrow('gone');
  const leaving = new AbortController();
  {
    using _running = await slots.enter(leaving.signal);
    await expect(slots.enter(gone)).rejects.toThrow('gone');
    const waiting = slots.enter(leaving.signal);
    leaving.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
  }
  using _next = await slots.enter(new AbortController().signal);
});
