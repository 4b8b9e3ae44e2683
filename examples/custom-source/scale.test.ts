import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EPOCH, FakeContext, type Machine, sourceConformance, until } from '@sluis/plugin-sdk/testing';
import { expect, test } from 'vitest';
import { picture } from './picture.ts';
import { ScaleSimulator } from './scale-simulator.ts';
import scale from './scale.ts';

// What every source has to pass: it is there when the scale comes, acknowledges what is durable, loses nothing, and stops in time.
sourceConformance(scale, { arrange });

async function arrange(): Promise<Machine> {
  const simulator = await ScaleSimulator.absent();
  let weighed = 0;
  return {
    config: { address: simulator.address },
    appear: () => simulator.listen(),
    send: async (count) => {
      for (let i = 0; i < count; i++) simulator.weigh('belt-1', EPOCH + ++weighed, 12.5);
    },
    acknowledged: () => simulator.acknowledged,
    [Symbol.asyncDispose]: () => simulator[Symbol.asyncDispose](),
  };
}

test('what is no weighing is counted, with an example, and what follows is read', async () => {
  await using simulator = await ScaleSimulator.absent();
  await simulator.listen();
  const context = new FakeContext(scale.config.parse({ address: simulator.address }));
  await using source = scale.create(context);
  await source.start();
  await until('it is connected', () => context.current === 'running');
  simulator.say('E 21 overload');
  simulator.weigh('belt-2', EPOCH, 3.25);
  await until('it is kept', () => context.samples.length > 0);
  expect(context.samples).toMatchObject([{ series: 'lab/source/belt-2', value: 3.25, unit: 'kg', time: 0 }]);
  expect(context.rejected).toEqual([{ reason: 'no weighing', count: 1, example: 'E 21 overload' }]);
});

test('the picture shows what a scale has said while the journal was full for a while', async () => {
  expect(readFileSync(join(import.meta.dirname, 'picture.svg'), 'utf8')).toBe(await picture());
});
