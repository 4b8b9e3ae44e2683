import type { ASTNode } from '@marcbachmann/cel-js';
import { qualityNames } from '@sluis/protocol';
import { constantOf, ExpressionError } from './check.ts';
import {
  and,
  type Bool,
  both,
  type Code,
  either,
  exists,
  known,
  not,
  numberSource,
  refuted,
  type Scalar,
  type Scope,
  source,
  type VariableCode,
} from './code.ts';
import { helpers } from './helpers.ts';
import { type IntegerRange, rangeOf } from './integer-range.ts';
import { accessors, durationMicroseconds, timestampMicroseconds } from './timestamps.ts';

/*
 * A checked expression becomes one loop over the columns of a batch, as JavaScript source for `new Function`. Closures
 * nested over columns would cost a call per node and row; the loop is some ten times as fast, and that is the whole
 * point of it. It is safe because no text of the user's goes into the source: names and operators come from the tables
 * below, numbers are formatted by us, strings are passed in as constants.
 *
 * An accepted expression cannot fail on a row, but for one reason: a row has either a number or a text, and the one that
 * it lacks is an error as CEL has it, which `||`, `&&` and `?:` may absorb: `series.endsWith("/state") ? text == "RUN" :
 * value > 5` is fine. What else could fail at run time is refused here: integers are shown to stay exact, a divisor
 * not to be 0, constant times to be valid. So the loop needs no exceptions.
 */

const MAX_SOURCE = 65_536;
const stringTests: Record<string, string> = { startsWith: 'startsWith', endsWith: 'endsWith', contains: 'includes' };
const comparisons: Record<string, string> = { '==': '===', '!=': '!==', '<': '<', '<=': '<=', '>': '>', '>=': '>=' };
/** Greatest length of a string in JavaScript, generously. */
const sizeRange = [0, 2 ** 31] as const;

/** Translates the nodes of one expression; `variables` has the code of what it can name. */
export class Compiler {
  readonly constants: string[] = [];
  readonly seriesTests: ((path: string) => boolean)[] = [];
  readonly #testOf = new Map<ASTNode, number>();
  readonly #expression: string;
  readonly #variables: VariableCode;

  constructor(expression: string, variables: VariableCode) {
    this.#expression = expression;
    this.#variables = variables;
  }

  /** Declares the constants that code uses; `constants` is to be in its scope. */
  get constantsSource(): string {
    return this.constants.map((_, i) => `const c${i} = constants[${i}];`).join('');
  }

  bool(node: ASTNode, scope: Scope): Bool {
    const code = this.code(node, scope);
    return code.type === 'bool' ? code : this.#refuse(node, 'true or false is needed here');
  }

  #scalar(node: ASTNode, scope: Scope): Scalar {
    const code = this.code(node, scope);
    if (code.type !== 'bool') return code;
    return this.#refuse(node, 'true or false cannot be used here');
  }

  code(node: ASTNode, scope: Scope): Code {
    const code = this.#translate(node, scope);
    // Checked at each node, for code of a branch that may fail is used twice.
    if (source(code).length > MAX_SOURCE) this.#refuse(node, 'too complex: use fewer conditions');
    return code;
  }

  #translate(node: ASTNode, scope: Scope): Code {
    if (scope !== 'series' && isBoolean(node) && seesOnlySeries(node)) {
      const table = `s${this.#seriesTest(node)}[series[i]]`;
      return { type: 'bool', yes: `(${table} === 1)` };
    }
    switch (node.op) {
      case 'value':
        return this.#literal(node, node.args);
      case 'id':
        return this.#variable(node, node.args, scope);
      case '!_':
        return not(this.bool(node.args, scope));
      case '-_':
        return this.#negative(node, this.#scalar(node.args, scope));
      case '&&':
        return and(this.bool(node.args[0], scope), this.bool(node.args[1], scope));
      case '||':
        return not(and(not(this.bool(node.args[0], scope)), not(this.bool(node.args[1], scope))));
      case '?:':
        return this.#choice(node, node.args, scope);
      case '==':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#comparison(node.op, node.args, scope);
      case 'in':
        return this.#membership(node.args, scope);
      case '+':
      case '-':
      case '*':
      case '/':
      case '%':
        return this.#arithmetic(node, node.op, node.args, scope);
      case 'call':
        return this.#call(node, node.args[0], node.args[1], scope);
      case 'rcall':
        return this.#method(node, node.args[0], node.args[1], node.args[2], scope);
      default:
        return this.#refuse(node, 'this is not supported here: use comparisons, arithmetic, &&, ||, !, ?: and in');
    }
  }

  #literal(node: ASTNode, value: unknown): Code {
    if (typeof value === 'boolean') return { type: 'bool', yes: String(value) };
    if (typeof value === 'number') return { type: 'double', js: numberSource(value), ok: 'true' };
    if (typeof value === 'string') return { type: 'string', js: this.#constant(value), ok: 'true' };
    if (typeof value === 'bigint') {
      const int = Number(value);
      return this.#int(node, numberSource(int), 'true', [int, int]);
    }
    return this.#refuse(node, 'only numbers, strings, true and false can be written here');
  }

  #variable(node: ASTNode, name: string, scope: Scope): Scalar {
    return this.#variables(name, scope) ?? this.#refuse(node, `'${name}' cannot be used here`);
  }

  #comparison(op: string, [left, right]: readonly [ASTNode, ASTNode], scope: Scope): Bool {
    this.#expectQuality(left, right);
    this.#expectQuality(right, left);
    const a = this.code(left, scope);
    const b = this.code(right, scope);
    const existing = both(exists(a), exists(b));
    return known(existing, `(${source(a)} ${comparisons[op]} ${source(b)})`);
  }

  #membership([element, list]: readonly [ASTNode, ASTNode], scope: Scope): Bool {
    if (list.op !== 'list') return this.#refuse(list, 'a list is needed here: write [1, 2, 3]');
    const sought = this.code(element, scope);
    let existing = exists(sought);
    let found = 'false';
    for (const item of list.args) {
      this.#expectQuality(element, item);
      const code = this.code(item, scope);
      existing = both(existing, exists(code));
      found = either(found, `(${source(sought)} === ${source(code)})`);
    }
    return known(existing, found);
  }

  /** A misspelt quality would never be found. */
  #expectQuality(variable: ASTNode, literal: ASTNode): void {
    if (variable.op !== 'id' || variable.args !== 'quality') return;
    if (literal.op !== 'value' || typeof literal.args !== 'string') return;
    if ((qualityNames as readonly string[]).includes(literal.args)) return;
    this.#refuse(literal, `a quality is one of ${qualityNames.join(', ')}`);
  }

  #choice(node: ASTNode, [condition, left, right]: readonly [ASTNode, ASTNode, ASTNode], scope: Scope): Code {
    const when = this.bool(condition, scope);
    const a = this.code(left, scope);
    const b = this.code(right, scope);
    const no = refuted(when);
    if (a.type === 'bool' && b.type === 'bool') {
      const yes = either(both(when.yes, a.yes), both(no, b.yes));
      const total = when.no === undefined && a.no === undefined && b.no === undefined;
      return { type: 'bool', yes, ...(!total && { no: either(both(when.yes, refuted(a)), both(no, refuted(b))) }) };
    }
    if (a.type === 'bool' || b.type === 'bool' || a.type !== b.type) {
      return this.#refuse(node, 'both branches must be of one type');
    }
    const js = `(${when.yes} ? ${a.js} : ${b.js})`;
    const ok = either(both(when.yes, a.ok), both(no, b.ok));
    const total = when.no === undefined && a.ok === 'true' && b.ok === 'true';
    if (!a.range || !b.range) return { type: a.type, js, ok: total ? 'true' : ok };
    return this.#int(node, js, total ? 'true' : ok, [
      Math.min(a.range[0], b.range[0]),
      Math.max(a.range[1], b.range[1]),
    ]);
  }

  #negative(node: ASTNode, operand: Scalar): Scalar {
    if (operand.type === 'double') return { ...operand, js: `(-${operand.js})` };
    if (!operand.range) return this.#refuse(node, `a ${operand.type} has no negative`);
    return this.#int(node, `(0 - ${operand.js})`, operand.ok, [0 - operand.range[1], 0 - operand.range[0]]);
  }

  #arithmetic(node: ASTNode, op: string, [left, right]: readonly [ASTNode, ASTNode], scope: Scope): Scalar {
    const a = this.#scalar(left, scope);
    const b = this.#scalar(right, scope);
    const ok = both(a.ok, b.ok);
    const js = `(${a.js} ${op} ${b.js})`;
    if (a.range && b.range) {
      const range = rangeOf(op, a.range, b.range);
      if (!range) return this.#refuse(node, 'the divisor could be 0: divide by a number other than 0');
      return this.#int(node, op === '/' ? `Math.trunc(${a.js} / ${b.js})` : js, ok, range);
    }
    if (a.type === 'double') return { type: 'double', js, ok };
    if (a.type === 'string') return { type: 'string', js, ok };
    if (a.type === 'timestamp' && b.type === 'timestamp') return { type: 'duration', js, ok };
    return { type: a.type === 'timestamp' || b.type === 'timestamp' ? 'timestamp' : 'duration', js, ok };
  }

  #call(node: ASTNode, name: string, parts: readonly ASTNode[], scope: Scope): Code {
    if (name === 'size' && parts.length === 1) return this.#size(node, parts[0], scope);
    if (name === 'double' && parts.length === 1) {
      const operand = this.#scalar(parts[0], scope);
      // + 0, because the 0 of an integer may be held as -0 here, and a double divided by it would tell.
      if (operand.type === 'int') return { type: 'double', js: `(${operand.js} + 0)`, ok: operand.ok };
      if (operand.type === 'double') return operand;
    }
    if ((name === 'timestamp' || name === 'duration') && parts[0].op === 'value') {
      const constant = constantOf(this.#expression, node);
      const js = numberSource(
        name === 'timestamp' ? timestampMicroseconds(constant, parts[0].args) : durationMicroseconds(constant),
      );
      return { type: name, js, ok: 'true' };
    }
    return this.#refuse(node, `${name}() is not supported here: use size(), double(), timestamp("…") or duration("…")`);
  }

  #method(node: ASTNode, name: string, receiver: ASTNode, parts: readonly ASTNode[], scope: Scope): Code {
    if (name === 'matches') {
      return this.#refuse(
        node,
        'matches() is not supported: a pattern can take seconds on hostile text. Use startsWith(), endsWith() or contains()',
      );
    }
    if (name === 'size' && parts.length === 0) return this.#size(node, receiver, scope);
    if (Object.hasOwn(stringTests, name)) {
      const text = this.#scalar(receiver, scope);
      const part = this.#scalar(parts[0], scope);
      return known(both(text.ok, part.ok), `${text.js}.${stringTests[name]}(${part.js})`);
    }
    if (Object.hasOwn(accessors, name)) {
      const time = this.#scalar(receiver, scope);
      if (time.type === 'timestamp') {
        if (parts.length > 0)
          return this.#refuse(parts[0], 'time zones are not supported here: hours and days are UTC');
        return this.#int(node, accessors[name].js(time.js), time.ok, accessors[name].range);
      }
    }
    return this.#refuse(node, `${name}() is not supported here`);
  }

  #size(node: ASTNode, operand: ASTNode, scope: Scope): Scalar {
    const text = this.#scalar(operand, scope);
    if (text.type !== 'string') return this.#refuse(node, 'size() is for strings here');
    return this.#int(node, `helpers.size(${text.js})`, text.ok, sizeRange);
  }

  /** Integers are held in doubles, so they must be shown to stay exact. */
  #int(node: ASTNode, js: string, ok: string, range: IntegerRange): Scalar {
    if (range[0] < Number.MIN_SAFE_INTEGER || range[1] > Number.MAX_SAFE_INTEGER) {
      return this.#refuse(node, 'this integer could grow beyond 2^53: use doubles, such as 2.0');
    }
    return { type: 'int', js, ok, range };
  }

  #constant(text: string): string {
    const known = this.constants.indexOf(text);
    return `c${known === -1 ? this.constants.push(text) - 1 : known}`;
  }

  #seriesTest(node: ASTNode): number {
    const known = this.#testOf.get(node);
    if (known !== undefined) return known;
    const { yes } = this.bool(node, 'series');
    // oxlint-disable-next-line typescript/no-implied-eval -- the source is ours, see above
    const test = new Function('constants', 'helpers', 'path', `${this.constantsSource} return ${yes};`);
    const index =
      this.seriesTests.push(test.bind(undefined, [...this.constants], helpers) as (path: string) => boolean) - 1;
    this.#testOf.set(node, index);
    return index;
  }

  #refuse(node: ASTNode, problem: string): never {
    throw new ExpressionError(this.#expression, node.start, problem);
  }
}

function isBoolean(node: ASTNode): boolean {
  switch (node.op) {
    case '!_':
    case '&&':
    case '||':
    case 'in':
      return true;
    case 'rcall':
      return Object.hasOwn(stringTests, node.args[0]);
    default:
      return Object.hasOwn(comparisons, node.op);
  }
}

/** True if the only variable in `node` is `series`, and it is there. */
function seesOnlySeries(node: ASTNode): boolean {
  const variables = new Set<string>();
  collectVariables(node, variables);
  return variables.size === 1 && variables.has('series');
}

function collectVariables(node: ASTNode, variables: Set<string>): void {
  if (node.op === 'id') variables.add(node.args);
  const collect = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(collect);
    else if (typeof part === 'object' && part !== null && 'op' in part) collectVariables(part as ASTNode, variables);
  };
  if (node.op !== 'value') collect(node.args);
}
