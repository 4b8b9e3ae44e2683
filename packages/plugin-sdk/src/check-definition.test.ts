import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineOperator, namesOf, type OperatorDefinition } from './operator.ts';
import { defineSource, type SourceDefinition } from './source.ts';

const operator: OperatorDefinition<unknown> = {
  name: 'smooth',
  version: 1,
  summary: 'Smooth each series.',
  config: z.unknown(),
  create: () => (input) => input,
};
const source: SourceDefinition<unknown> = {
  type: 'modbus-tcp',
  version: 1,
  summary: 'Registers of a device.',
  config: z.unknown(),
  create: () => expect.fail(),
};

test('what is right is returned as it is', () => {
  expect(defineOperator(operator)).toBe(operator);
  expect(defineSource(source)).toBe(source);
});

test.each<[Record<string, unknown>, string]>([
  [{ name: 'my-smooth' }, 'operator "my-smooth": name must be letters and digits, the first a small letter'],
  [
    { name: undefined },
    'operator undefined: name must be letters and digits, the first a small letter, and is missing',
  ],
  [{ version: 0 }, 'operator "smooth": version must be a whole number from 1, and is 0'],
  [{ version: '1' }, 'version must be a whole number from 1, and is "1"'],
  [{ summary: 'One.\nTwo.' }, 'summary must be one line of text'],
  [{ summary: undefined }, 'summary must be one line of text, and is missing'],
  [{ config: { weight: 1 } }, 'config must be a schema of zod, and is object'],
  [{ config: null }, 'config must be a schema of zod, and is object'],
  [{ names: 'own' }, "names must be 'kept', 'stream', 'chosen' or a function, and is \"own\""],
  [{ create: undefined }, 'create must be a function, and is missing'],
  [{ examples: {} }, 'examples must be a list, and is object'],
  [{ examples: [null] }, 'examples[0].title must be text, and is missing'],
  [
    {
      examples: [
        { title: 'A', config: {}, given: '', expected: '' },
        { title: 'B', config: {}, given: '' },
      ],
    },
    'examples[1].expected must be text, and is missing',
  ],
])('an operator with %o is refused', (wrong, message) => {
  expect(() => defineOperator({ ...operator, ...wrong } as typeof operator)).toThrow(message);
});

test.each<[Record<string, unknown>, string]>([
  [{ type: 'modbusTCP' }, 'source "modbusTCP": type must be words of small letters and digits, with - between them'],
  [{ summary: '' }, 'source "modbus-tcp": summary must be one line of text, and is ""'],
  [{ version: 1.5 }, 'source "modbus-tcp": version must be a whole number from 1, and is 1.5'],
  [{ config: undefined }, 'config must be a schema of zod, and is missing'],
  [{ create: {} }, 'create must be a function, and is object'],
  [{ outline: 'a file' }, 'outline must be a function, and is "a file"'],
])('a source with %o is refused', (wrong, message) => {
  expect(() => defineSource({ ...source, ...wrong } as typeof source)).toThrow(message);
});

test('names are kept unless an operator, or its configuration, says otherwise', () => {
  expect(namesOf(operator, {})).toBe('kept');
  expect(namesOf({ ...operator, names: 'stream' }, {})).toBe('stream');
  const byConfig = defineOperator({
    name: 'rename',
    version: 1,
    summary: 'Rename.',
    create: () => (input) => input,
    config: z.strictObject({ as: z.string().optional() }),
    names: ({ as }) => (as === undefined ? 'kept' : 'chosen'),
  });
  expect([namesOf(byConfig, {}), namesOf(byConfig, { as: 'x' })]).toEqual(['kept', 'chosen']);
});
