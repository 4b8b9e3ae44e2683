import { plainIssues } from '@sluis/plugin-sdk';
import { nearest } from '@sluis/runtime';
import { type Document, isMap, isPair, isScalar, type Node } from 'yaml';
import { z } from 'zod';
import type { Problem } from './diagnostic.ts';
import { keysAt, valuesAt } from './schema-keys.ts';

/** Checks a document against a schema; what zod finds gets its place in the document. */
export function validate<Schema extends z.ZodType>(
  document: Document,
  schema: Schema,
): { config: z.output<Schema>; problems: [] } | { config?: undefined; problems: Problem[] } {
  const result = schema.safeParse(document.toJS() ?? {});
  if (result.success) return { config: result.data, problems: [] };
  return { problems: plainIssues(result.error.issues).flatMap((issue) => problemsOf(document, schema, issue)) };
}

function problemsOf(document: Document, schema: z.ZodType, issue: z.core.$ZodIssue): Problem[] {
  const where = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), issue.path);
    return issue.keys.map((key) => {
      const meant = nearest(key, known);
      return {
        message: `${where}unknown key "${key}"`,
        hint: meant && `did you mean "${meant}"?`,
        ...placeOf(document, issue.path, key),
      };
    });
  }
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    return [wrongChoice(document, schema, { path: issue.path, where })];
  }
  if (issue.code === 'invalid_key') {
    const key = String(issue.path.at(-1));
    return [{ message: `${where}${issue.message}`, ...placeOf(document, issue.path.slice(0, -1), key) }];
  }
  const wrong = valueAt(document, issue.path);
  const meant = issue.code === 'invalid_value' && typeof wrong === 'string' && nearest(wrong, issue.values.map(String));
  const hint = meant ? `did you mean "${meant}"?` : undefined;
  const isMissing = wrong === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_union');
  const message = isMissing ? 'is missing' : issue.message;
  return [{ message: `${where}${message}`, ...(hint && { hint }), ...placeOf(document, issue.path) }];
}

/** The key that decides what an object may hold is missing or has no known value: `type` of a source. */
function wrongChoice(
  document: Document,
  schema: z.ZodType,
  { path, where }: { path: readonly PropertyKey[]; where: string },
): Problem {
  const key = String(path.at(-1));
  const choices = valuesAt(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), path);
  const known = `it is one of ${choices.join(', ')}`;
  const given = valueAt(document, path);
  if (typeof given === 'string') {
    const meant = nearest(given, choices);
    const hint = meant ? `did you mean "${meant}"?` : known;
    return { message: `${where}there is no ${key} "${given}"`, hint, ...placeOf(document, path) };
  }
  const holder = valueAt(document, path.slice(0, -1));
  const keys = typeof holder === 'object' && holder !== null ? Object.keys(holder) : [];
  const typo = nearest(key, keys);
  const hint = typo ? `did you mean "${key}" by "${typo}"?` : known;
  return { message: `${where}the key "${key}" is missing`, hint, ...placeOf(document, path.slice(0, -1), typo) };
}

/** What the document has at a path, also by an alias. */
export function valueAt(document: Document, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    document.toJS(),
  );
}

/** Where a path leads in the document, or the closest place above it that is there. */
export function placeOf(
  document: Document,
  path: readonly PropertyKey[],
  key?: string,
): { offset?: number; length?: number } {
  const node = path.length === 0 ? document.contents : nodeAt(document, path);
  if (!node) return path.length === 0 ? {} : placeOf(document, path.slice(0, -1));
  if (key !== undefined && isMap(node)) {
    const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
    if (pair && isScalar(pair.key)) return rangeOf(pair.key);
  }
  return rangeOf(node);
}

function nodeAt(document: Document, path: readonly PropertyKey[]): Node | undefined {
  const found: unknown = document.getIn(path, true);
  return found !== null && typeof found === 'object' && 'range' in found ? (found as Node) : undefined;
}

function rangeOf(node: Node): { offset?: number; length?: number } {
  if (!node.range) return {};
  const [offset, end] = node.range;
  // A block reaches over many lines: its beginning says where it is.
  return { offset, length: isMap(node) ? 1 : Math.max(1, end - offset) };
}
