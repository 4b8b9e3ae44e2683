import { UserError } from '@sluis/runtime';
import { expect, test } from 'vitest';
import { argumentsOf } from './arguments.ts';
import { choose } from './choose.ts';

test('Without options all scenarios run, and nothing is written', () => {
  expect(argumentsOf([])).toMatchObject({ names: [], strict: false, list: false, help: false });
  expect(argumentsOf([]).html).toBeUndefined();
});

test('A report goes beside the JSON, unless it is given a place', () => {
  expect(argumentsOf(['codec', '--json', 'out/now.json'])).toMatchObject({ names: ['codec'], html: 'out/now.html' });
  expect(argumentsOf(['--json', 'now.json', '--html', 'then.html']).html).toBe('then.html');
});

test('What is not understood is said to a person', async () => {
  expect(() => argumentsOf(['--jsn', 'x'])).toThrow(UserError);
  await expect(choose(['codek'])).rejects.toMatchObject({ hint: 'did you mean "codec"?' });
});
