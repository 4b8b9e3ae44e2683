import { checkTypes, ExpressionError, Variables } from './check.ts';
import type { VariableCode } from './code.ts';
import { Compiler } from './compiler.ts';
import { helpers } from './helpers.ts';

let known: Variables | undefined;

/** What an expression over two joined samples can name: made when there is one. */
const ofPair = (): Variables =>
  (known ??= new Variables(
    { left: 'double', right: 'double', label: 'string', time: 'google.protobuf.Timestamp' },
    'a pair has left and right, or label where the right is a text, and time',
  ));

const variableOfPair: VariableCode = (name, scope) => {
  switch (name) {
    case 'left':
      return { type: 'double', js: 'left', ok: 'true' };
    case 'right':
      return { type: 'double', js: 'right', ok: String(scope === 'number') };
    case 'label':
      return { type: 'string', js: 'label', ok: String(scope === 'text') };
    case 'time':
      return { type: 'timestamp', js: 'time', ok: 'true' };
    default:
      return undefined;
  }
};

/** `label`: undefined where the right is a number. Undefined where the expression needs the one that is not there. */
export type PairValue = (
  left: number,
  right: number,
  label: string | undefined,
  time: number,
) => number | string | boolean | undefined;

/** An expression whose value is a number, a text, or true or false. Throws {@link ExpressionError}. */
export function compilePairValue(expression: string): PairValue {
  return compileValue(expression, ofPair(), variableOfPair, ['left', 'right', 'label', 'time']) as PairValue;
}

/** What a left series was while its right one kept its value. */
export interface Stretch {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly integral: number;
  readonly duration: number;
  readonly right: number;
}

const numbersOfStretch = ['count', 'min', 'max', 'mean', 'integral', 'duration'];

let knownOfStretch: Variables | undefined;

const ofStretch = (): Variables =>
  (knownOfStretch ??= new Variables(
    {
      ...Object.fromEntries([...numbersOfStretch, 'right'].map((name) => [name, 'double' as const])),
      label: 'string',
      time: 'google.protobuf.Timestamp',
    },
    'a stretch has count, min, max, mean, integral, duration, time, and right, or label where the right is a text',
  ));

const variableOfStretch: VariableCode = (name, scope) => {
  if (numbersOfStretch.includes(name)) return { type: 'double', js: `stretch.${name}`, ok: 'true' };
  if (name === 'right') return { type: 'double', js: 'stretch.right', ok: String(scope === 'number') };
  return variableOfPair(name, scope);
};

/** As {@link PairValue}. */
export type StretchValue = (
  stretch: Stretch,
  label: string | undefined,
  time: number,
) => number | string | boolean | undefined;

/** As {@link compilePairValue}. */
export function compileStretchValue(expression: string): StretchValue {
  return compileValue(expression, ofStretch(), variableOfStretch, ['stretch', 'label', 'time']) as StretchValue;
}

/** `label` must be among the parameters. */
function compileValue(
  expression: string,
  variables: Variables,
  codeOf: VariableCode,
  parameters: readonly string[],
): (...given: never[]) => number | string | boolean | undefined {
  const { ast, type } = checkTypes(expression, variables);
  if (!['double', 'int', 'string', 'bool'].includes(type)) {
    throw new ExpressionError(
      expression,
      ast.start,
      `must be a number, a text, or true or false, but is of type ${type}`,
    );
  }
  const compiler = new Compiler(expression, codeOf);
  const [number, text] = (['number', 'text'] as const).map((scope) => {
    const code = compiler.code(ast, scope);
    if (code.type !== 'bool') return `${code.ok} ? ${code.js} : undefined`;
    return `${code.yes} ? true : ${code.no === undefined ? 'false' : `${code.no} ? false : undefined`}`;
  });
  const body = `${compiler.constantsSource} return (${parameters.join(', ')}) => label === undefined ? (${number}) : (${text});`;
  // oxlint-disable-next-line typescript/no-implied-eval -- the source is the compiler's, which takes no text of the user's into it
  const make = new Function('constants', 'helpers', body);
  return make(compiler.constants, helpers) as ReturnType<typeof compileValue>;
}
