import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Entrance } from './entrance.ts';

const now = (): number => 0;
const one = { bytes: 1, samples: 10, live: false };
const live = { ...one, live: true };

/** Who asks for room, and the names of those that got it, in order. */
function asking(entrance: Entrance) {
  const entered: string[] = [];
  const ask = (name: string, what = one, signal?: AbortSignal): Promise<void> =>
    entrance.enter(what, signal).then(() => void entered.push(name));
  return { entered, ask };
}

test('what is live enters before a backlog that waits, each in order of arrival', async () => {
  using entrance = new Entrance({ fits: (_, { bytes }) => bytes < 1, now });
  const { entered, ask } = asking(entrance);
  const asked = [ask('first'), ask('old 1'), ask('old 2'), ask('new 1', live), ask('old 3'), ask('new 2', live)];
  for (let i = 1; i <= asked.length; i++) {
    await setImmediate();
    expect(entered.length).toBe(i);
    expect(entrance.within).toEqual({ bytes: 1, samples: 10 });
    entrance.leave(one);
  }
  await Promise.all(asked);
  expect(entered).toEqual(['first', 'new 1', 'new 2', 'old 1', 'old 2', 'old 3']);
  expect(entrance.within).toEqual({ bytes: 0, samples: 0 });
});

test('what is live passes a backlog that has no room, and no other that is live', async () => {
  using entrance = new Entrance({ fits: (asked, { bytes }) => asked.live && bytes < 1, now });
  const { entered, ask } = asking(entrance);
  const gone = new AbortController();
  const backlog = ask('old', one, gone.signal);
  const asked = [ask('new 1', live), ask('new 2', live)];
  await setImmediate();
  expect(entered).toEqual(['new 1']);
  entrance.leave(live);
  await Promise.all(asked);
  expect(entered).toEqual(['new 1', 'new 2']);
  gone.abort(new Error('the session has ended'));
  await expect(backlog).rejects.toThrow('the session has ended');
});

test('a backlog that finds no room for long goes on all the same, a segment at a time', async () => {
  let time = 0;
  using entrance = new Entrance({ fits: ({ live: asLive }) => asLive, now: () => time });
  const { entered, ask } = asking(entrance);
  const asked = ['old 1', 'old 2', 'old 3'].map((name) => ask(name));
  await ask('new', live);
  for (const count of [1, 2, 3]) {
    time += 1999;
    entrance.leave(live);
    await setImmediate();
    expect(entered).toHaveLength(count);
    time += 1;
    entrance.leave(one);
    await setImmediate();
    expect(entered).toHaveLength(count + 1);
  }
  await Promise.all(asked);
  expect(entered).toEqual(['new', 'old 1', 'old 2', 'old 3']);
});

test('room that is made elsewhere is found', async () => {
  let room = false;
  using entrance = new Entrance({ fits: () => room, now });
  const { ask } = asking(entrance);
  const asked = ask('one');
  room = true;
  await asked;
  expect(entrance.within.samples).toBe(10);
});
