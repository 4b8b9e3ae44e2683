import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe } from '@sluis/runtime';
import { type Document, type Node, visit } from 'yaml';
import { offsetAt, type Problem } from '../diagnostic.ts';
import { STREAMS_FILE } from '../schema.ts';
import { placeOf, valueAt } from '../validate.ts';
import { evaluate, type Evaluated, type EvaluationLimits } from './evaluate.ts';

/** Streams from a file: a part of the document now, in which all of it has the place of the file's name. */
export type ReadStreams =
  | { readonly file: string; readonly printed: readonly string[]; readonly node: Node; readonly problem?: undefined }
  | { readonly problem: Problem };

/**
 * Where `streams` of the document of `from` is a file that defines them, evaluates that and puts what it defines in its place, to
 * be checked like any other. Undefined for a document that has its streams itself, or something else, which its schema tells.
 */
export function readStreams(document: Document, from: string, limits: EvaluationLimits = {}): ReadStreams | undefined {
  const name = valueAt(document, ['streams']);
  if (typeof name !== 'string' || !STREAMS_FILE.test(name)) return undefined;
  const place = placeOf(document, ['streams']);
  const found = realFile(resolve(dirname(from), name));
  if (found instanceof Error) return { problem: { message: `streams: cannot read ${describe(found)}`, ...place } };
  const { definition, fault, printed } = evaluate(found, limits);
  if (fault) return { problem: problemOf({ fault, printed }, { file: found, shown: join(dirname(from), name) }) };
  const node = document.createNode(definition);
  const { offset = 0, length = 0 } = place;
  visit(node, { Node: (_key, inner) => void (inner.range = [offset, offset + length, offset + length]) });
  document.set('streams', node);
  return { file: name, printed, node };
}

function realFile(path: string): string | Error {
  try {
    return realpathSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return error;
    throw error;
  }
}

/** Lines that stand with a fault, which may be what it is about. */
const LAST_PRINTED = 20;

/** A fault in its place in the file, or in one beside it; `shown`: the file as people call it. */
function problemOf(
  { fault: { message, hint, at }, printed }: { fault: NonNullable<Evaluated['fault']>; printed: readonly string[] },
  { file, shown }: { file: string; shown: string },
): Problem {
  const lines = printed.slice(-LAST_PRINTED).map((line) => `    ${line}`);
  const told = lines.length === 0 ? message : [message, '  it printed', ...lines].join('\n');
  const source = { file: shown, text: '' };
  if (!at) return { message: told, ...(hint && { hint }), source };
  const text = readFileSync(at.file, 'utf8');
  const inside = { file: join(dirname(shown), relative(dirname(file), at.file)), text };
  return { message: told, ...(hint && { hint }), source: inside, offset: offsetAt(text, at) };
}
