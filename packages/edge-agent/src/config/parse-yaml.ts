import { type Document, isScalar, parseDocument, visit } from 'yaml';
import type { Problem } from './diagnostic.ts';

/** Reads YAML. `fault`: why it cannot be used; what a parser says after its first error is mostly about that error. */
export function parseYaml(text: string): { document: Document; fault: Problem | undefined } {
  const document = parseDocument(text, { prettyErrors: false, merge: true });
  return { document, fault: syntaxFault(document) ?? nodeFault(document) ?? aliasFault(document) };
}

/** What the parser only warns of is a fault, too: of an unknown tag, as in `password: !secret name`, the text would be the value. */
function syntaxFault({ errors, warnings }: Document): Problem | undefined {
  const [found] = [...errors, ...warnings];
  if (!found) return undefined;
  const { code, message, pos } = found;
  const at = { offset: pos[0], length: pos[1] - pos[0] };
  if (code === 'MULTIPLE_DOCS') return { message: 'a second document begins here: a configuration is one', ...at };
  if (code === 'TAG_RESOLVE_FAILED') return { message, hint: 'a secret is written ${secret:NAME}', ...at };
  return { message, ...at };
}

function nodeFault(document: Document): Problem | undefined {
  let fault: Problem | undefined;
  visit(document, {
    // JavaScript would take it for something else than a key, and a check of keys does not see it.
    Pair(_key, { key }) {
      if (!isScalar(key) || key.value !== '__proto__') return undefined;
      const [offset, end] = key.range ?? [0, 1];
      fault = { message: 'nothing can be called __proto__', offset, length: end - offset };
      return visit.BREAK;
    },
    Alias(_key, alias) {
      if (alias.resolve(document)) return undefined;
      const [offset, end] = alias.range ?? [0, 1];
      fault = { message: `there is no anchor &${alias.source} above`, offset, length: end - offset };
      return visit.BREAK;
    },
  });
  return fault;
}

/** A few lines of aliases of aliases can stand for millions of nodes: the parser refuses to write them out. */
function aliasFault(document: Document): Problem | undefined {
  try {
    document.toJS();
    return undefined;
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return { message: `its aliases cannot be followed: ${error.message}` };
  }
}
