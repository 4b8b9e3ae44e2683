import type { IntegerRange } from './integer-range.ts';

/*
 * Code of an expression, in JavaScript, about one row. A value may not exist, for a row has either a number or a text; so a
 * condition is true, false, or cannot be told, as CEL has it.
 */

/** Boolean code: when it is surely true, and when surely false; where `no` is absent it is false whenever not true. */
export interface Bool {
  readonly type: 'bool';
  readonly yes: string;
  readonly no?: string;
}

export interface Scalar {
  readonly type: 'double' | 'int' | 'string' | 'timestamp' | 'duration';
  readonly js: string;
  /** When the value exists. */
  readonly ok: string;
  /** Of an `int`. */
  readonly range?: IntegerRange;
}

export type Code = Bool | Scalar;

/** What a row has; `series`: code that sees nothing but the name of a series. */
export type Scope = 'number' | 'text' | 'series';

/** Code of a variable, and where it has a value. */
export type VariableCode = (name: string, scope: Scope) => Scalar | undefined;

/** Of a condition: when it is surely true. */
export function source(code: Code): string {
  return code.type === 'bool' ? code.yes : code.js;
}

/** When a value exists, or a condition can be told. */
export function exists(code: Code): string {
  if (code.type !== 'bool') return code.ok;
  return code.no === undefined ? 'true' : either(code.yes, code.no);
}

/** A condition that can be told where `ok`. */
export function known(ok: string, condition: string): Bool {
  if (ok === 'true') return { type: 'bool', yes: condition };
  return { type: 'bool', yes: both(ok, condition), no: both(ok, negated(condition)) };
}

/** When it is surely false. */
export function refuted({ yes, no }: Bool): string {
  return no ?? negated(yes);
}

export function not(operand: Bool): Bool {
  if (operand.no === undefined) return { type: 'bool', yes: negated(operand.yes) };
  return { type: 'bool', yes: operand.no, no: operand.yes };
}

export function and(a: Bool, b: Bool): Bool {
  const yes = both(a.yes, b.yes);
  if (a.no === undefined && b.no === undefined) return { type: 'bool', yes };
  return { type: 'bool', yes, no: either(refuted(a), refuted(b)) };
}

export function both(a: string, b: string): string {
  if (a === 'false' || b === 'false') return 'false';
  if (a === 'true') return b;
  return b === 'true' ? a : `(${a} && ${b})`;
}

export function either(a: string, b: string): string {
  if (a === 'true' || b === 'true') return 'true';
  if (a === 'false') return b;
  return b === 'false' ? a : `(${a} || ${b})`;
}

function negated(a: string): string {
  if (a === 'true') return 'false';
  return a === 'false' ? 'true' : `(!${a})`;
}

export function numberSource(value: number): string {
  return `(${Object.is(value, -0) ? '-0' : String(value)})`;
}
