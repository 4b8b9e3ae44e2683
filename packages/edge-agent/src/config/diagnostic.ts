import { EXIT_CONFIG, UserError } from '@sluis/runtime';

/** Something wrong in a configuration file, and where: offsets into its text. */
export interface Problem {
  readonly message: string;
  readonly hint?: string;
  readonly offset?: number;
  readonly length?: number;
  /** Another file than the configuration's own that the offsets are of. */
  readonly source?: { readonly file: string; readonly text: string };
}

/** All problems, each as {@link render} shows it. */
export function configError(shown: readonly string[]): UserError {
  return new UserError({ what: shown.join('\n\n'), exitCode: EXIT_CONFIG });
}

/** One problem as people see it: where it is, the line, and a caret under the place. */
export function render(file: string, text: string, { message, hint, offset, length = 1 }: Problem): string {
  const advice = hint ? `\n  hint: ${hint}` : '';
  if (offset === undefined) return `${file}: ${message}${advice}`;
  const { line: lineNumber, column } = positionAt(text, offset);
  const lineStart = offset - column + 1;
  const lineEnd = text.indexOf('\n', offset);
  const line = text.slice(lineStart, lineEnd === -1 ? undefined : lineEnd).trimEnd();
  const gutter = String(lineNumber);
  const caret = '^'.repeat(Math.max(1, Math.min(length, line.length - column + 1)));
  return [
    `${file}:${lineNumber}:${column}: ${message}`,
    `  ${gutter} | ${line}`,
    `  ${' '.repeat(gutter.length)} | ${' '.repeat(column - 1)}${caret}${advice}`,
  ].join('\n');
}

export function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: before[before.length - 1].length + 1 };
}

/** The offset of a place, whose line and column begin at 1. */
export function offsetAt(text: string, { line, column }: { line: number; column: number }): number {
  const before = text.split('\n').slice(0, line - 1);
  return before.reduce((offset, { length }) => offset + length + 1, column - 1);
}
