import { configJsonSchema } from '@sluis/plugin-sdk';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { sources } from '../sources/index.ts';
import { configurationPage, section } from './reference.ts';
import { agentSchema } from './schema.ts';

const page = configurationPage('# agent.yaml\n');
const headings = [...page.matchAll(/^## `(\w+)/gm)].map(([, key]) => key);

test('sections come in the order of the schema, which is that of the flow', () => {
  expect(page.startsWith('# agent.yaml\n\n## `agent`')).toBe(true);
  expect(headings).toEqual(Object.keys(agentSchema.shape));
});

test('each type of source has a section of its own', () => {
  for (const { type } of sources) expect(page).toContain(`### \`sources.NAME\` with \`type: ${type}\``);
});

test.each([
  '| `id` | text | required | Identity of this agent: unique at the hub. |',
  '| `skew` | duration | `1d` |',
  '| `status` | address | `127.0.0.1:8090` |',
  '| `maxLine` | size | `64KiB` |',
  '| `presses` | whole number from 1 to 1000 | `3` |',
  '| `from` | text, or list of: text | required |',
  '| `unit` | `ns`, `us`, `ms`, `s` | `ms` |',
  '### `streams.NAME.steps[].window`',
  '| `lateness` | duration | `0s` |',
])('%s', (row) => expect(page).toContain(row));

test('what stands in a cell does not end it', () => {
  const cells = page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(/(?<!\\)\|/).length);
  expect(new Set(cells)).toEqual(new Set([6]));
});

test('a value that is a number, or keys, has both in its type, and a section of its keys', () => {
  const keys = z.strictObject({ percent: z.number().describe('Of the last value.') });
  const step = z.strictObject({ deadband: z.union([z.number(), keys]).optional().describe('Pass what differs.') });
  expect(section('step', configJsonSchema(step), 2).join('\n')).toBe(
    [
      '## `step`',
      '| key | type | default | what it is |',
      '| --- | --- | --- | --- |',
      '| `deadband` | number, or keys, see below |  | Pass what differs. |',
      '### `step.deadband`',
      'Pass what differs.',
      '| key | type | default | what it is |',
      '| --- | --- | --- | --- |',
      '| `percent` | number | required | Of the last value. |',
    ].join('\n'),
  );
});
