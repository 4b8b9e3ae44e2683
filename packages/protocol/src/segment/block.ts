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

/**
 * Blocks before they are joined with their neighbours: a long run alone, or short ones that are pooled. A column for each
 * parameter, for there may be as many as series.
 */
export interface Units {
  readonly length: number;
  readonly runs: Uint32Array;
  readonly form: Uint8Array;
  readonly order: Uint8Array;
  readonly time: Uint8Array;
  /** Mean magnitude of the differences. */
  readonly mean: Float64Array;
}

/** Joins neighbours with equal parameters. */
export function joined({ length, runs, form, order, time }: Units, contextOf: Uint8Array): Block[] {
  const blocks: Block[] = [];
  for (let from = 0, to = 0; from < length; from = to) {
    let all = 0;
    for (; to < length; to++) {
      if (form[to] !== form[from] || order[to] !== order[from] || time[to] !== time[from]) break;
      if (contextOf[to] !== contextOf[from]) break;
      all += runs[to];
    }
    blocks.push({ runs: all, form: form[from], order: order[from], time: time[from], context: contextOf[from] });
  }
  return blocks;
}
