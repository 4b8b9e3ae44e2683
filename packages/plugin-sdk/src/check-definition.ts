import { z } from 'zod';
import type { OperatorDefinition } from './operator.ts';

const NAME = /^[a-z][a-zA-Z0-9]*$/;

/** Throws a TypeError that names the first key that is wrong: what is loaded from a file was checked by no compiler. */
export function checkDefinition<Config, Input>(definition: OperatorDefinition<Config, Input>): void {
  const { name, version, summary, config, names, examples = [], create } = definition;
  const require = (holds: boolean, key: string, what: string, found: unknown): void => {
    if (!holds) throw new TypeError(`operator ${JSON.stringify(name)}: ${key} must be ${what}, and is ${shown(found)}`);
  };
  const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
  require(typeof name === 'string' && NAME.test(name), 'name', 'letters and digits, the first a small letter', name);
  require(Number.isSafeInteger(version) && version > 0, 'version', 'a whole number from 1', version);
  require(isText(summary) && !summary.includes('\n'), 'summary', 'one line of text', summary);
  require(config instanceof z.ZodType, 'config', 'a schema of zod', config);
  const isNames = typeof names === 'function' || [undefined, 'kept', 'stream', 'chosen'].includes(names);
  require(isNames, 'names', "'kept', 'stream', 'chosen' or a function", names);
  require(typeof create === 'function', 'create', 'a function', create);
  require(Array.isArray(examples), 'examples', 'a list', examples);
  examples.forEach((example, i) => {
    for (const key of ['title', 'given', 'expected'] as const) {
      const isGiven = key === 'title' ? isText(example[key]) : typeof example[key] === 'string';
      require(isGiven, `examples[${i}].${key}`, 'text', example[key]);
    }
  });
}

function shown(value: unknown): string {
  return typeof value === 'function' || typeof value === 'object' ? typeof value : (JSON.stringify(value) ?? 'missing');
}
