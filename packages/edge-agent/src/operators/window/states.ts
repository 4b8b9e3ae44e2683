import { type Columns, type KeyedRows, Kind, Quality, type Scalar, type State } from '@sluis/plugin-sdk';

/** A sample as it is remembered of a series: a number, and a mark that says what it is. */
export interface Marked {
  readonly time: number;
  /** NaN where there is nothing to aggregate; of a text, its number among all texts. */
  readonly value: number;
  readonly mark: number;
}

/** What a mark is made of: 1 if the quality is uncertain, and what the number stands for. */
export const UNCERTAIN = 1;
const BOOLEAN = 2;
const TEXT = 4;

/** The mark without the quality: states are the same if this is, and the value. */
export function kindOf(mark: number): number {
  return mark & ~UNCERTAIN;
}

export function isText(mark: number): boolean {
  return (mark & TEXT) !== 0;
}

/** Numbers for texts. As many are known at once as the state's map has room for; of those that nobody uses, room is made. */
export class States {
  readonly #texts: KeyedRows<'number'>;
  readonly #next: Scalar;
  readonly #used: () => ReadonlySet<number>;
  /** The text of each number, made of the map when it is needed. */
  #textOf = new Map<number, string>();

  /** `used` are the numbers of texts that are still needed. */
  constructor(state: State, used: () => ReadonlySet<number>) {
    this.#texts = state.map('texts', ['number']);
    this.#next = state.scalar('next text', 1);
    this.#used = used;
  }

  /** A number's or boolean's mark and value; a text's, if there is room for it. */
  read(rows: Columns, at: number): Pick<Marked, 'value' | 'mark'> | undefined {
    const quality = rows.quality[at] === Quality.uncertain ? UNCERTAIN : 0;
    const kind = rows.kind?.[at] ?? Kind.double;
    if (kind === Kind.boolean) return { value: rows.value[at], mark: BOOLEAN | quality };
    if (kind !== Kind.text) return { value: rows.value[at], mark: quality };
    const number = this.#numberOf(textAt(rows, at));
    return number === undefined ? undefined : { value: number, mark: TEXT | quality };
  }

  /** True if what a row says is this state, `kind` being {@link kindOf} its mark. */
  isAt(rows: Columns, at: number, { kind, value }: { readonly kind: number; readonly value: number }): boolean {
    switch (rows.kind?.[at] ?? Kind.double) {
      case Kind.text: {
        const known = isText(kind) ? this.#texts.find(textAt(rows, at)) : undefined;
        return known !== undefined && this.#texts.columns.number[known] === value;
      }
      case Kind.boolean:
        return kind === BOOLEAN && rows.value[at] === value;
      default:
        return kind === 0 && rows.value[at] === value;
    }
  }

  /** What {@link read} was given. */
  stateOf(mark: number, value: number): number | string | boolean {
    if ((mark & BOOLEAN) !== 0) return value === 1;
    if (!isText(mark)) return value;
    if (!this.#textOf.has(value)) {
      const { columns } = this.#texts;
      this.#textOf = new Map([...this.#texts].map((row) => [columns.number[row], this.#texts.keyOf(row)]));
    }
    return this.#textOf.get(value) ?? '';
  }

  #numberOf(text: string): number | undefined {
    const known = this.#texts.find(text);
    if (known !== undefined) return this.#texts.columns.number[known];
    const row = this.#texts.open(text) ?? this.#openAgain(text);
    if (row === undefined) return undefined;
    const number = this.#next.value++;
    this.#texts.columns.number[row] = number;
    this.#textOf.set(number, text);
    return number;
  }

  #openAgain(text: string): number | undefined {
    const used = this.#used();
    const { columns } = this.#texts;
    for (const row of this.#texts) if (!used.has(columns.number[row])) this.#texts.remove(row);
    this.#textOf.clear();
    return this.#texts.open(text);
  }
}

function textAt({ text, texts }: Columns, at: number): string {
  return texts?.[text?.[at] ?? -1] ?? '';
}
