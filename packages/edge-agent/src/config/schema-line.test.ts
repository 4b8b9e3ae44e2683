import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { agentJsonSchema } from './json-schema.ts';
import { loadConfig } from './load.ts';

const root = join(import.meta.dirname, '../../../..');
const schema = join(root, 'docs/agent.schema.json');
const validate = new Ajv().compile(agentJsonSchema());

/** With a type of source from outside, which no agent knows until sources have hosts of their own, and so no schema. */
const fromOutside = 'examples/custom-source/agent.yaml';

const files = globSync('examples/*/*.yaml', { cwd: root })
  .filter((name) => name !== fromOutside)
  .map((name) => ({ name, number: 1, yaml: readFileSync(join(root, name), 'utf8') }));
const shown = globSync(['README.md', 'docs/**/*.md', 'examples/*/README.md'], { cwd: root }).flatMap((name) =>
  [...readFileSync(join(root, name), 'utf8').matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml], i) => ({
    name,
    number: i + 1,
    yaml,
  })),
);

/** Pages of operators show the steps of a stream, and no more of a file. */
const isSteps = ({ yaml }: { readonly yaml: string }) => yaml.startsWith('steps:');
const shownSteps = shown.filter(isSteps);
const shownFiles = shown.filter((one) => !isSteps(one));

test('there are files and pages to look at', () => {
  expect(files.length).toBeGreaterThan(0);
  expect(shownFiles.length).toBeGreaterThan(0);
  expect(shownSteps.length).toBeGreaterThan(0);
});

test('a source from outside is refused by its type, and by nothing else', () => {
  const load = () => loadConfig(join(root, fromOutside), { AGENT_DATA: './data' });
  expect(load).toThrow('sources.scales.type: there is no type "scale"');
  expect(load).toThrow(/^[^\n]*:\d+:\d+: sources\.scales\.type:(?![^]*\n\n)/);
});

test.each(shownSteps)('$name, $number: an editor accepts the steps that are there', ({ yaml }) => {
  const { streams, ...rest } = parse(readFileSync(join(root, 'examples/press-line/agent.yaml'), 'utf8'));
  const [stream] = Object.values<object>(streams);
  const file = { ...rest, streams: { shown: { ...stream, ...parse(yaml) } } };
  expect(validate(file), JSON.stringify(validate.errors)).toBe(true);
});

test.each([...files, ...shownFiles])(
  '$name, $number: an editor finds the schema, and accepts what is there',
  ({ name, yaml }) => {
    const [, path] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(yaml) ?? [];
    expect(path).toBeDefined();
    const found = resolve(root, dirname(name), path);
    expect(existsSync(found)).toBe(true);
    expect(found).toBe(schema);
    expect(yaml.startsWith('# yaml-language-server')).toBe(true);
    expect(validate(parse(yaml)), JSON.stringify(validate.errors)).toBe(true);
  },
);
