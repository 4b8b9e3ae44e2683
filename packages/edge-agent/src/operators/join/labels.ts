import type { KeyedRows, Scalar, State } from '@sluis/plugin-sdk';

/** Numbers for texts as long as rows have them, so that as many may come and go as there are parts to be made. */
export class Labels {
  readonly #labels: KeyedRows<'code' | 'uses'>;
  readonly #next: Scalar;
  /** Follows from `#labels`: found again where it has been restored. */
  readonly #texts = new Map<number, string>();

  constructor(state: State) {
    this.#labels = state.map('labels', ['code', 'uses']);
    this.#next = state.scalar('next label', 1);
  }

  /** No row has a text. */
  get isEmpty(): boolean {
    return this.#labels.size === 0;
  }

  /** The text's code, which is above 0, used once more; undefined where there is no room for it. */
  use(text: string): number | undefined {
    const row = this.#labels.open(text);
    if (row === undefined) return undefined;
    const { code, uses } = this.#labels.columns;
    if (uses[row] === 0) code[row] = this.#next.value++;
    uses[row]++;
    this.#texts.set(code[row], text);
    return code[row];
  }

  text(code: number): string {
    const known = this.#texts.get(code);
    if (known !== undefined) return known;
    for (const row of this.#labels) this.#texts.set(this.#labels.columns.code[row], this.#labels.keyOf(row));
    return this.#texts.get(code) ?? '';
  }

  /** Undefined for 0, which stands for a number. */
  textOf(code: number): string | undefined {
    return code === 0 ? undefined : this.text(code);
  }

  /** Used once less: the text is forgotten with the last use. Does nothing for 0. */
  release(code: number): void {
    if (code === 0) return;
    const row = this.#labels.find(this.text(code));
    if (row === undefined) return;
    if (--this.#labels.columns.uses[row] > 0) return;
    this.#labels.remove(row);
    this.#texts.delete(code);
  }
}
