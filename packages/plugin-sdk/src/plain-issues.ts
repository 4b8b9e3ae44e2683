import type { z } from 'zod';

type Issue = z.core.$ZodIssue;
type UnionIssue = z.core.$ZodIssueInvalidUnion;

const UNTOLD = 'Invalid input';

/**
 * What is wrong with a configuration, where a schema has several forms for a value as what is wrong with the form that it
 * has: `{ absolute: x }` is no number, but who wrote it meant the form with keys. A union with a message of its own keeps it. Of a
 * key that is none it says why.
 */
export function plainIssues(issues: readonly Issue[]): Issue[] {
  return issues.flatMap((issue) => {
    const isUntold = issue.code === 'invalid_union' && issue.discriminator === undefined && issue.message === UNTOLD;
    if (isUntold) return ofUnion(issue);
    return issue.code === 'invalid_key' ? [{ ...issue, message: ofKey(issue) }] : [issue];
  });
}

function ofKey({ issues }: z.core.$ZodIssueInvalidKey): string {
  return `the name ${issues.map(({ message }) => message).join('; ')}`;
}

function ofUnion(union: UnionIssue): Issue[] {
  const forms = union.errors.filter((errors) => !errors.some(isOtherForm));
  if (forms.length === 1) {
    return plainIssues(forms[0]).map((issue) => ({ ...issue, path: [...union.path, ...issue.path] }));
  }
  const others = plainIssues(union.errors.flat()).filter(({ path }) => path.length === 0);
  const told = others.find(({ message }) => !message.startsWith(UNTOLD));
  const expected = others.flatMap((issue) => (issue.code === 'invalid_type' ? [issue.expected] : []));
  return [{ ...union, message: told?.message ?? `${UNTOLD}: expected ${[...new Set(expected)].join(' or ')}` }];
}

function isOtherForm({ path, code }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}
