import { z } from 'zod';
import type { OperatorDefinition } from './operator.ts';
import type { SourceDefinition } from './source.ts';

const NAME = /^[a-z][a-zA-Z0-9]*$/;
const TYPE = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const isTextual = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

/** Throws a TypeError that names the first key that is wrong: what is loaded from a file was checked by no compiler. */
export function checkOperator<Config, Input>(definition: OperatorDefinition<Config, Input>): void {
  const { name, names, examples = [] } = definition;
  const require = requirementsOf(`operator ${JSON.stringify(name)}`);
  require(typeof name === 'string' && NAME.test(name), 'name', 'letters and digits, the first a small letter', name);
  checkCommon(definition, require);
  const isNames = typeof names === 'function' || [undefined, 'kept', 'stream', 'chosen'].includes(names);
  require(isNames, 'names', "'kept', 'stream', 'chosen' or a function", names);
  require(Array.isArray(examples), 'examples', 'a list', examples);
  examples.forEach((example, i) => {
    const { title, given, expected } = example ?? {};
    require(isTextual(title), `examples[${i}].title`, 'text', title);
    require(typeof given === 'string', `examples[${i}].given`, 'text', given);
    require(typeof expected === 'string', `examples[${i}].expected`, 'text', expected);
  });
}

/** As {@link checkOperator}. */
export function checkSource<Config, Input>(definition: SourceDefinition<Config, Input>): void {
  const { type, outline, probe } = definition;
  const require = requirementsOf(`source ${JSON.stringify(type)}`);
  require(typeof type === 'string' &&
    TYPE.test(type), 'type', 'words of small letters and digits, with - between them', type);
  checkCommon(definition, require);
  for (const [key, method] of Object.entries({ outline, probe })) {
    require(method === undefined || typeof method === 'function', key, 'a function', method);
  }
}

type Require = (holds: boolean, key: string, what: string, found: unknown) => void;

function requirementsOf(who: string): Require {
  return (holds, key, what, found) => {
    if (!holds) throw new TypeError(`${who}: ${key} must be ${what}, and is ${shown(found)}`);
  };
}

function checkCommon(
  { version, summary, config, create }: { version: unknown; summary: unknown; config: unknown; create: unknown },
  require: Require,
): void {
  require(Number.isSafeInteger(version) && Number(version) > 0, 'version', 'a whole number from 1', version);
  require(isTextual(summary) && !summary.includes('\n'), 'summary', 'one line of text', summary);
  require(config instanceof z.ZodType, 'config', 'a schema of zod', config);
  require(typeof create === 'function', 'create', 'a function', create);
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  return typeof value === 'function' || typeof value === 'object' ? typeof value : JSON.stringify(value);
}
