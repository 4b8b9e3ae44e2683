import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@sluis/runtime';
import { type Document, isScalar, type Node, visit } from 'yaml';
import type { Problem } from './diagnostic.ts';

export const REFERENCE = /\$\{(env|secret):([A-Za-z0-9_.-]+)\}/g;

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Folder whose files are the secrets. */
  readonly secrets: string;
}

/**
 * Replaces `${env:NAME}` and `${secret:NAME}` in the texts of a document, or a part of one, and returns what was put in, so that logs and
 * pages never show it, and the files of the secrets that were used. A secret is the content of the file of that name, without line breaks at its end.
 */
export function substitute(
  document: Document | Node,
  { env, secrets }: Surroundings,
): { redacted: string[]; problems: Problem[]; used: string[] } {
  const redacted = new Set<string>();
  const problems: Problem[] = [];
  const used = new Set<string>();
  visit(document, {
    Scalar(_key, node) {
      if (!isScalar(node) || typeof node.value !== 'string') return;
      const [offset, end] = node.range ?? [0, 0];
      node.value = node.value.replace(REFERENCE, (reference, kind: string, name: string) => {
        const found = kind === 'env' ? env[name] : readSecret(join(secrets, name));
        if (typeof found === 'string') {
          if (kind === 'secret') used.add(join(secrets, name));
          if (found !== '') redacted.add(found);
          return found;
        }
        const message =
          kind === 'env' ? `the environment has no ${name}` : `cannot read the secret ${name}: ${describe(found)}`;
        const hint =
          kind === 'env'
            ? `set ${name}, or write the value in place of ${reference}`
            : `put it into the file ${join(secrets, name)}`;
        problems.push({ message, hint, offset, length: end - offset });
        return '';
      });
    },
  });
  return { redacted: [...redacted], problems, used: [...used] };
}

function readSecret(file: string): string | Error {
  try {
    return readFileSync(file, 'utf8').replace(/[\r\n]+$/, '');
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
