import type { ASTNode } from '@marcbachmann/cel-js';
import { checkExpression } from './check.ts';

interface Surroundings {
  /** First level of every series' path, unless steps give other names. */
  readonly site: string | undefined;
  /** Only numbers arrive: results of a window. */
  readonly onlyNumbers: boolean;
}

/** A plain comparison that has to hold. */
interface Condition {
  readonly text: string;
  readonly on: 'value' | 'text' | 'series';
  readonly test: string;
  readonly constant: number | string;
}

/**
 * Why no sample can pass all of these expressions. It looks at plain comparisons of `value`, `text` and `series` with
 * constants that must all hold: undefined does not mean that one can pass, but a reason means that none can.
 */
export function whyNonePass(expressions: readonly string[], { site, onlyNumbers }: Surroundings): string | undefined {
  const parts = expressions.flatMap((expression) => conjuncts(checkExpression(expression).ast, expression));
  const never = parts.find(({ node }) => node.op === 'value' && node.args === false);
  if (never) return 'false is never true';
  const conditions = parts.flatMap(({ node, text }) => conditionOf(node, text));
  const texts = conditions.find(({ on }) => on === 'text');
  if (texts && onlyNumbers) return `${texts.text} needs a text, and results of a window are numbers`;
  const elsewhere =
    site === undefined
      ? undefined
      : conditions.find((condition) => condition.on === 'series' && !mayBeAt(condition, site));
  if (elsewhere) return `${elsewhere.text} is never true: every path starts with the site, ${site}/`;
  return contradiction(conditions.filter(({ on }) => on === 'value'));
}

function conjuncts(node: ASTNode, expression: string): { node: ASTNode; text: string }[] {
  if (node.op === '&&') return node.args.flatMap((part) => conjuncts(part, expression));
  return [{ node, text: expression.slice(node.start, node.end).trim() }];
}

const mirrored: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=', '==': '==' };

function conditionOf(node: ASTNode, text: string): Condition[] {
  if (node.op === 'rcall') {
    const [test, receiver, [argument]] = node.args;
    const constant = argument && constantIn(argument);
    const on = variableIn(receiver);
    return test === 'startsWith' && on && constant !== undefined ? [{ text, on, test, constant }] : [];
  }
  if (node.op !== '<' && node.op !== '<=' && node.op !== '>' && node.op !== '>=' && node.op !== '==') return [];
  const [left, right] = node.args;
  const constants = [constantIn(left), constantIn(right)] as const;
  const [onLeft, onRight] = [variableIn(left), variableIn(right)];
  if (onLeft && constants[1] !== undefined) return [{ text, on: onLeft, test: node.op, constant: constants[1] }];
  if (onRight && constants[0] !== undefined)
    return [{ text, on: onRight, test: mirrored[node.op], constant: constants[0] }];
  return [];
}

function variableIn(node: ASTNode): Condition['on'] | undefined {
  if (node.op !== 'id') return undefined;
  return (['value', 'text', 'series'] as const).find((name) => name === node.args);
}

function constantIn(node: ASTNode): number | string | undefined {
  if (node.op === '-_') {
    const positive = constantIn(node.args);
    return typeof positive === 'number' ? -positive : undefined;
  }
  if (node.op !== 'value') return undefined;
  if (typeof node.args === 'bigint') return Number(node.args);
  return typeof node.args === 'number' || typeof node.args === 'string' ? node.args : undefined;
}

function mayBeAt({ test, constant }: Condition, site: string): boolean {
  const start = `${site}/`;
  const path = String(constant);
  if (test === '==') return path.startsWith(start);
  return test !== 'startsWith' || path.startsWith(start) || start.startsWith(path);
}

/** Two comparisons of `value` that no number fulfils both. A NaN fulfils none. */
function contradiction(conditions: readonly Condition[]): string | undefined {
  const above = conditions.filter(({ test }) => test === '>' || test === '>=' || test === '==');
  const below = conditions.filter(({ test }) => test === '<' || test === '<=' || test === '==');
  for (const low of above) {
    const high = below.find(({ test, constant }) => {
      if (constant < low.constant) return true;
      return constant === low.constant && (test === '<' || low.test === '>');
    });
    if (high) return `no value is both ${low.text} and ${high.text}`;
  }
  return undefined;
}
