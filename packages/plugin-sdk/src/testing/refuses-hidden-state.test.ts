import { Quality } from '@sluis/protocol';
import { map } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { ContractError } from './contract-error.ts';
import { innocent, violations } from './planted.ts';
import { planted } from './planted/plant.ts';
import { refusesHiddenState, refusesOutside } from './refuses-hidden-state.ts';
import { replaysExactly } from './replays-exactly.ts';
import { parse } from './text-form.ts';
import { wildLines } from './wild-lines.ts';

const given = `
  0s  b/t  1
  1s  a/t  2
  1s  c/t  3
  tick 2s
  2s  a/t  4
  3s  b/t  5  ?
  3s  b/on true
  tick 4s
  4s  c/t  6
  5s  a/t  7  r1
  6s  b/mode 'idle'
  tick 7s
`;

describe('an operator is refused that', () => {
  test.each(Object.entries(violations))('%s', async (_, { rule, says, operator }) => {
    const error: unknown = await refusesHiddenState(operator, {}, given).then(
      () => 'not refused',
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ContractError);
    expect(error).toMatchObject({ rule, message: expect.stringContaining(says) as string });
  });
});

describe('an operator passes that has', () => {
  test.each(Object.entries(innocent))('%s', async (_, operator) => {
    await refusesHiddenState(operator, {}, given);
    replaysExactly(operator, {}, given);
  });
});

test('what only bad samples lead to is found on a bad day', async () => {
  const operator = planted(() =>
    map((batch) => {
      if (batch.quality.includes(Quality.bad)) setTimeout(() => {});
      return batch;
    }),
  );
  const good = '0s a 1\n1s a 2\ntick 2s';
  await refusesHiddenState(operator, {}, good);
  await expect(refusesOutside(operator, {}, wildLines(parse(good), 1))).rejects.toMatchObject({ rule: 'timer' });
});
