import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** What is used of `@atomic-ehr/ucum`: its grammar, and what its table says of prefixes, units and dimensions. */
export interface UcumLibrary {
  parseUnit(text: string): { readonly ast?: UnitTree; readonly errors: readonly { readonly message: string }[] };
  /** The unit in base units. Of a special one `magnitude` is its prefix and what its function is about, together. Throws if unknown. */
  toCanonicalForm(text: string): {
    readonly magnitude: number;
    readonly dimension: Readonly<Record<string, number | undefined>>;
    readonly specialFunction?: { readonly name: string; readonly value: string; readonly unit: string };
  };
  readonly ucum: { info(unit: string): { readonly isArbitrary: boolean } };
}

export type UnitTree =
  | { readonly type: 'binary'; readonly operator: '.' | '/'; readonly left: UnitTree; readonly right: UnitTree }
  | { readonly type: 'unary'; readonly operand: UnitTree }
  | { readonly type: 'group'; readonly expression: UnitTree }
  | { readonly type: 'factor' }
  | { readonly type: 'unit'; readonly prefix?: string; readonly atom: string; readonly exponent?: number };

let loaded: UcumLibrary | undefined;

/** Loaded with the first unit that is read: it takes 20 ms of CPU and 1 MB, which streams without such a step do not pay. */
export function ucumLibrary(): UcumLibrary {
  // By its path, as what is required by name must not be for `import` alone.
  loaded ??= createRequire(import.meta.url)(fileURLToPath(import.meta.resolve('@atomic-ehr/ucum'))) as UcumLibrary;
  return loaded;
}
