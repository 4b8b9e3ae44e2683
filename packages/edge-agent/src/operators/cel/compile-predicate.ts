import { Kind, Quality } from '@sluis/protocol';
import { checkExpression } from './check.ts';
import type { Bool, Scalar, Scope } from './code.ts';
import { Compiler } from './compiler.ts';
import { helpers } from './helpers.ts';

export interface RowColumns {
  readonly length: number;
  readonly series: Uint32Array;
  readonly time: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
  readonly kind?: Uint8Array;
  readonly text?: Uint32Array;
  readonly texts?: readonly string[];
}

export interface Predicate {
  /** Tests on a series' path alone, to be evaluated once per series. */
  readonly seriesTests: readonly ((path: string) => boolean)[];
  /**
   * Lists the rows that pass in `rows`; returns how many, and how many others lack what the expression needs.
   * `paths` and the tables of `seriesTests` (1 where true) are indexed by series id.
   */
  select(
    batch: RowColumns,
    series: { paths: readonly string[]; tests: readonly Uint8Array[] },
    rows: Uint32Array,
  ): { kept: number; undecided: number };
}

/** Throws {@link ExpressionError}. */
export function compilePredicate(expression: string): Predicate {
  const { ast } = checkExpression(expression);
  const compiler = new Compiler(expression, variableOfSample);
  const number = compiler.bool(ast, 'number');
  const text = compiler.bool(ast, 'text');
  const body = `
    const { length, series, time, value, quality, kind, text, texts } = batch;
    const { paths, tests } = names;
    ${compiler.constantsSource}
    ${compiler.seriesTests.map((_, i) => `const s${i} = tests[${i}];`).join('')}
    let kept = 0;
    let undecided = 0;
    if (kind === undefined) for (let i = 0; i < length; i++) { ${keep(number)} }
    else for (let i = 0; i < length; i++) { if (kind[i] === ${Kind.text}) { ${keep(text)} } else { ${keep(number)} } }
    return { kept, undecided };`;
  // oxlint-disable-next-line typescript/no-implied-eval -- the source is the compiler's, which takes no text of the user's into it
  const select = new Function('constants', 'helpers', 'batch', 'names', 'rows', body);
  return {
    seriesTests: compiler.seriesTests,
    select: select.bind(undefined, compiler.constants, helpers) as Predicate['select'],
  };
}

function keep({ yes, no }: Bool): string {
  const otherwise = no === undefined ? '' : ` else if (!${no}) undecided++;`;
  return `if (${yes}) rows[kept++] = i;${otherwise}`;
}

function variableOfSample(name: string, scope: Scope): Scalar | undefined {
  switch (name) {
    case 'value':
      return { type: 'double', js: 'value[i]', ok: String(scope === 'number') };
    case 'text':
      return { type: 'string', js: 'texts[text[i]]', ok: String(scope === 'text') };
    case 'series':
      return { type: 'string', js: scope === 'series' ? 'path' : 'paths[series[i]]', ok: 'true' };
    case 'quality':
      return {
        type: 'string',
        js: `(quality[i] === ${Quality.good} ? 'good' : quality[i] === ${Quality.uncertain} ? 'uncertain' : 'bad')`,
        ok: 'true',
      };
    case 'time':
      return { type: 'timestamp', js: 'time[i]', ok: 'true' };
    default:
      return undefined;
  }
}
