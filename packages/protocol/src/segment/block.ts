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

/** A block before it is joined with its neighbours: a long run alone, or short ones that are pooled. */
export interface Unit extends Omit<Block, 'context'> {
  /** Mean magnitude of the differences. */
  readonly mean: number;
}

/** Joins neighbours with equal parameters. */
export function joined(units: readonly Unit[], contextOf: Uint8Array): Block[] {
  const blocks: Block[] = [];
  for (let i = 0; i < units.length;) {
    const { form, order, time } = units[i];
    const context = contextOf[i];
    let runs = 0;
    for (; i < units.length; i++) {
      const unit = units[i];
      if (unit.form !== form || unit.order !== order || unit.time !== time || contextOf[i] !== context) break;
      runs += unit.runs;
    }
    blocks.push({ runs, form, order, time, context });
  }
  return blocks;
}
