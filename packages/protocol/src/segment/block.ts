/** Runs that follow each other and have one set of parameters, which are stored once. */
export interface Block {
  /** How many runs. */
  readonly runs: number;
  /** One of `Form`. */
  readonly form: number;
  /** 0: values are differences; 1: second differences. */
  readonly order: number;
  /** One of `TimeMode`. */
  readonly time: number;
  /** Which stream holds the values' tokens. */
  readonly context: number;
}

/** Joins neighbours with equal parameters. */
export function joined(blocks: readonly Block[]): Block[] {
  const all: Block[] = [];
  for (const block of blocks) {
    const last = all.at(-1);
    if (
      last &&
      last.form === block.form &&
      last.order === block.order &&
      last.time === block.time &&
      last.context === block.context
    ) {
      all[all.length - 1] = { ...last, runs: last.runs + block.runs };
    } else {
      all.push(block);
    }
  }
  return all;
}
