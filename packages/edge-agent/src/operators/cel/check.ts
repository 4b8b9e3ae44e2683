import { type ASTNode, Environment } from '@marcbachmann/cel-js';

/** A CEL expression that cannot be used, and where: offset of the part that is wrong, and a message that shows it. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly offset: number;

  constructor(expression: string, offset: number, problem: string, options?: ErrorOptions) {
    super(`${problem}\n${pointAt(expression, offset)}`, options);
    this.offset = offset;
  }
}

const MAX_LENGTH = 4096;
/** Far more than people write, and little enough that compiling takes no time. */
const limits = { maxAstNodes: 256, maxDepth: 32, maxListElements: 64, maxMapEntries: 0, maxCallArguments: 4 };

type VariableType = 'double' | 'string' | 'google.protobuf.Timestamp';

/** What an expression can name. */
export class Variables {
  readonly environment: Environment;
  readonly doubles: ReadonlySet<string>;
  /** For messages: `a sample has value, text, series, quality and time`. */
  readonly sentence: string;

  constructor(types: Readonly<Record<string, VariableType>>, sentence: string) {
    this.environment = new Environment({ limits });
    for (const [name, type] of Object.entries(types)) this.environment.registerVariable(name, type);
    this.doubles = new Set(Object.keys(types).filter((name) => types[name] === 'double'));
    this.sentence = sentence;
  }
}

const ofSample = new Variables(
  { value: 'double', text: 'string', series: 'string', quality: 'string', time: 'google.protobuf.Timestamp' },
  'a sample has value, text, series, quality and time',
);

export interface CheckedExpression {
  readonly ast: ASTNode;
  /** As CEL has it: `bool`, `double`, … */
  readonly type: string;
  /** The reference: evaluates the same tree with the library's own interpreter. */
  evaluate(row: Record<string, unknown>): unknown;
}

/**
 * Parses and type-checks a predicate over one sample. One thing is read more kindly than CEL has it: an integer literal
 * that meets a double is that double, so that `value == 5` and `value * 2 > 9.5` are what they look like.
 *
 * Throws {@link ExpressionError}.
 */
export function checkExpression(expression: string): CheckedExpression {
  const checked = checkTypes(expression, ofSample);
  if (checked.type === 'bool') return checked;
  throw new ExpressionError(
    expression,
    checked.ast.start,
    `must be true or false for each sample, but is of type ${checked.type}`,
  );
}

/** As {@link checkExpression}, for an expression of any type. */
export function checkTypes(expression: string, variables: Variables): CheckedExpression {
  if (expression.length > MAX_LENGTH) {
    throw new ExpressionError(expression.slice(0, MAX_LENGTH), 0, `longer than ${MAX_LENGTH} characters`);
  }
  const parsed = attempt(expression, variables, () => variables.environment.parse(expression));
  widen(parsed.ast, variables.doubles);
  const { valid, type, error } = parsed.check();
  if (!valid) throw refusal(expression, variables, error);
  return { ast: parsed.ast, type: String(type), evaluate: parsed };
}

/** The library's value of a constant part, such as `duration("1h")`. */
export function constantOf(expression: string, node: ASTNode): unknown {
  return attempt(
    expression,
    ofSample,
    () => ofSample.environment.evaluate(expression.slice(node.start, node.end)),
    node.start,
  );
}

/** `start`: where in the expression that which is run begins. */
function attempt<T>(expression: string, variables: Variables, run: () => T, start = 0): T {
  try {
    return run();
  } catch (error) {
    throw refusal(expression, variables, error, start);
  }
}

/** The library's errors have a summary and a range, whatever their class. */
function refusal(expression: string, { sentence }: Variables, error: unknown, start = 0): unknown {
  if (!(error instanceof Error) || !('summary' in error)) return error;
  const range = 'range' in error ? (error.range as { start: number } | undefined) : undefined;
  const unknown = 'code' in error && error.code === 'unknown_variable';
  const hint = unknown ? `: ${sentence}` : '';
  return new ExpressionError(expression, start + (range?.start ?? 0), `${String(error.summary)}${hint}`, {
    cause: error,
  });
}

/** Makes doubles of the integer literals that meet a double. Returns whether `node` is surely a double. */
function widen(node: ASTNode, doubles: ReadonlySet<string>): boolean {
  switch (node.op) {
    case 'value':
      return typeof node.args === 'number';
    case 'id':
      return doubles.has(node.args);
    case 'call':
      for (const argument of node.args[1]) widen(argument, doubles);
      return node.args[0] === 'double';
    case 'rcall':
      widen(node.args[1], doubles);
      for (const argument of node.args[2]) widen(argument, doubles);
      return false;
    case '-_':
      return widen(node.args, doubles);
    case '!_':
      widen(node.args, doubles);
      return false;
    case '?:':
      widen(node.args[0], doubles);
      return widenTogether([node.args[1], node.args[2]], doubles);
    case '+':
    case '-':
    case '*':
    case '/':
      return widenTogether(node.args, doubles);
    case 'list':
      return widenTogether(node.args, doubles);
    case 'in': {
      const [element, list] = node.args;
      if (list.op === 'list') widenTogether([element, ...list.args], doubles);
      else widen(list, doubles);
      return false;
    }
    case '==':
    case '!=':
      widenTogether(node.args, doubles);
      return false;
    default:
      // Ordering compares doubles with integers as it is; the rest is refused later if it is not supported.
      if (Array.isArray(node.args)) for (const part of node.args) if (isNode(part)) widen(part, doubles);
      return false;
  }
}

function widenTogether(nodes: readonly ASTNode[], doubles: ReadonlySet<string>): boolean {
  const double = nodes.map((node) => widen(node, doubles)).includes(true);
  if (double) for (const node of nodes) widenLiteral(node);
  return double;
}

function widenLiteral(node: ASTNode): void {
  if (node.op === '-_') return widenLiteral(node.args);
  // The tree is the parser's and ours alone; it has not been checked yet.
  if (node.op === 'value' && typeof node.args === 'bigint') (node as { args: number }).args = Number(node.args);
}

function isNode(part: unknown): part is ASTNode {
  return typeof part === 'object' && part !== null && 'op' in part;
}

function pointAt(expression: string, offset: number): string {
  const before = expression.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = expression.slice(lineStart).split('\n', 1)[0];
  return `  ${line}\n  ${' '.repeat(offset - lineStart)}^`;
}
