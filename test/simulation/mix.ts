/** Of all kinds of faults, how often each is drawn beside the others. */
const faults = {
  reset: 5,
  stormOfResets: 2,
  shortStall: 3,
  longStall: 2,
  outage: 4,
  slowLine: 1,
  crashEdge: 4,
  crashHub: 4,
  crashBoth: 1,
  restoreEdge: 2.5,
  otherOutbox: 0.5,
  restoreHub: 1.5,
  edgeDisk: 2,
  hubDisk: 2,
  clockJump: 1,
  burst: 3,
  repeats: 2,
};

export type Kind = keyof typeof faults;

/** How often an outbox is one that retires files, or sheds at its quota, or by age: as shares of one. The rest takes all in one file. */
interface Outboxes {
  readonly retires: number;
  readonly hasQuota: number;
  readonly hasAge: number;
}

/** What simulations are drawn from. */
export interface Mix {
  readonly faults: Readonly<Record<Kind, number>>;
  readonly outboxes: Outboxes;
}

export const usual: Mix = { faults, outboxes: { retires: 0.1, hasQuota: 0.1, hasAge: 0.1 } };

/** Mostly agents that shed, and are put back to what they were: where the two meet, least is left to tell what was lost. */
export const stress: Mix = {
  faults: { ...faults, restoreEdge: 10, crashEdge: 8 },
  outboxes: { retires: 0.05, hasQuota: 0.65, hasAge: 0.2 },
};
