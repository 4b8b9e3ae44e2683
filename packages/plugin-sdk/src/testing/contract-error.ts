/** What of the contract an operator breaks, and what to do instead. */
const remedies = {
  completes: 'An operator lives as long as its stream: do not complete, take(n) or first().',
  throws: 'Leave out what cannot be used and tell context.count why: an operator that throws ends its stream.',
  asynchronous:
    'Emit all that a batch leads to before next returns: no timers, no promises, no RxJS operator with a scheduler. ' +
    'What comes later comes with a tick.',
  'takes no part in time':
    'Emit one batch for each batch, with its position, tick, horizon and watermarks, also if it has no rows: time travels in it. ' +
    'carrying does; moveRows gives series other names, and their watermarks with them.',
  'malformed batch':
    'Give every column one entry for each row, in an array of its own class: BatchBuilder, takeRows and mapValues do; carrying makes a batch of them.',
  'writes to its input': 'Others read the same columns: write to arrays of your own.',
  'writes to its output': 'Who received a batch may still read it: emit arrays that are not written to again.',
  'other clock': 'batch.tick is the clock: a replay must find the same time.',
  chance: 'A replay must find the same: derive what must differ from what comes in, such as the path of the series.',
  outside: 'A replay must find the same: what an operator depends on is in its configuration, or comes as samples.',
  timer: 'Timers fire on ticks: use state.timers, or compare batch.tick.',
  'shared state':
    'Something outlasts the instance, or comes from elsewhere. Declare state in create, by context.state, never in the module; ' +
    'take time from batch.tick, and no chance.',
  'order of ids':
    'Ids are names: after a restore a series may have another. Go through series in the order of their samples or of state.',
  'batch boundaries':
    'Fold sample by sample: how rows are cut into batches must not show. Flush at ticks, not at the end of a batch.',
  'hidden state':
    'Keep what lasts from one batch to the next in context.state: no variable beside it, no RxJS operator with a memory ' +
    '(scan, pairwise, distinctUntilChanged, bufferCount).',
} as const;

export type Rule = keyof typeof remedies;

/** An operator breaks its contract: the message says how it was found and what to do. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly rule: Rule;

  constructor(rule: Rule, found: string, options: ErrorOptions = {}) {
    super(`${found}\n${remedies[rule]}`, options);
    this.rule = rule;
  }
}
