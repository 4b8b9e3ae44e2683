import { expect, test } from 'vitest';
import { sources } from '../sources/index.ts';
import { configurationPage } from './reference.ts';
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
